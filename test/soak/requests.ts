// Calls of the old protocol as the soak's clients write them: the forms that real clients use, and the ways in which
// they get them wrong.
import type { Operation } from '../../src/legacy/operations.ts';
import { oldSignature } from '../kit/old-clients.ts';
import type { Caller } from './people.ts';
import { between, pick, type Random } from './random.ts';
import type { Request } from './wire.ts';

export type Fields = Readonly<Record<string, string>>;

const urlencoded = { 'Content-Type': 'application/x-www-form-urlencoded' };
const devices = 150;

export function applyFields({ account }: Caller, random: Random): Fields {
  const device = `${account.name}/device-${between(random, 1, devices)}`;
  const instanceId = pick(random, [...account.instances, undefined]);
  return {
    actions: pick(random, ['R', 'W', 'R,W', 'W,R']),
    resources: `${device}/down,${device}/up`,
    // As short as it may be: what is remembered of it leaves again.
    expireTime: String(Date.now() + between(random, 90_000, 300_000)),
    serviceName: 'mq',
    ...(instanceId !== undefined && { instanceId }),
  };
}

/** All parameters; the access key and the rest are signed with them by some clients. */
export function signed(fields: Fields, { key }: Caller, random: Random, secret = key.secret): Fields {
  const rest = { accessKey: key.accessKey, proxyType: 'MQTT' };
  const all = { ...fields, ...rest };
  return { ...all, signature: oldSignature(random() < 0.2 ? all : fields, secret) };
}

/** In one of the forms that old clients use. */
export function written(route: Operation, parameters: Fields, random: Random): Request {
  const text = new URLSearchParams(parameters).toString();
  const path = `/token/${route}${random() < 0.1 ? '/' : ''}`;
  const form = random();
  if (form < 0.25) return { method: 'GET', target: `${path}?${text}` };
  if (form < 0.4) return multipart(path, parameters);
  if (form < 0.5) {
    const cut = text.indexOf('&');
    const [first, others] = [text.slice(0, cut), text.slice(cut + 1)];
    return { method: 'POST', target: `${path}?${first}`, headers: urlencoded, body: others };
  }
  return { method: 'POST', target: path, headers: urlencoded, body: text };
}

function multipart(target: string, parameters: Fields, boundary = '----soak'): Request {
  const parts = Object.entries(parameters).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const headers = { 'Content-Type': 'multipart/form-data; boundary=----soak' };
  return { method: 'POST', target, headers, body: `${parts.join('')}--${boundary}--\r\n` };
}

/** Bodies that no client should send. */
export function malformed(route: Operation, parameters: Fields, random: Random): Request {
  const target = `/token/${route}`;
  const text = new URLSearchParams(parameters).toString();
  const post = (body: string, more: Fields = {}): Request => ({
    method: 'POST',
    target,
    headers: { ...urlencoded, ...more },
    body,
  });
  return pick(random, [
    multipart(target, parameters, 'another'),
    post(text, { 'Content-Type': 'multipart/form-data' }),
    post(JSON.stringify(parameters), { 'Content-Type': 'application/json' }),
    post(text, { 'Content-Encoding': 'gzip' }),
    post(`${text}&%zz=%`),
    post(`${text}&accessKey=another`),
    post(text.replace(/signature=[^&]*/, 'signature=')),
    post(text.replace(/resources=/, 'resources=%00%0d%0a')),
    post('\u0000'.repeat(200)),
    post(''),
    post('&'.repeat(2_000)),
    { method: 'GET', target: `${target}?__proto__=1&constructor=2&accessKey` },
  ]);
}

/** More than is read (128 KiB), and less than what is drained to refuse it (1 MiB). */
export function oversized(route: Operation, random: Random): Request {
  const body = 'a=b&'.repeat(between(random, 33_000, 230_000));
  return { method: 'POST', target: `/token/${route}`, headers: urlencoded, body };
}
