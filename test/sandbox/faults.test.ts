// Every kind of fault as a raw client sees it, and the ways to set them.
import assert from 'node:assert/strict';
import { readFaultRules } from '../../src/sandbox/fault-rules.ts';
import { FaultBook, type FaultRule } from '../../src/sandbox/faults.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/world.ts';
import { rawExchange, until, vendorClient, type RawExchange } from './peers.ts';

const body = 'token=x';
const post =
  'POST /token/query HTTP/1.1\r\nHost: sandbox\r\nContent-Type: application/x-www-form-urlencoded\r\n' +
  `Content-Length: ${body.length}\r\n\r\n`;
const hourMs = 3_600_000;
const whole = (text: string): boolean => text.includes('}');

describe('the faults of an emulated service', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await startSandbox({ random: () => 0.5 });
  });
  afterEach(() => sandbox.legacy.faults.clear());
  after(() => sandbox.close());

  function ask(
    rule: FaultRule,
    enough?: (text: string) => boolean,
    sent = post + body,
  ): Promise<RawExchange> {
    sandbox.legacy.faults.set(rule);
    return rawExchange(sandbox.legacy.port, sent, enough);
  }
  const bodyOf = (text: string): string => text.split('\r\n\r\n')[1] ?? '';
  const lastCode = (): string | undefined => sandbox.legacy.stats().lastCalls.at(-1)?.code;

  it('answers any code with any status', async () => {
    const { text } = await ask({ kind: 'answer', code: 409, status: 503, message: 'busy' }, whole);
    assert.match(text, /^HTTP\/1.1 503 /);
    assert.deepEqual(JSON.parse(bodyOf(text)), { success: false, code: 409, message: 'busy' });
    assert.equal(lastCode(), 'fault:answer');
  });

  it('hangs, having read the request, and says nothing', async () => {
    let received = '';
    sandbox.legacy.faults.set({ kind: 'hang' });
    const exchange = rawExchange(sandbox.legacy.port, post + body, (text) => {
      received = text;
      return true;
    });
    await until(() => lastCode() === 'fault:hang');
    const other = await Promise.race([exchange, rawExchange(sandbox.gateway.port, 'GET / HTTP/1.0\r\n\r\n')]);
    assert.match(other.text, /^HTTP\/1.1 /);
    assert.equal(received, '');
  });

  it('answers late, and truly', async () => {
    const { text } = await ask({ kind: 'delay', ms: 30 }, whole);
    assert.equal((JSON.parse(bodyOf(text)) as { code: number }).code, 400);
  });

  it('resets before it reads the body', async () => {
    const { text, ended } = await ask({ kind: 'reset', at: 'before-reading' }, undefined, post);
    assert.deepEqual([text, ended], ['', 'reset']);
  });

  it('resets after it has read the body', async () => {
    const before = sandbox.legacy.faults.injected;
    const exchange = ask({ kind: 'reset', at: 'after-reading' });
    assert.deepEqual(await exchange, { text: '', ended: 'reset' });
    assert.equal(sandbox.legacy.faults.injected, before + 1);
    assert.equal(lastCode(), 'fault:reset');
  });

  it('resets between head and body', async () => {
    const { text, ended } = await ask({ kind: 'reset', at: 'after-headers' });
    assert.equal(ended, 'reset');
    assert.match(text, /^HTTP\/1.1 200 OK\r\n/);
    assert.equal(bodyOf(text), '');
    assert.equal(lastCode(), '400');
  });

  it('resets in the middle of the body', async () => {
    const { text, ended } = await ask({ kind: 'reset', at: 'mid-body' });
    assert.equal(ended, 'reset');
    assert.match(bodyOf(text), /^\{"success":false,[^}]+$/);
  });

  it('lets the head drip', async () => {
    const { text, ended } = await ask({ kind: 'slow-headers', intervalMs: 0 });
    assert.equal(ended, 'end');
    assert.match(text, /^HTTP\/1.1 200 OK\r\nServer: Tengine\r\n/);
    assert.match(bodyOf(text), /\}$/);
    const slow = await ask({ kind: 'slow-headers', intervalMs: hourMs }, () => true);
    assert.equal(slow.text, 'H');
  });

  it('lets the body drip', async () => {
    const { text, ended } = await ask({ kind: 'slow-body', intervalMs: 0 });
    assert.equal(ended, 'end');
    assert.match(bodyOf(text), /\}$/);
    const slow = await ask({ kind: 'slow-body', intervalMs: hourMs }, (sofar) => bodyOf(sofar) !== '');
    assert.equal(bodyOf(slow.text), '{');
  });

  it('sends half a body under the length of a whole one', async () => {
    const { text, ended } = await ask({ kind: 'half-body' });
    assert.equal(ended, 'end');
    const promised = Number(/content-length: (\d+)/i.exec(text)?.[1]);
    assert.equal(bodyOf(text).length, Math.floor(promised / 2));
  });

  it('sends an HTML page', async () => {
    const { text } = await ask({ kind: 'html' }, (sofar) => sofar.includes('</html>'));
    assert.match(text, /^HTTP\/1.1 502 Bad Gateway\r\nContent-Type: text\/html/);
  });

  it('sends an empty 200', async () => {
    const { text } = await ask({ kind: 'empty' }, (sofar) => sofar.endsWith('\r\n\r\n'));
    assert.match(text, /^HTTP\/1.1 200 OK\r\n/);
    assert.match(text, /content-length: 0\r\n/i);
  });

  it('sends a 200 that is no JSON', async () => {
    const { text } = await ask({ kind: 'not-json' }, (sofar) => bodyOf(sofar) !== '');
    assert.match(text, /^HTTP\/1.1 200 OK\r\nContent-Type: application\/json/);
    assert.throws(() => JSON.parse(bodyOf(text)), SyntaxError);
  });

  it('sends a megabyte', async () => {
    const { text } = await ask({ kind: 'huge' }, whole);
    assert.equal(bodyOf(text).length, 1024 * 1024);
    assert.equal((JSON.parse(bodyOf(text)) as { code: number }).code, 400);
  });

  it('promises keep-alive and closes the idle connection', async () => {
    const { text, ended } = await ask({ kind: 'close-idle' });
    assert.equal(ended, 'end');
    assert.match(text, /connection: keep-alive\r\n/i);
    assert.match(bodyOf(text), /\}$/);
  });

  it('sends a 200 that carries a failure, in the shape of the gateway too', async () => {
    const { text } = await ask({ kind: 'ok-with-code', code: 410 }, whole);
    assert.match(text, /^HTTP\/1.1 200 OK\r\n/);
    sandbox.gateway.faults.set({ kind: 'ok-with-code', code: 'SystemOverFlow', count: 1 });
    const answer = await vendorClient(sandbox.gateway.endpoint)('QueryToken', {});
    assert.equal(answer['Code'], 'SystemOverFlow');
    sandbox.gateway.faults.set({
      kind: 'answer',
      code: 'ServiceUnavailable',
      actions: ['QueryToken'],
      count: 1,
    });
    await assert.rejects(vendorClient(sandbox.gateway.endpoint)('QueryToken', {}), { statusCode: 503 });
  });

  it('is set, seen and cleared over the control route, and hits only what it names', async () => {
    const url = `${sandbox.legacy.url}/_sandbox/faults`;
    const rules = [
      { kind: 'html', actions: ['apply'] },
      { kind: 'empty', count: 1 },
    ];
    const set = await fetch(url, { method: 'PUT', body: JSON.stringify(rules) });
    assert.equal(set.status, 200);
    const call = (path: string) => fetch(sandbox.legacy.url + path).then(async (answer) => answer.text());
    assert.equal(await call('/token/query'), '');
    assert.match(await call('/token/query'), /"code":400/);
    assert.match(await call('/token/apply'), /^<!doctype html>/);
    const left = (await (await fetch(url)).json()) as { faults: unknown };
    assert.deepEqual(left.faults, [rules[0]]);
    assert.equal((await fetch(url, { method: 'PUT', body: '{"kind":"quiet"}' })).status, 400);
    assert.equal((await fetch(`${sandbox.legacy.url}/_sandbox/nothing`)).status, 404);
    await fetch(url, { method: 'DELETE' });
    assert.match(await call('/token/apply'), /"code":400/);
  });
});

