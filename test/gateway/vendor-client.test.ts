// The vendor's real client as a second opinion: against the emulated gateway, and against servers that misbehave.
import assert from 'node:assert/strict';
import { createCredentials } from '../../src/gateway/credentials.ts';
import { vendorClient, type SecondOpinion } from '../../src/gateway/vendor-client.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/world.ts';
import { httpAnswer, scriptedServer, type Arrival, type ScriptedServer } from '../kit/scripted-server.ts';
import { secretOf } from '../kit/secrets.ts';

const plantedToken = 'plantedToken+0123456789/abcdefghijkl==';
const plantedSecret = 'plantedSecret0123456789abcdef';
const timeoutMs = 5_000;

const question = (instanceId: string) =>
  ({
    instanceId,
    actions: 'R,W',
    resources: ['topic/+', '设备'],
    expireTimeMs: Date.now() + 70_000,
  }) as const;

function asker(endpoint: string, accessKeyId: string, secret: string) {
  const description = { type: 'caller', accessKeyId, accessKeySecret: secretOf(secret) } as const;
  const credentials = createCredentials(description, { now: Date.now, log: () => undefined });
  return vendorClient({ endpoint, protocol: 'http', credentials });
}

describe("the vendor's client, asked at the emulated gateway,", () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await startSandbox();
  });
  afterEach(() => sandbox.close());

  const ask = (secret = sandbox.secret, limitMs = timeoutMs): Promise<SecondOpinion> =>
    asker(sandbox.gateway.endpoint, sandbox.accessKey, secret)(question(sandbox.instanceId), limitMs);
  const calls = (): number[] =>
    ['ApplyToken', 'RevokeToken'].map((action) => sandbox.gateway.stats().byAction[action] ?? 0);

  it('is served, once, and gives the token back when it is told to', async () => {
    const opinion = await ask();
    assert.ok(opinion.kind === 'served');
    assert.deepEqual(calls(), [1, 0]);
    assert.equal(await opinion.revoke(), true);
    assert.deepEqual(calls(), [1, 1]);
  });

  it('says when the token could not be given back', async () => {
    const opinion = await ask();
    assert.ok(opinion.kind === 'served');
    sandbox.gateway.faults.set({ kind: 'answer', code: 'RevokeTokenOverFlow', status: 400 });
    assert.equal(await opinion.revoke(), false);
  });

  it('tells the code of a refusal', async () => {
    const opinion = await ask('another-secret-0123');
    assert.ok(opinion.kind === 'refused');
    assert.equal(opinion.code, 'SignatureDoesNotMatch');
    assert.match(opinion.requestId ?? '', /^[0-9A-F-]{36}$/);
    assert.deepEqual(calls(), [1, 0]);
  });

  it('takes a success that carries a code for a refusal', async () => {
    sandbox.gateway.faults.set({ kind: 'ok-with-code', code: 'NoPermission' });
    const opinion = await ask();
    assert.equal(opinion.kind === 'refused' && opinion.code, 'NoPermission');
  });

  it('tells that it is throttled', async () => {
    sandbox.gateway.faults.set({ kind: 'answer', code: 'ApplyTokenOverFlow', status: 400 });
    assert.deepEqual(await ask(), { kind: 'throttled' });
  });

  for (const kind of ['html', 'empty', 'not-json'] as const) {
    it(`calls an answer unreadable that is ${kind}`, async () => {
      sandbox.gateway.faults.set({ kind });
      assert.deepEqual(await ask(), { kind: 'unreadable' });
    });
  }

  it('waits only as long as it may, be the gateway silent or dripping', async () => {
    sandbox.gateway.faults.set({ kind: 'hang', count: 1 });
    assert.deepEqual(await ask(undefined, 60), { kind: 'timeout' });
    sandbox.gateway.faults.clear();
    sandbox.gateway.faults.set({ kind: 'slow-body', intervalMs: 50 });
    assert.deepEqual(await ask(undefined, 200), { kind: 'timeout' });
  });

  it('waits for credentials no longer than for an answer', async () => {
    const never = { getCredential: () => new Promise<never>(() => undefined) };
    const credentials = {
      ...never,
      atHand: () => undefined,
      warm: () => assert.fail(),
      distrust: () => undefined,
    };
    const ask = vendorClient({ endpoint: sandbox.gateway.endpoint, protocol: 'http', credentials });
    assert.deepEqual(await ask(question(sandbox.instanceId), 20), { kind: 'timeout' });
  });

  it('is unreachable where the connection is reset, and where nobody listens', async () => {
    sandbox.gateway.faults.set({ kind: 'reset', at: 'after-reading' });
    assert.deepEqual(await ask(), { kind: 'unreachable', detail: 'ECONNRESET' });
    const opinion = await asker('127.0.0.1:1', 'K', plantedSecret)(question('i'), timeoutMs);
    assert.deepEqual(opinion, { kind: 'unreachable', detail: 'ECONNREFUSED' });
  });

  it('has failed where it cannot sign at all', async () => {
    const ask = asker(sandbox.gateway.endpoint, sandbox.accessKey, sandbox.secret);
    assert.deepEqual(await ask(question('half\ud800'), timeoutMs), { kind: 'failed' });
  });

  it('sends nothing without credentials', async () => {
    const ask = asker(sandbox.gateway.endpoint, sandbox.accessKey, '');
    assert.deepEqual(await ask(question(sandbox.instanceId), timeoutMs), { kind: 'no-credentials' });
    assert.deepEqual(calls(), [0, 0]);
  });
});

describe("the vendor's client, asked at a gateway that echoes,", () => {
  let server: ScriptedServer;
  let answer: (arrival: Arrival) => void;
  beforeEach(async () => {
    server = await scriptedServer((arrival) => answer(arrival));
  });
  afterEach(() => server.close());

  const signatureIn = (head: string): string =>
    /Signature=([0-9a-f]{64})/.exec(head)?.[1] ?? assert.fail(head);
  const ask = () => asker(`127.0.0.1:${server.port}`, 'K', plantedSecret)(question('i'), timeoutMs);

  it('shows neither its secret nor its signature, whichever field of the refusal holds them', async () => {
    const fields = ['Code', 'Message', 'RequestId', 'HostId'];
    for (const [field, isSecret] of fields.flatMap((name) => [
      [name, true] as const,
      [name, false] as const,
    ])) {
      answer = ({ socket, head }) => {
        const text = `Echo.${isSecret ? plantedSecret : signatureIn(head)}`;
        socket.write(httpAnswer(400, JSON.stringify({ Code: 'C', RequestId: 'R', [field]: text })));
      };
      const shown = JSON.stringify(await ask());
      assert.ok(!shown.includes(signatureIn(server.heads.at(-1) ?? '')), shown);
      assert.ok(!shown.includes(plantedSecret), shown);
    }
  });

  it('holds the token where nothing prints it', async () => {
    answer = ({ socket }) =>
      socket.write(httpAnswer(200, JSON.stringify({ RequestId: 'R', Token: plantedToken })));
    const opinion = await ask();
    assert.deepEqual(JSON.parse(JSON.stringify(opinion)), { kind: 'served' });
    answer = ({ socket }) => socket.resetAndDestroy();
    assert.ok(opinion.kind === 'served');
    assert.equal(await opinion.revoke(), false);
    assert.match(server.heads.at(-1) ?? '', new RegExp(`Token=${encodeURIComponent(plantedToken)}`));
  });
});
