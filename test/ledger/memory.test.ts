import assert from 'node:assert/strict';
import { hashToken } from '../../src/ledger/ledger.ts';
import { createMemoryLedger } from '../../src/ledger/memory.ts';
import { ledgerContract } from '../contract/ledger-contract.ts';

function open(capacity?: number) {
  let clock = 1_700_000_000_000;
  const now = () => clock;
  const ledger = createMemoryLedger({ now, ...(capacity !== undefined && { capacity }) });
  return { ledger, now, advance: (ms: number) => void (clock += ms) };
}

ledgerContract('the memory ledger', () => open());

describe('the memory ledger', () => {
  const record = (now: number) => ({
    account: 'a',
    instanceId: 'i',
    backend: 'gateway' as const,
    expiresAtMs: now + 1e9,
  });

  it('drops the oldest records beyond its capacity', async () => {
    const { ledger, now } = open(3);
    for (const token of ['1', '2', '3', '4', '5']) await ledger.remember(hashToken(token), record(now()));
    assert.equal(ledger.size(), 3);
    assert.equal(await ledger.find(hashToken('2')), undefined);
    assert.notEqual(await ledger.find(hashToken('3')), undefined);
  });

  it('stays bounded over a year of steady load', async () => {
    const { ledger, now, advance } = open();
    const dayMs = 86_400_000;
    let most = 0;
    for (let hour = 0; hour < 365 * 24; hour += 1) {
      const expiresAtMs = now() + 30 * dayMs;
      await ledger.remember(hashToken(`token ${hour}`), { ...record(now()), expiresAtMs });
      advance(3_600_000);
      most = Math.max(most, ledger.size());
    }
    assert.ok(most <= 30 * 24 + 2, `${most} records were kept`);
  });

  it('keeps nothing of a record that is long past when it arrives', async () => {
    const { ledger, now } = open();
    await ledger.remember(hashToken('past'), { ...record(now()), expiresAtMs: now() - 1e9 });
    assert.equal(ledger.size(), 0);
  });
});

describe('the hash of a token', () => {
  it('is its SHA-256 and shows nothing of the token', () => {
    assert.equal(hashToken('abc'), 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
  });
});
