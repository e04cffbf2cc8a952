import assert from 'node:assert/strict';
import { findIssuer, mostInstancesAsked } from '../../src/app/find-issuer.ts';
import type { GatewayFailure, GatewayOutcome } from '../../src/gateway/gateway.ts';

type Answer = GatewayOutcome<{ valid: boolean }>;

const yes: Answer = { class: 'ok', value: { valid: true }, requestId: 'r' };
const no: Answer = { class: 'ok', value: { valid: false }, requestId: 'r' };
const unknown: GatewayFailure = {
  class: 'rejected',
  cause: 'answered',
  code: 'InvalidParameter',
  message: '',
};
const broken: GatewayFailure = {
  class: 'fault',
  cause: 'timeout',
  code: 'RequestTimeout',
  message: 'Too slow.',
};
const denied: GatewayFailure = { class: 'denied', cause: 'answered', code: 'Forbidden.RAM', message: 'No.' };

function instances(count: number) {
  return Array.from({ length: count }, (_, index) => ({ id: `i${index}`, regionId: 'cn-hangzhou' }));
}

/** Asks with scripted answers; undefined stands for no time left. */
async function search(count: number, answers: readonly (Answer | undefined)[]) {
  const asked: string[] = [];
  const result = await findIssuer(instances(count), (instanceId) => {
    const answer = answers[asked.length];
    if (answer === undefined) return undefined;
    asked.push(instanceId);
    return Promise.resolve(answer);
  });
  return { result, asked };
}

describe('looking for the instance that issued a token', () => {
  it('stops at the first that knows it', async () => {
    const { result, asked } = await search(4, [no, unknown, yes, yes]);
    assert.deepEqual(result, { kind: 'found', instanceId: 'i2' });
    assert.deepEqual(asked, ['i0', 'i1', 'i2']);
  });

  it('calls a token unknown when every instance answered and none knows it', async () => {
    assert.deepEqual((await search(2, [no, unknown])).result, { kind: 'unknown' });
  });

  for (const failure of [broken, denied]) {
    it(`does not decide when an instance failed (${failure.code}), though the others said no`, async () => {
      const { result, asked } = await search(3, [no, failure, no]);
      assert.equal(result.kind === 'undecided' ? result.failure : result.kind, failure);
      assert.equal(asked.length, 3);
    });
  }

  it('believes a yes after a failure', async () => {
    assert.equal((await search(2, [broken, yes])).result.kind, 'found');
  });

  it(`asks at most ${mostInstancesAsked} and then does not decide`, async () => {
    const { result, asked } = await search(7, Array<Answer>(7).fill(no));
    assert.equal(asked.length, 5);
    assert.equal(result.kind, 'undecided');
  });

  it('does not decide when time runs out underway', async () => {
    assert.equal((await search(3, [no, undefined])).result.kind, 'undecided');
  });

  it('does not decide for an account without instances', async () => {
    assert.equal((await search(0, [])).result.kind, 'undecided');
  });
});
