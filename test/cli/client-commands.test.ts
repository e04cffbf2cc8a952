import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { oldServerUrl } from '../../src/cli/old-client.ts';
import { parametersOf } from '../kit/legacy-wire.ts';
import { verify } from '../../src/legacy/signature.ts';
import { operationAt } from '../../src/legacy/operations.ts';
import { folder, tokenProxy } from './terminal.ts';

const secret = 'planted-secret-0123456789';
const applied = '{"success":true,"message":"operate success","code":200,"tokenData":"tok+en=="}';

interface Seen {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly contentType: string | undefined;
  readonly form: URLSearchParams;
}

describe('the old client commands', () => {
  const write = folder();
  const secretFile = write('secret.txt', `${secret}\n`);
  let server: Server;
  let url: string;
  let seen: Seen[];
  let answer: { status: number; body: string };

  before(async () => {
    server = createServer((request, response) => {
      void body(request).then((text) => {
        const { method, url: path, headers } = request;
        seen.push({ method, path, contentType: headers['content-type'], form: new URLSearchParams(text) });
        response.writeHead(answer.status).end(answer.body);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    seen = [];
    answer = { status: 200, body: applied };
  });

  const common = () => ['--url', url, '--access-key', 'LTAI1', '--secret-file', secretFile];
  const apply = (...more: string[]) => tokenProxy(['apply', ...common(), '--resources', 'B/#,A+', ...more]);

  it('applies with a form whose signature is genuine, and prints the answer as it came', async () => {
    const { code, out, err } = await apply('--instance-id', 'post-1', '--expire', '10m');
    assert.deepEqual([code, out, err], [0, `${applied}\n`, '']);
    const [call] = seen;
    assert.ok(call !== undefined);
    assert.deepEqual([call.method, call.path], ['POST', '/token/apply']);
    assert.match(call.contentType ?? '', /^application\/x-www-form-urlencoded/);
    assert.deepEqual(
      { ...Object.fromEntries(call.form), signature: '', expireTime: '' },
      {
        actions: 'R,W',
        resources: 'B/#,A+',
        expireTime: '',
        proxyType: 'MQTT',
        serviceName: 'mq',
        instanceId: 'post-1',
        accessKey: 'LTAI1',
        signature: '',
      },
    );
    const aheadMs = Number(call.form.get('expireTime')) - Date.now();
    assert.ok(aheadMs > 500_000 && aheadMs <= 600_000);
    assertGenuine(call);
  });

  it('leaves the instance id out when none is given', async () => {
    assert.equal((await apply()).code, 0);
    assert.equal(seen[0]?.form.has('instanceId'), false);
  });

  for (const operation of ['revoke', 'query'] as const) {
    it(`${operation} signs the token of a file, of standard input or of the line`, async () => {
      const file = write('token.txt', 'tok+en==\n');
      const fromFile = await tokenProxy([operation, ...common(), '--token-file', file]);
      const fromInput = await tokenProxy([operation, ...common(), '--token-file', '-'], {
        stdin: 'tok+en==\n',
      });
      const fromLine = await tokenProxy([operation, ...common(), '--token', 'tok+en==']);
      assert.deepEqual([fromFile.code, fromInput.code, fromLine.code], [0, 0, 0]);
      assert.equal(seen.length, 3);
      for (const call of seen) {
        assert.equal(call.path, `/token/${operation}`);
        assert.equal(call.form.get('token'), 'tok+en==');
        assertGenuine(call);
      }
    });
  }

  it('takes the secret from the environment', async () => {
    const args = ['apply', '--url', url, '--access-key', 'LTAI1', '--resources', 'A'];
    assert.equal((await tokenProxy(args, { env: { TOKEN_PROXY_SECRET: secret } })).code, 0);
    assert.ok(seen[0] !== undefined);
    assertGenuine(seen[0]);
  });

  it('draws a note about a secret on the command line, without repeating it', async () => {
    const args = ['apply', '--url', url, '--access-key', 'LTAI1', '--resources', 'A', '--secret', secret];
    const { code, err } = await tokenProxy(args);
    assert.equal(code, 0);
    assert.match(err, /note: .*--secret-file/);
    assert.ok(!err.includes(secret));
  });

  it('joins a base address with a path and a slash at its end', async () => {
    const args = ['apply', '--url', `http://${url}/base/`, '--access-key', 'a', '--resources', 'A'];
    await tokenProxy(args, { env: { TOKEN_PROXY_SECRET: secret } });
    assert.equal(seen[0]?.path, '/base/token/apply');
  });

  it('exits with 1 and still prints the answer when its code is not 200', async () => {
    answer = { status: 200, body: '{"success":false,\n "message":"no","code":407}\n' };
    const { code, out, err } = await apply();
    assert.deepEqual([code, out, err], [1, '{"success":false, "message":"no","code":407}\n', '']);
  });

  it('prints an answer under another HTTP status too', async () => {
    answer = { status: 400, body: '{"code":400}' };
    assert.deepEqual(await apply(), { code: 1, out: '{"code":400}\n', err: '' });
  });

  for (const [title, foreign] of [
    ['HTML', '<html>planted-page</html>'],
    ['JSON without a code', '{"planted-page":1}'],
    ['nothing', ''],
  ] as const) {
    it(`fails on ${title} without repeating it`, async () => {
      answer = { status: 502, body: foreign };
      const { code, out, err } = await apply();
      assert.deepEqual([code, out], [1, '']);
      assert.match(err, /HTTP 502 with something that is not the JSON of the old protocol/);
      assert.doesNotMatch(err, /planted/);
    });
  }

  it('follows no redirect', async () => {
    answer = { status: 302, body: '' };
    assert.equal((await apply()).code, 1);
    assert.equal(seen.length, 1);
  });

  it('says that nothing listens there', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    const args = [
      'query',
      '--url',
      `127.0.0.1:${port}`,
      '--access-key',
      'LTAI1',
      '--secret-file',
      secretFile,
    ];
    const { code, out, err } = await tokenProxy([...args, '--token', 'planted-token-123']);
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /connection refused/);
    assert.ok(!err.includes(secret) && !err.includes('planted-token-123'));
  });

  it('gives up after the time-out', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const args = [
      'query',
      '--url',
      `127.0.0.1:${port}`,
      '--access-key',
      'a',
      '--token',
      't',
      '--timeout',
      '50ms',
    ];
    const { code, err } = await tokenProxy(args, { env: { TOKEN_PROXY_SECRET: secret } });
    silent.closeAllConnections();
    silent.close();
    assert.equal(code, 1);
    assert.match(err, /no answer within 50 ms/);
  });

  const usage: readonly (readonly [title: string, args: () => readonly string[]])[] = [
    ['an unknown option', () => ['apply', ...common(), '--resources', 'A', '--wonder']],
    ['an excess argument', () => ['apply', ...common(), '--resources', 'A', 'more']],
    ['no resources', () => ['apply', ...common()]],
    ['no secret', () => ['apply', '--url', url, '--access-key', 'a', '--resources', 'A']],
    ['two secrets', () => ['apply', ...common(), '--resources', 'A', '--secret', 'x']],
    ['an expiry that is no duration', () => ['apply', ...common(), '--resources', 'A', '--expire', 'soon']],
    [
      'an address with a query',
      () => ['query', '--url', 'http://h/?a=b', '--access-key', 'a', '--secret', 'x', '--token', 't'],
    ],
    ['no token', () => ['query', ...common()]],
    ['two tokens', () => ['revoke', ...common(), '--token', 't', '--token-file', '-']],
  ];
  for (const [title, args] of usage) {
    it(`exits with 2 for ${title}, having called nobody`, async () => {
      const { code, out, err } = await tokenProxy(args());
      assert.deepEqual([code, out, seen.length], [2, '', 0]);
      assert.match(err, /^error: /m);
    });
  }

  it('exits with 1 when the secret file cannot be read or is empty', async () => {
    const base = ['query', '--url', url, '--access-key', 'a', '--token', 't', '--secret-file'];
    assert.match((await tokenProxy([...base, '/nowhere/secret'])).err, /cannot be read \(ENOENT\)/);
    assert.match((await tokenProxy([...base, write('empty.txt', '\n')])).err, /is empty/);
  });

  for (const command of ['apply', 'revoke', 'query']) {
    it(`explains ${command} with an example`, async () => {
      const { code, out } = await tokenProxy([command, '--help']);
      assert.equal(code, 0);
      assert.match(out, new RegExp(`Example:\n  token-proxy ${command} --url`));
    });
  }

  function assertGenuine({ path, form }: Seen): void {
    const operation = operationAt(path ?? '');
    assert.ok(operation !== undefined);
    assert.equal(verify(operation, parametersOf([...form]), secret).genuine, true);
  }
});

describe('the address of a token service', () => {
  const cases = [
    ['mqauth.aliyuncs.com', 'https://mqauth.aliyuncs.com/'],
    ['localhost:8080', 'http://localhost:8080/'],
    ['127.0.0.1', 'http://127.0.0.1/'],
    ['[::1]:8080/', 'http://[::1]:8080/'],
    ['localhost.example.com', 'https://localhost.example.com/'],
    ['HTTP://h', 'http://h/'],
  ] as const;
  for (const [text, expected] of cases) {
    it(`takes ${text} as ${expected}`, () => assert.equal(oldServerUrl(text)?.href, expected));
  }
  for (const text of ['', 'ftp://h', 'http://a:b@h', 'http://h#x', 'http://']) {
    it(`does not take ${JSON.stringify(text)}`, () => assert.equal(oldServerUrl(text), undefined));
  }
});

async function body(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
