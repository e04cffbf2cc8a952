import type { GiveUpSignal } from '../../src/gateway/gateway.ts';
import assert from 'node:assert/strict';
import { createReuse, noReuse, type MintOutcome, type Reuse, type TokenNeed } from '../../src/reuse/reuse.ts';
import { eventually, steppedClock } from '../store/kit.ts';

const hourMs = 3_600_000;
const clock = steppedClock();

const need = (differences: Partial<TokenNeed> = {}): TokenNeed => ({
  account: 'shop',
  accessKey: 'LTAI1',
  instanceId: 'post-cn-1',
  resources: ['TopicA', 'TopicB'],
  actions: 'R,W',
  expiresAtMs: clock.now() + hourMs,
  ...differences,
});

describe('reuse of tokens', () => {
  const never = new AbortController().signal;
  let made: number;
  let bad: Set<string>;
  let reuse: Reuse;
  const mint = (): Promise<MintOutcome> =>
    Promise.resolve({ class: 'ok', value: { token: `token ${(made += 1)}` }, requestId: 'r' });
  /** The token that a client gets, and how. */
  const get = async (wanted: TokenNeed): Promise<readonly [string, string]> => {
    const { outcome, how } = await reuse.provide(wanted, never, mint);
    return [outcome.class === 'ok' ? outcome.value.token : outcome.code, how];
  };

  beforeEach(() => {
    made = 0;
    bad = new Set();
    reuse = createReuse({
      toleranceMs: () => 60_000,
      nameOf: (token) => `name of ${token}`,
      isGood: (name) => Promise.resolve(!bad.has(name)),
      now: clock.now,
      capacity: 3,
    });
  });

  it('hands a live token out again', async () => {
    assert.deepEqual(await get(need()), ['token 1', 'minted']);
    assert.deepEqual(await get(need()), ['token 1', 'live']);
  });

  for (const [what, differences] of [
    ['another account', { account: 'other' }],
    ['another access key', { accessKey: 'LTAI2' }],
    ['another instance', { instanceId: 'post-cn-2' }],
    ['other resources', { resources: ['TopicA'] }],
    ['resources that only look alike when joined', { resources: ['TopicA,TopicB'] }],
    ['other actions', { actions: 'R' }],
  ] as const) {
    it(`makes a token of its own for ${what}`, async () => {
      await get(need());
      assert.deepEqual(await get(need(differences)), ['token 2', 'minted']);
    });
  }

  it('keeps to the tolerance, in both directions', async () => {
    const first = need();
    await get(first);
    const askingFor = (expiresAtMs: number) => get({ ...first, expiresAtMs });
    assert.deepEqual(await askingFor(first.expiresAtMs + 60_000), ['token 1', 'live']);
    assert.deepEqual(await askingFor(first.expiresAtMs - 60_000), ['token 1', 'live']);
    assert.deepEqual(await askingFor(first.expiresAtMs + 60_001), ['token 2', 'minted']);
    assert.deepEqual(await askingFor(first.expiresAtMs - 60_001), ['token 3', 'minted']);
  });

  it('hands out nothing that lives less than a minute yet', async () => {
    const short = need({ expiresAtMs: clock.now() + 61_000 });
    await get(short);
    clock.advance(1_000);
    assert.deepEqual(await get(short), ['token 1', 'live']);
    clock.advance(1);
    assert.deepEqual(await get(short), ['token 2', 'minted']);
  });

  it('hands out nothing that the ledger knows to be revoked, or knows no more', async () => {
    await get(need());
    bad.add('name of token 1');
    assert.deepEqual(await get(need()), ['token 2', 'minted']);
    bad.clear();
    assert.deepEqual(await get(need()), ['token 2', 'live']);
  });

  it('hands out nothing that it was told to forget', async () => {
    await get(need());
    reuse.forget('token 1');
    assert.deepEqual(await get(need()), ['token 2', 'minted']);
  });

  it('hands out nothing that is revoked while the ledger is being read', async () => {
    let answer: (good: boolean) => void = () => undefined;
    reuse = createReuse({
      toleranceMs: () => 60_000,
      nameOf: (token) => token,
      isGood: () => new Promise((resolve) => (answer = resolve)),
      now: clock.now,
    });
    await get(need());
    const second = get(need());
    reuse.forget('token 1');
    answer(true);
    assert.deepEqual(await second, ['token 2', 'minted']);
  });

  it('holds tokens for a bounded number of needs, the latest', async () => {
    for (const instanceId of ['1', '2', '3', '4']) await get(need({ instanceId }));
    assert.deepEqual(await get(need({ instanceId: '4' })), ['token 4', 'live']);
    assert.deepEqual(await get(need({ instanceId: '1' })), ['token 5', 'minted']);
  });

  describe('with a call under way', () => {
    let landed: ((outcome: MintOutcome) => void)[];
    let signals: GiveUpSignal[];
    const slowly = (signal: GiveUpSignal) => {
      signals.push(signal);
      return new Promise<MintOutcome>((resolve) => landed.push(resolve));
    };
    beforeEach(() => {
      landed = [];
      signals = [];
    });

    const ask = (signal: AbortSignal, differences: Partial<TokenNeed> = {}) =>
      reuse.provide(need(differences), signal, slowly);

    it('makes one call for identical ones, and gives all of them its token', async () => {
      const all = [ask(never), ask(never), ask(never, { expiresAtMs: clock.now() + hourMs + 5_000 })];
      landed[0]?.({ class: 'ok', value: { token: 'the one' }, requestId: 'r' });
      const provided = await Promise.all(all);
      assert.equal(landed.length, 1);
      assert.deepEqual(
        provided.map(({ how }) => how),
        ['minted', 'shared', 'shared'],
      );
      assert.ok(provided.every(({ outcome }) => outcome.class === 'ok' && outcome.value.token === 'the one'));
    });

    it('does not share with calls that ask for something else', () => {
      void ask(never);
      void ask(never, { account: 'other' });
      void ask(never, { expiresAtMs: clock.now() + 2 * hourMs });
      assert.equal(landed.length, 3);
    });

    it('gives all of them the failure, and begins anew afterwards', async () => {
      const failure = { class: 'fault', cause: 'broken', code: 'X', message: '' } as const;
      const both = [ask(never), ask(never)];
      landed[0]?.(failure);
      for (const { outcome } of await Promise.all(both)) assert.equal(outcome, failure);
      void ask(never);
      assert.equal(landed.length, 2);
    });

    it('goes on while anybody waits, and is given up when all have left', async () => {
      const [first, second] = [new AbortController(), new AbortController()];
      void ask(first.signal);
      void ask(second.signal);
      first.abort();
      assert.equal(signals[0]?.aborted, false);
      second.abort();
      assert.equal(signals[0].aborted, true);
      void ask(never);
      await eventually(() => landed.length === 2);
    });
  });

  it('does nothing where it is switched off', async () => {
    const provide = () => noReuse.provide(need(), never, mint);
    assert.equal((await provide()).how, 'minted');
    assert.equal((await provide()).how, 'minted');
    assert.equal(made, 2);
  });
});