describe('FaultBook', () => {
  it('hits the share of calls that it is told to', () => {
    let dice = 0;
    const faults = new FaultBook(() => dice);
    faults.set({ kind: 'hang', percent: 30 });
    dice = 0.29;
    assert.equal(faults.pick('any')?.kind, 'hang');
    dice = 0.3;
    assert.equal(faults.pick('any'), undefined);
    assert.equal(faults.injected, 1);
  });
});

describe('readFaultRules', () => {
  it('takes a single rule or a list', () => {
    const rule = { kind: 'reset', at: 'mid-body', percent: 50, count: 2, actions: ['ApplyToken'] };
    assert.deepEqual(readFaultRules(rule), { rules: [rule] });
    assert.deepEqual(readFaultRules([rule, { kind: 'hang' }]), { rules: [rule, { kind: 'hang' }] });
  });

  it('says what is wrong with a rule', () => {
    const cases: [unknown, RegExp][] = [
      ['hang', /rule 1: is no JSON object/],
      [[{ kind: 'hang' }, { kind: 'toString' }], /rule 2: kind must be one of answer, /],
      [{ kind: 'delay' }, /delay needs ms/],
      [{ kind: 'delay', ms: -1 }, /ms must be /],
      [{ kind: 'hang', ms: 1 }, /hang knows no ms/],
      [{ kind: 'reset', at: 'noon' }, /at must be one of before-reading/],
      [{ kind: 'hang', percent: 101 }, /percent must be /],
      [{ kind: 'hang', count: 0 }, /count must be /],
      [{ kind: 'hang', actions: 'apply' }, /actions must be /],
      [{ kind: 'html', status: 99 }, /status must be /],
    ];
    for (const [value, says] of cases) {
      const read = readFaultRules(value);
      assert.match('mistake' in read ? read.mistake : 'accepted', says);
    }
  });
});
