// What every ledger promises. Each implementation runs this suite.
import assert from 'node:assert/strict';
import { hashToken, type Ledger, type TokenRecord } from '../../src/ledger/ledger.ts';
import { eventually } from '../store/kit.ts';

const hourMs = 3_600_000;

export interface LedgerUnderTest {
  readonly ledger: Ledger;
  /** Moves the ledger's clock forward, ms. */
  readonly advance: (ms: number) => void;
  readonly now: () => number;
  readonly close: () => Promise<void>;
}

/** @param open makes an empty ledger whose records outlive their tokens by one hour */
export function ledgerContract(name: string, open: () => LedgerUnderTest | Promise<LedgerUnderTest>): void {
  describe(`${name} as a ledger`, () => {
    let under: LedgerUnderTest;
    beforeEach(async () => {
      under = await open();
    });
    afterEach(() => under.close());

    const record = (lifetimeMs = hourMs): TokenRecord => ({
      account: 'shop',
      instanceId: 'post-cn-1',
      backend: 'gateway',
      expiresAtMs: under.now() + lifetimeMs,
    });

    it('finds what it was told to remember', async () => {
      await under.ledger.remember(hashToken('a'), record());
      assert.deepEqual(await under.ledger.find(hashToken('a')), record());
    });

    it('gives back each part of a record', async () => {
      const records: TokenRecord[] = [
        { ...record(), backend: 'legacy', instanceId: '' },
        { ...record(), account: 'a'.repeat(128), instanceId: 'i'.repeat(128) },
        { ...record(), account: '店铺', revokedAtMs: under.now() },
      ];
      for (const [index, each] of records.entries()) {
        await under.ledger.remember(hashToken(String(index)), each);
        assert.deepEqual(await under.ledger.find(hashToken(String(index))), each);
      }
    });

    it('knows nothing of other tokens', async () => {
      await under.ledger.remember(hashToken('a'), record());
      assert.equal(await under.ledger.find(hashToken('b')), undefined);
    });

    it('replaces the record of a token, keeping one', async () => {
      await under.ledger.remember(hashToken('a'), record());
      const revoked = { ...record(2 * hourMs), revokedAtMs: under.now() };
      await under.ledger.remember(hashToken('a'), revoked);
      assert.deepEqual(await under.ledger.find(hashToken('a')), revoked);
      assert.equal(under.ledger.size(), 1);
    });

    it('keeps a revocation though another replica tells of the token only now', async () => {
      const revoked = { ...record(), revokedAtMs: under.now() };
      await under.ledger.remember(hashToken('a'), revoked);
      await under.ledger.remember(hashToken('a'), record());
      assert.deepEqual(await under.ledger.find(hashToken('a')), revoked);
    });

    it('calls a token good that it knows and that was not revoked', async () => {
      assert.equal(await under.ledger.isGood(hashToken('a')), false);
      await under.ledger.remember(hashToken('a'), record());
      assert.equal(await under.ledger.isGood(hashToken('a')), true);
      await under.ledger.remember(hashToken('a'), { ...record(), revokedAtMs: under.now() });
      assert.equal(await under.ledger.isGood(hashToken('a')), false);
    });

    it('still knows a token shortly after it expired, so that a query can say so', async () => {
      await under.ledger.remember(hashToken('a'), record());
      under.advance(hourMs + 1);
      assert.notEqual(await under.ledger.find(hashToken('a')), undefined);
    });

    it('forgets a token an hour after it expired', async () => {
      await under.ledger.remember(hashToken('a'), record());
      under.advance(2 * hourMs);
      assert.equal(await under.ledger.find(hashToken('a')), undefined);
    });

    it('lets go of expired records without being asked for them', async () => {
      for (let index = 0; index < 500; index += 1) {
        await under.ledger.remember(hashToken(`old ${index}`), record(index * 1000));
      }
      await under.ledger.remember(hashToken('long'), record(100 * hourMs));
      under.advance(3 * hourMs);
      await eventually(() => under.ledger.size() === 1);
    });

    it('keeps nothing for longer than a token can live, whatever its expiry says', async () => {
      await under.ledger.remember(hashToken('a'), record(5000 * 24 * hourMs));
      assert.notEqual(await under.ledger.find(hashToken('a')), undefined);
      under.advance(31 * 24 * hourMs);
      assert.equal(await under.ledger.find(hashToken('a')), undefined);
    });

    it('does not let the earlier expiry of a replaced record take the later one along', async () => {
      await under.ledger.remember(hashToken('a'), record(hourMs));
      await under.ledger.remember(hashToken('a'), record(50 * hourMs));
      under.advance(10 * hourMs);
      assert.equal(under.ledger.size(), 1);
    });
  });
}
