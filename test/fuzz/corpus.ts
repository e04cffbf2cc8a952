// Valid requests of every kind, for a fuzzer to spoil; and of what they hold, that which no log may show.
// None carries a header whose value the log tells.
import { applyFields, signedParameters, type OldAccount } from '../kit/old-clients.ts';
import type { ProxiedWorld } from '../kit/proxied-world.ts';

export type Requests = readonly [Buffer, ...Buffer[]];

export interface Corpus {
  /** For the public listener. */
  readonly calls: Requests;
  /** For the admin listener. */
  readonly orders: Requests;
  readonly planted: readonly string[];
}

/** A token that nobody issued. */
const token = 'LzMT+notAToken/ButLikeOne0123456789abcdef==';

export function corpusFor({ accessKey, secret, instanceId, admin }: ProxiedWorld): Corpus {
  const planted = [secret, token];
  const known = { accessKey, secret };
  const stranger = { accessKey: 'LTAISTRANGER', secret: 'planted-stranger' };
  const mistaken = { accessKey, secret: 'planted-wrong-secret' };
  const signed = (fields: Record<string, string>, account: OldAccount = known): string => {
    const parameters = signedParameters(fields, account);
    planted.push(parameters['signature'] ?? '');
    return new URLSearchParams(parameters).toString();
  };
  const apply = signed(applyFields(instanceId));
  const parts = [...new URLSearchParams(signed(applyFields(undefined)))].map(
    ([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const { host } = new URL(admin);
  return {
    planted,
    calls: buffers(
      post('/token/apply', apply),
      get(`/token/apply?${apply}`),
      get(`http://p/token/apply/?${apply}`),
      post('/token/apply', `${parts.join('')}--b--\r\n`, 'multipart/form-data; boundary=b'),
      `POST /token/apply HTTP/1.1\r\nHost: p\r\nTransfer-Encoding: chunked\r\n\r\n${apply.length.toString(16)}\r\n${apply}\r\n0\r\n\r\n`,
      `POST /token/apply HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: ${apply.length}\r\n\r\n${apply}`,
      post('/token/apply', apply).replace('Host: p', 'Host: p\r\nExpect: 100-continue'),
      post('/token/apply', signed(applyFields(instanceId), stranger)),
      post('/token/query', signed({ token })),
      post('/token/revoke', signed({ token })),
      post('/token/query', signed({ token }, mistaken)),
      get('/other/path?x=1'),
      post('/other', 'a=b'.repeat(2_000), 'text/plain'),
      get('/-/ready'),
      get('/token/query') + get('/-/healthy') + post('/token/apply', apply),
      'OPTIONS * HTTP/1.1\r\nHost: p\r\nMax-Forwards: 0\r\n\r\n',
    ),
    orders: buffers(
      get('/metrics', host),
      get('/api/status', host),
      get('/api/openapi.json', host),
      get('/api/history', host) + get('/api/callers', host),
      post('/api/split', '{"gatewayPercent":25.5,"reason":"fuzz"}', 'application/json', host).replace(
        'POST',
        'PUT',
      ),
      post('/api/explain', JSON.stringify({ request: apply }), 'application/json', host),
      get('/console/../api/split', host),
    ),
  };
}

function get(target: string, host = 'p'): string {
  return `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
}

function post(path: string, body: string, type = 'application/x-www-form-urlencoded', host = 'p'): string {
  const head = `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${type}`;
  return `${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

function buffers(first: string, ...rest: string[]): Requests {
  return [Buffer.from(first, 'latin1'), ...rest.map((text) => Buffer.from(text, 'latin1'))];
}
