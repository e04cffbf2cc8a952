// Old clients as companies run them, each written the way its original was: the vendor's Node demo (multipart form,
// HMAC-SHA1 by hand) and a Java helper (urlencoded, reads the body only under HTTP 200).
import { createHmac } from 'node:crypto';

export interface OldAccount {
  readonly accessKey: string;
  readonly secret: string;
}

export interface OldAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { success: boolean; message: string; code: number; tokenData?: string };
}

/** `base64(HMAC-SHA1(secret, k=v&k=v))` over the fields sorted by key. */
export function oldSignature(fields: Readonly<Record<string, string>>, secret: string): string {
  const text = Object.keys(fields)
    .sort()
    .map((key) => `${key}=${fields[key] ?? ''}`)
    .join('&');
  return createHmac('sha1', secret).update(text).digest('base64');
}

export function applyFields(
  instanceId: string | undefined,
  overrides: Readonly<Record<string, string>> = {},
) {
  return {
    actions: 'R,W',
    resources: 'TopicA/+,TopicB/#',
    expireTime: String(Date.now() + 3_600_000),
    serviceName: 'mq',
    ...(instanceId !== undefined && { instanceId }),
    ...overrides,
  };
}

/** All parameters of a call: signed fields, access key, constants, signature. */
export function signedParameters(
  fields: Readonly<Record<string, string>>,
  account: OldAccount,
): Record<string, string> {
  const signature = oldSignature(fields, account.secret);
  return { ...fields, accessKey: account.accessKey, proxyType: 'MQTT', signature };
}

/** What the vendor's Node demo does: form fields as multipart/form-data. */
export async function nodeDemo(
  url: string,
  path: string,
  fields: Record<string, string>,
  account: OldAccount,
): Promise<OldAnswer> {
  const form = new FormData();
  for (const [name, value] of Object.entries(signedParameters(fields, account))) form.append(name, value);
  return answerOf(await fetch(url + path, { method: 'POST', body: form }));
}

/** What a Java client does: urlencoded with a charset, and nothing but `null` unless the status is 200. */
export async function javaClient(
  url: string,
  path: string,
  fields: Record<string, string>,
  account: OldAccount,
): Promise<string | null> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' },
    body: new URLSearchParams(signedParameters(fields, account)).toString(),
  });
  if (response.status !== 200) return null;
  const body = (await response.json()) as OldAnswer['body'];
  return body.code === 200 ? (body.tokenData ?? '') : null;
}

/** A plain urlencoded POST whose whole answer is of interest. */
export async function callOld(
  url: string,
  path: string,
  fields: Record<string, string>,
  account: OldAccount,
  headers: Record<string, string> = {},
): Promise<OldAnswer> {
  const body = new URLSearchParams(signedParameters(fields, account)).toString();
  const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return answerOf(await fetch(url + path, { method: 'POST', headers: { ...type, ...headers }, body }));
}

export async function answerOf(response: Response): Promise<OldAnswer> {
  const body = (await response.json()) as OldAnswer['body'];
  return { status: response.status, headers: response.headers, body };
}
