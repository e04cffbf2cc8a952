import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { house, someReadiness, startedAtMs, type HouseOptions } from '../admin/kit.ts';
import { tokenProxy } from './terminal.ts';

describe('token-proxy readiness', () => {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  const run = async (args: readonly string[] = [], options: HouseOptions = {}) => {
    const server = createServer(house(options).app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const admin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return tokenProxy(['readiness', ...args, '--admin', admin]);
  };
  const allReady = (sinceMs: number) => {
    const { accounts, ...rest } = someReadiness(sinceMs);
    return { ...rest, accounts: accounts.slice(1) };
  };

  it('prints a table and what blocks, and fails while an account is blocked', async () => {
    const { code, out, err } = await run();
    assert.deepEqual([code, err], [1, '']);
    assert.equal(
      out,
      [
        '1 of 2 accounts are ready (replica, by calls since 1970-01-01T00:00:00.000Z)',
        '             verdict  apply  query  revoke  most apply/s  most query/s  most revoke/s',
        '  shop       blocked  10     1      0       12 of 90      0 of 90       0 of 90',
        '  alone      ready    1      0      0       0 of 90       0 of 90       0 of 90',
        '  (address)  ready                          0 of 90       0 of 90       0 of 90',
        'account shop',
        `  blocked by permission: denied (3 times, last ${new Date(startedAtMs).toISOString()})`,
        '  note: worth knowing',
        '',
      ].join('\n'),
    );
  });

  it('succeeds when all are ready', async () => {
    const { code, out } = await run([], { readiness: (sinceMs = 0) => Promise.resolve(allReady(sinceMs)) });
    assert.equal(code, 0);
    assert.match(out, /^1 of 1 accounts are ready/);
  });

  it('fails when the address alone is blocked, and says what may be missing', async () => {
    const readiness = (sinceMs = 0) => {
      const { address, ...rest } = allReady(sinceMs);
      const blocker = { kind: 'quota', detail: 'too much', count: 1, lastSeenMs: startedAtMs };
      const blocked = { ...address, verdict: 'blocked' as const, blockers: [blocker] };
      return Promise.resolve({ ...rest, address: blocked, problem: 'the store\u001b[2J is away' });
    };
    const { code, out } = await run([], { readiness });
    assert.equal(code, 1);
    assert.match(out, /the address\n {2}blocked by quota: too much/);
    assert.ok(out.includes('the store\\u{1b}[2J is away'));
  });

  it('prints what machines read, with the same exit code', async () => {
    const { code, out } = await run(['--json', '--since', '15m']);
    const report = JSON.parse(out) as { since: string; accounts: { verdict: string }[] };
    assert.equal(code, 1);
    assert.equal(report.since, new Date(startedAtMs + 90_500 - 15 * 60_000).toISOString());
    assert.deepEqual(
      report.accounts.map(({ verdict }) => verdict),
      ['blocked', 'ready'],
    );
  });

  it('passes on that a time makes no sense', async () => {
    const { code, err } = await run(['--since', 'yesterday']);
    assert.equal(code, 1);
    assert.match(err, /since must be a time/);
  });
});
