// The signature of a request, explained: every reading with its string to sign, what each expected, likely causes.
import type { Config } from '../../config/config.ts';
import type { Operation } from '../../legacy/operations.ts';
import { single, type Parameters } from '../../legacy/parameters.ts';
import { readParameters, type RawRequest } from '../../legacy/read.ts';
import { describeReading, readingsOf, sign, verify, type Verdict } from '../../legacy/signature.ts';
import type { KeyOwner } from './account.ts';
import { likelyCauses, ownerOf } from './causes.ts';
import { masked, maskedParameters, shownCharacters } from './masking.ts';
import { same, type Suspect } from './suspect.ts';

export interface SignatureExplanation {
  /** `unjudged`: the access key is not configured, so there is no secret to judge with. */
  readonly verdict: 'genuine' | Extract<Verdict, { genuine: false }>['why'] | 'unjudged';
  /** As read, masked. */
  readonly given?: string;
  readonly readings: readonly ReadingExplanation[];
  /** Sentences, each backed by a check that came out true; empty when the signature is genuine. */
  readonly likelyCauses: readonly string[];
}

export interface ReadingExplanation {
  /** `documented fields, values as sent`. */
  readonly reading: string;
  /** Token masked. */
  readonly stringToSign: string;
  readonly matched: boolean;
  /** First characters of the signature that this reading expected, where it was judged and did not match. */
  readonly expectedStart?: string;
  /** First characters of the signature that came. */
  readonly givenStart?: string;
}

/** The request as it came and as it was read. */
export interface ReadRequest {
  readonly operation: Operation;
  readonly request: RawRequest;
  readonly parameters: Parameters;
}

export async function explainSignature(
  read: ReadRequest,
  config: Config,
  owner: KeyOwner | undefined,
): Promise<SignatureExplanation> {
  const { operation, parameters } = read;
  const given = single(parameters, 'signature');
  const secret = owner?.key.secret.reveal();
  const shown = {
    ...(given === undefined ? {} : { given: masked(given) }),
    readings: readingsShown(read, given, secret),
  };
  if (secret === undefined || owner === undefined) {
    const signer = given === undefined ? undefined : ownerOf(read, given, allKeys(config));
    const cause = `the signature was made with the secret of ${signer}: the client sends another access key with it`;
    return { verdict: 'unjudged', ...shown, likelyCauses: signer === undefined ? [] : [cause] };
  }
  const verdict = verify(operation, parameters, secret);
  if (verdict.genuine) return { verdict: 'genuine', ...shown, likelyCauses: [] };
  if (verdict.why !== 'mismatch' || given === undefined) {
    return { verdict: verdict.why, ...shown, likelyCauses: [] };
  }
  const instanceIds = owner.account.instances.map(({ id }) => id);
  const suspect: Suspect = { operation, parameters, secret, instanceIds, rereadings: await rereadings(read) };
  const others = allKeys(config).filter(({ accessKey }) => accessKey !== owner.key.accessKey);
  return { verdict: 'mismatch', ...shown, likelyCauses: likelyCauses(suspect, given, others) };
}

function readingsShown(
  { operation, parameters }: ReadRequest,
  given: string | undefined,
  secret: string | undefined,
): readonly ReadingExplanation[] {
  // The same readings come in the same order for masked values; only what they show differs.
  const shown = readingsOf(operation, maskedParameters(parameters));
  return Array.from(readingsOf(operation, parameters), ({ reading, stringToSign }) => {
    const next = shown.next();
    const expected = secret === undefined ? undefined : sign(secret, stringToSign);
    const matched = given !== undefined && expected !== undefined && same(expected, given);
    return {
      reading: describeReading(reading),
      stringToSign: next.done === true ? '***' : next.value.stringToSign,
      matched,
      ...(matched || expected === undefined ? {} : { expectedStart: expected.slice(0, shownCharacters) }),
      ...(matched || given === undefined ? {} : { givenStart: given.slice(0, shownCharacters) }),
    };
  });
}

function allKeys(config: Config) {
  return config.accounts.flatMap(({ keys }) => keys);
}

/** Where the bytes were not UTF-8, or may have been encoded twice: the parameters in other charsets. */
async function rereadings({ request, parameters }: ReadRequest): Promise<Suspect['rereadings']> {
  const values = [...parameters.values()].flat();
  if (values.every((value) => !/[\u0080-\uffff]/.test(value))) return [];
  const found: { charset: string; parameters: Parameters }[] = [];
  const form = [request.queryString, request.body.toString('latin1')].filter((text) => text !== '').join('&');
  for (const charset of ['GBK', 'ISO-8859-1']) {
    const reread = await readParameters({
      ...request,
      method: 'POST',
      queryString: '',
      contentType: `application/x-www-form-urlencoded;charset=${charset}`,
      body: Buffer.from(form, 'latin1'),
    });
    if (!('kind' in reread)) found.push({ charset, parameters: reread });
  }
  return [...found, { charset: 'UTF-8 that was taken for ISO-8859-1', parameters: demojibaked(parameters) }];
}

function demojibaked(parameters: Parameters): Parameters {
  return new Map(
    Array.from(parameters, ([name, values]) => [
      name,
      values.map((value) =>
        /[\u0100-\uffff]/.test(value) ? value : Buffer.from(value, 'latin1').toString('utf8'),
      ),
    ]),
  );
}
