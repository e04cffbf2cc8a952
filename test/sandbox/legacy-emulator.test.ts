// The emulated old service as old clients see it, with the vectors of PROTOCOL section 4.
import assert from 'node:assert/strict';
import { signPairs } from '../../src/sandbox/legacy-signature.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/world.ts';
import { handClock, rawExchange, until } from './peers.ts';

type Pairs = readonly (readonly [string, string])[];
interface OldAnswer {
  readonly success: boolean;
  readonly code: number;
  readonly message: string;
  readonly tokenData?: string;
}

const accessKey = 'LTAISANDBOX0001';
const expireTime = '1893456000000';
const instanceId = 'post-cn-0pp12gl0001';
const full = {
  actions: 'R,W',
  resources: 'TopicA/+,TopicB/#',
  expireTime,
  instanceId,
  serviceName: 'mq',
  proxyType: 'MQTT',
  accessKey,
};

describe('the emulated old service', () => {
  const clock = handClock(Date.UTC(2026, 10, 1));
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await startSandbox({ clock });
  });
  after(() => sandbox.close());

  async function post(route: string, fields: Pairs | Record<string, string>): Promise<OldAnswer> {
    const body = new URLSearchParams(fields as Record<string, string>);
    const response = await fetch(`${sandbox.legacy.url}/token/${route}`, { method: 'POST', body });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'application/json;charset=UTF-8');
    assert.equal(response.headers.get('server'), 'Tengine');
    return (await response.json()) as OldAnswer;
  }
  const signed = (pairs: Record<string, string>) => signPairs(pairs, sandbox.secret);

  it('accepts the published vectors', async () => {
    const onDevice = { ...full, actions: 'W', resources: '设备/上行' };
    const vectors: [Record<string, string>, string][] = [
      [full, '9Ud1JnbV7oH7N9Iq54ZQZWL9o3U='],
      [
        { actions: 'R', expireTime, resources: 'TopicA', serviceName: 'mq', accessKey },
        'Qa3ivmoeV7R3oJnIYFLDjtTzSAc=',
      ],
      [full, 'O7lYoX3he7Mo1NtT7x8Jd4WdL3A='],
      [onDevice, 'Xa8geVV+cqbAhASjjWykJmHxbmI='],
    ];
    for (const [fields, signature] of vectors) {
      const answer = await post('apply', { ...fields, signature });
      assert.deepEqual([answer.success, answer.code, answer.message], [true, 200, 'success']);
      assert.match(answer.tokenData ?? '', /^LzMT\+/);
    }
    const token = 'LzMT+XLFl5s/YWJ/MlDz4t/Lq5HC1iGU1P28HAMaxYxn8aQbALNtml7QZKl9L9kPe6Lq==';
    const forged = { token, accessKey, signature: 'Z1m2QqZ9g6XfmxQwF6MLtjViywo=' };
    assert.equal((await post('query', forged)).code, 1);
    assert.equal((await post('revoke', forged)).code, 410);
  });

  it('reads multipart, GET, both at once, repeated names and a trailing slash', async () => {
    const signature = '9Ud1JnbV7oH7N9Iq54ZQZWL9o3U=';
    const url = `${sandbox.legacy.url}/token/apply`;
    const query = new URLSearchParams({ ...full, signature }).toString();
    const multipart = new FormData();
    for (const [name, value] of Object.entries({ ...full, signature })) multipart.append(name, value);
    const others = { actions: full.actions, expireTime, instanceId, serviceName: 'mq', accessKey };
    const repeated = new URLSearchParams({ ...others, signature });
    repeated.append('resources', 'TopicB/#');
    repeated.append('resources', 'TopicA/+');
    const requests: [string, RequestInit][] = [
      [url, { method: 'POST', body: multipart }],
      [`${url}?${query}`, {}],
      [`${url}/?${query}`, { method: 'POST' }],
      [
        `${url}?resources=${encodeURIComponent(full.resources)}`,
        {
          method: 'POST',
          body: new URLSearchParams({ ...others, signature }),
        },
      ],
      [url, { method: 'POST', body: repeated }],
    ];
    for (const [address, init] of requests) {
      const answer = (await (await fetch(address, init)).json()) as OldAnswer;
      assert.equal(answer.code, 200, answer.message);
    }
  });

  it('refuses what was appended to or spliced into a signed request', async () => {
    const bare = { actions: 'R', expireTime, resources: 'TopicA', serviceName: 'mq' };
    const signature = signed(bare);
    assert.equal((await post('apply', { ...bare, accessKey, signature })).code, 200);
    assert.equal((await post('apply', { ...bare, accessKey, instanceId, signature })).code, 407);
    const spliced = {
      actions: 'R,W',
      expireTime: `${expireTime}&instanceId=${instanceId}`,
      resources: full.resources,
      serviceName: 'mq',
      accessKey,
    };
    assert.equal((await post('apply', { ...spliced, signature: '9Ud1JnbV7oH7N9Iq54ZQZWL9o3U=' })).code, 400);
  });

  it('tells an unknown key, a wrong signature and a wrong parameter apart', async () => {
    assert.equal((await post('apply', { ...full, accessKey: 'LTAIother', signature: 'x' })).code, 400);
    assert.equal((await post('apply', { ...full, signature: 'AAAA' })).code, 407);
    assert.equal((await post('apply', full)).code, 407);
    const wrong: Record<string, string>[] = [
      { ...full, actions: 'X' },
      { ...full, expireTime: String(clock() + 59_999) },
      { ...full, serviceName: 'sms' },
      { ...full, instanceId: 'post-cn-other' },
      { ...full, resources: '' },
    ];
    for (const fields of wrong) {
      const answer = await post('apply', { ...fields, signature: signed(fields) });
      assert.deepEqual([answer.code, answer.success], [400, false]);
    }
    const twice: Pairs = [
      ...Object.entries(full),
      ['serviceName', 'mqtt'],
      ['signature', signed({ ...full, serviceName: 'mq,mqtt' })],
    ];
    const body = new URLSearchParams(twice.map(([name, value]): [string, string] => [name, value]));
    const answer = await fetch(`${sandbox.legacy.url}/token/apply`, { method: 'POST', body });
    assert.equal(((await answer.json()) as OldAnswer).code, 400);
  });

  it('says valid, expired and revoked of its own tokens, and forged of those of the gateway', async () => {
    const query = async (token: string) =>
      (await post('query', { token, accessKey, signature: signed({ token }) })).code;
    const apply = async () => {
      const fields = { ...full, expireTime: String(clock() + 3_600_000) };
      return (await post('apply', { ...fields, signature: signed(fields) })).tokenData ?? '';
    };
    const [short, revoked] = [await apply(), await apply()];
    assert.equal(await query(short), 200);
    assert.equal(
      (await post('revoke', { token: revoked, accessKey, signature: signed({ token: revoked }) })).code,
      200,
    );
    assert.equal(await query(revoked), 3);
    clock.advance(3_600_000);
    assert.equal(await query(short), 2);
    assert.equal(await query(revoked), 3);
    const grant = {
      account: 'sandbox',
      accessKeys: [accessKey],
      instanceId,
      actions: 'R',
      resources: ['a'],
    } as const;
    const { token } = sandbox.book.mint({ ...grant, expiresAtMs: clock() + 1, issuer: 'gateway' });
    assert.equal(await query(token), 1);
  });

  it('refuses past a limit with the code of the operation', async () => {
    const limits = await fetch(`${sandbox.legacy.url}/_sandbox/limits`, {
      method: 'PUT',
      body: '{"query": 0, "apply": 0, "revoke": 0}',
    });
    assert.equal(limits.status, 200);
    const token = { token: 'x', accessKey, signature: signed({ token: 'x' }) };
    assert.equal((await post('query', token)).code, 409);
    assert.equal((await post('revoke', token)).code, 410);
    assert.equal((await post('apply', { ...full, signature: '9Ud1JnbV7oH7N9Iq54ZQZWL9o3U=' })).code, 409);
    sandbox.legacy.setLimits({ query: null, apply: 1_000, revoke: null });
    assert.equal((await post('query', token)).code, 1);
  });

  it('looks like a servlet container everywhere else', async () => {
    const front = await fetch(sandbox.legacy.url);
    assert.deepEqual([front.status, front.headers.get('server')], [200, 'Tengine']);
    const elsewhere = await fetch(`${sandbox.legacy.url}/other/path`);
    assert.equal(elsewhere.status, 404);
    assert.match(await elsewhere.text(), /HTTP Status 404 – Not Found/);
    assert.equal((await fetch(`${sandbox.legacy.url}/token/apply`, { method: 'PUT' })).status, 405);
  });

  it('serves HTTP/1.0 and a client that waits for 100-continue', async () => {
    const body = new URLSearchParams({ ...full, signature: '9Ud1JnbV7oH7N9Iq54ZQZWL9o3U=' }).toString();
    const head =
      'Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n' +
      `Content-Length: ${body.length}\r\n`;
    const { port } = sandbox.legacy;
    const old = await rawExchange(port, `POST /token/apply HTTP/1.0\r\n${head}\r\n${body}`);
    assert.match(old.text, /"code":200/);
    const asking = `POST /token/apply HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n${head}\r\n`;
    const told = await rawExchange(port, asking, (text) => text.includes('100 Continue'));
    assert.equal(told.ended, 'left open');
  });

  it('keeps signatures and tokens out of its call list', async () => {
    const fields = { ...full, expireTime: String(clock() + 3_600_000) };
    const signature = signed(fields);
    const { tokenData: token = '' } = await post('apply', { ...fields, signature });
    await post('revoke', { token, accessKey, signature: signed({ token }) });
    await until(() => sandbox.legacy.stats().lastCalls.at(-1)?.action === 'revoke');
    const shown = JSON.stringify(sandbox.legacy.stats());
    assert.equal(shown.includes(signature), false);
    assert.equal(shown.includes(token), false);
    assert.match(shown, /"token":"sha256:[0-9a-f]{12}"/);
  });
});
