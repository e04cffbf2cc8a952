// An explanation as text for a terminal. Adds nothing to what app/explain.ts says, and hides nothing either.
import type { Explanation } from '../app/explain.ts';
import type { AccountExplanation } from '../app/explain/account.ts';
import type { PlannedCall } from '../app/explain/plan.ts';
import type { BackendExplanation } from '../app/explain/route.ts';
import type { ReadingExplanation, SignatureExplanation } from '../app/explain/signature.ts';
import { printable } from './printable.ts';

/**
 * @param notes how the pasted text was taken
 * @returns lines without line breaks at their ends
 */
export function explanationText(explanation: Explanation, notes: readonly string[]): readonly string[] {
  const { operation, parameters, account, signature, mistakes, hints, refusal, backend, gatewayCalls } =
    explanation;
  const width = Math.max(0, ...parameters.map(({ name }) => name.length));
  const listed = parameters.flatMap(({ name, values }) =>
    values.map((value) => `${name.padEnd(width)}  ${JSON.stringify(value)}`),
  );
  return [
    ...section('Operation', [operation, ...notes.map((note) => `(${note})`)]),
    ...section('Parameters as read', listed.length > 0 ? listed : ['none']),
    ...section('Account', [accountLine(account)]),
    ...section('Signature', signatureLines(signature)),
    ...section('Likely causes', signature.likelyCauses.map(bullet)),
    ...section('Mistakes in the parameters', mistakes.map(bullet)),
    ...section('Remarks', hints.map(bullet)),
    ...section('Backend', backend === undefined ? [] : [backendLine(backend)]),
    ...section(
      refusal === undefined ? 'Gateway call' : 'Gateway call, once the refusal is cured',
      gatewayCalls.flatMap(callLines),
    ),
    ...section('Verdict', [
      refusal === undefined
        ? gatewayCalls.length === 0 && backend?.backend === 'legacy'
          ? 'would be forwarded byte for byte, whatever is wrong with it'
          : 'would be carried out'
        : `would be refused with code ${refusal.code}: ${refusal.message}`,
    ]),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((text) => `  ${text}`)];
}

function bullet(text: string): string {
  return `- ${text}`;
}

function accountLine(account: AccountExplanation): string {
  if (account.found) return `${account.name} (access key ${account.accessKey})`;
  if (account.accessKey === undefined) return 'unknown: the request holds no accessKey';
  const shown = `access key ${JSON.stringify(account.accessKey.slice(0, 64))} is not configured`;
  return account.nearest === undefined ? shown : `${shown}; did the client mean ${account.nearest}?`;
}

const verdicts = {
  genuine: 'genuine',
  mismatch: 'does not match',
  missing: 'missing',
  ambiguous: 'refused: a value or a name hides another parameter (it holds & and =)',
  unjudged: 'not judged: no secret is configured for this access key',
} as const satisfies Record<SignatureExplanation['verdict'], string>;

function signatureLines({ verdict, given, readings }: SignatureExplanation): string[] {
  const came = given === undefined ? [] : [`as read: ${given}`];
  return [verdicts[verdict], ...came, ...readings.flatMap(readingLines)];
}

function readingLines({
  reading,
  stringToSign,
  matched,
  expectedStart,
  givenStart,
}: ReadingExplanation): string[] {
  const expected = expectedStart === undefined ? '' : `, expected ${expectedStart}…`;
  const got = expectedStart === undefined || givenStart === undefined ? '' : ` but got ${givenStart}…`;
  const mark = matched ? ': matches' : expectedStart === undefined ? '' : ': no match';
  return [`reading: ${reading}${mark}${expected}${got}`, `  string to sign: ${printable(stringToSign)}`];
}

function backendLine(explained: BackendExplanation): string {
  const { backend, reasons, why, bucket, weightPercent, url } = explained;
  const where = url === undefined ? backend : `${backend} (${url})`;
  const share = [
    bucket === undefined ? '' : `, bucket ${bucket} of 10000`,
    weightPercent === undefined ? '' : `, weight ${weightPercent} %`,
  ];
  return `${where}, reason ${reasons.join(' or ')}${share.join('')}: ${why}`;
}

function callLines({ action, endpoint, parameters, credentials, when }: PlannedCall): string[] {
  const head = `${action} at ${endpoint}, credentials: ${credentials}${when === undefined ? '' : ` (${when})`}`;
  return [head, ...Object.entries(parameters).map(([name, value]) => `  ${name}: ${printable(value)}`)];
}
