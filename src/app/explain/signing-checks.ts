// Mistakes in signing: another secret, another algorithm, other fields, another order.
// Each check yields the signatures that a client with this mistake would have sent.
import { createHmac } from 'node:crypto';
import { operations } from '../../legacy/operations.ts';
import type { Parameters } from '../../legacy/parameters.ts';
import { sign } from '../../legacy/signature.ts';
import { joined, namesOf, signed, textsOf, type Check, type Hypothesis, type Suspect } from './suspect.ts';

/** Beyond this many parameters not every choice of them is tried: 2^9 are tried in some ms. */
const mostCombined = 9;
/** Nor of long ones, characters: a request may have 128 KiB, and the server may be busy with calls. */
const longestCombined = 8_192;
/** The instances that are tried as signed but not sent. */
const mostInstancesTried = 20;

/** The most usual mistakes first. */
export const signingChecks: readonly Check[] = [
  secretVariants,
  otherMacs,
  fieldsNotSent,
  otherFields,
  otherOrder,
];

function* secretVariants(suspect: Suspect): Generator<Hypothesis> {
  const { secret } = suspect;
  const variants = [
    [
      secret.trim(),
      'the configured secret has surrounding spaces or line breaks that the client does not use',
    ],
    [`${secret}\n`, "the client's secret ends in a line break: trim it there"],
    [`${secret}\r\n`, "the client's secret ends in a line break: trim it there"],
    [` ${secret}`, "the client's secret begins with a space: trim it there"],
    [`${secret} `, "the client's secret ends in a space: trim it there"],
    [
      `${secret}&`,
      'the client signs with the secret followed by &, as other Alibaba Cloud APIs want it; here without',
    ],
  ] as const;
  for (const [variant, cause] of variants) {
    if (variant !== secret) yield* signed({ ...suspect, secret: variant }, cause);
  }
}

function* otherMacs({ operation, parameters, secret }: Suspect): Generator<Hypothesis> {
  for (const text of textsOf(operation, parameters)) {
    const sha1 = createHmac('sha1', secret).update(text).digest();
    const hex = sha1.toString('hex');
    const notBase64 = 'the signature is hexadecimal; it must be base64';
    yield { mac: hex, cause: notBase64 };
    yield { mac: hex.toUpperCase(), cause: notBase64 };
    yield {
      mac: Buffer.from(hex).toString('base64'),
      cause: 'the signature is base64 of hexadecimal digits; it must be base64 of the bytes',
    };
    yield { mac: sha1.toString('base64').replace(/=+$/, ''), cause: 'the signature lacks the = at its end' };
    const urlSafe = 'the signature is URL-safe base64; it must be plain base64 with + and /';
    yield { mac: sha1.toString('base64url'), cause: urlSafe };
    yield { mac: `${sha1.toString('base64url')}=`, cause: urlSafe };
    for (const algorithm of ['sha256', 'md5'] as const) {
      const other = createHmac(algorithm, secret).update(text).digest();
      const cause = `the client signs with HMAC-${algorithm === 'md5' ? 'MD5' : 'SHA256'}; it must be HMAC-SHA1`;
      yield { mac: other.toString('base64'), cause };
      yield { mac: other.toString('hex'), cause };
    }
  }
}

function* fieldsNotSent(suspect: Suspect): Generator<Hypothesis> {
  const { operation, parameters } = suspect;
  if (operation !== 'apply' || isLong(parameters)) return;
  const absent = (name: string, ...values: string[]) =>
    parameters.has(name) ? [[]] : [[], ...values.map((value) => [[name, value] as const])];
  const instances = suspect.instanceIds.slice(0, mostInstancesTried);
  for (const service of absent('serviceName', 'mq', '')) {
    for (const instance of absent('instanceId', ...instances, '')) {
      for (const proxy of absent('proxyType', 'MQTT')) {
        const added = [...service, ...instance, ...proxy];
        if (added.length === 0) continue;
        const list = added.map(([name, value]) => `${name}=${value}`).join(' and ');
        const extended = new Map([...parameters, ...added.map(([name, value]) => [name, [value]] as const)]);
        yield* signed({ ...suspect, parameters: extended }, `the client signs ${list} without sending it`);
      }
    }
  }
}

function* otherFields(suspect: Suspect): Generator<Hypothesis> {
  const { operation, parameters } = suspect;
  const names = namesOf(parameters).sort();
  if (names.length > mostCombined || isLong(parameters)) return;
  const wanted = operations[operation].signed.filter((name) => parameters.has(name)).sort();
  for (let choice = 1; choice < 2 ** names.length; choice += 1) {
    const chosen = names.filter((_, index) => (choice >> index) & 1);
    const cause =
      `the client signs only ${chosen.join(', ')}; of this request ${wanted.join(', ')} must be signed, ` +
      'or every parameter but signature';
    for (const text of joined(chosen, parameters)) yield { mac: sign(suspect.secret, text), cause };
  }
}

function* otherOrder(suspect: Suspect): Generator<Hypothesis> {
  const { operation, parameters, secret } = suspect;
  if (isLong(parameters)) return;
  const documented = operations[operation].signed.filter((name) => parameters.has(name));
  const everything = namesOf(parameters);
  const orders = [...permutations(documented), everything, everything.toSorted().reverse()];
  for (const order of orders) {
    const cause = `the client joins the parameters in the order ${order.join(', ')}; they must be sorted by name`;
    for (const text of joined(order, parameters)) yield { mac: sign(secret, text), cause };
  }
}

function permutations(names: readonly string[]): string[][] {
  if (names.length <= 1) return [[...names]];
  return names.flatMap((first, index) =>
    permutations(names.toSpliced(index, 1)).map((rest) => [first, ...rest]),
  );
}

function isLong(parameters: Parameters): boolean {
  const values = [...parameters.values()].flat();
  return values.reduce((sum, value) => sum + value.length, 0) > longestCombined;
}
