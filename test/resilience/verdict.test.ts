import assert from 'node:assert/strict';
import type { FailureCause } from '../../src/gateway/gateway.ts';
import { verdictOf, type Circumstances, type Ending } from '../../src/resilience/verdict.ts';
import type { Verdict } from '../../src/resilience/breaker.ts';

const usual: Circumstances = { sent: true, hadTime: true, fromStranger: false };
const unsent = { sent: false };
const hurried = { hadTime: false };
const stranger = { fromStranger: true };

describe('what the end of a call says of the backend', () => {
  const cases: [Ending, Partial<Circumstances>, Verdict][] = [
    [{ class: 'ok' }, {}, 'success'],
    [{ class: 'rejected', cause: 'answered' }, {}, 'success'],
    [{ class: 'denied', cause: 'answered' }, {}, 'success'],
    [{ class: 'throttled', cause: 'answered' }, {}, 'success'],
    [{ class: 'rejected', cause: 'answered' }, unsent, 'neutral'],
    [{ class: 'ok' }, stranger, 'success'],
    [{ class: 'fault' }, {}, 'fault'],
    [{ class: 'fault' }, stranger, 'neutral'],
    [{ class: 'fault', cause: 'answered', code: 'InternalError' }, {}, 'fault'],
    [{ class: 'fault', cause: 'answered', code: 'InvalidTimeStamp.Expired' }, {}, 'fault'],
    [{ class: 'fault', cause: 'unreadable' }, {}, 'fault'],
    [{ class: 'fault', cause: 'unreadable' }, stranger, 'neutral'],
    [{ class: 'fault', cause: 'broken', reusedConnection: false }, {}, 'fault'],
    [{ class: 'fault', cause: 'broken', reusedConnection: false }, stranger, 'neutral'],
    [{ class: 'fault', cause: 'broken', reusedConnection: true }, {}, 'neutral'],
    [{ class: 'fault', cause: 'timeout' }, {}, 'fault'],
    [{ class: 'fault', cause: 'timeout' }, unsent, 'fault'],
    [{ class: 'fault', cause: 'timeout' }, hurried, 'neutral'],
    [{ class: 'fault', cause: 'timeout' }, stranger, 'neutral'],
    [{ class: 'fault', cause: 'broken' }, hurried, 'fault'],
    [{ class: 'fault', cause: 'unconnected', code: 'ConnectionRefused' }, unsent, 'fault'],
    [{ class: 'fault', cause: 'unconnected' }, { ...unsent, ...stranger }, 'fault'],
    [{ class: 'fault', cause: 'unconnected', code: 'TooManyCalls' }, unsent, 'neutral'],
    [{ class: 'fault', cause: 'unconnected', code: 'ConnectionClosed' }, unsent, 'neutral'],
    [{ class: 'fault', cause: 'answered', code: 'TooManyCalls' }, {}, 'fault'],
    [{ class: 'denied', cause: 'credentials' }, unsent, 'neutral'],
    [{ class: 'fault', cause: 'credentials' }, unsent, 'neutral'],
    [{ class: 'rejected', cause: 'aborted' }, {}, 'neutral'],
    [{ class: 'fault', cause: 'circuit' }, unsent, 'neutral'],
    [{ class: 'throttled', cause: 'quota' }, unsent, 'neutral'],
  ];
  for (const [ending, circumstances, verdict] of cases) {
    const told = JSON.stringify({ ...ending, ...circumstances });
    it(`is ${verdict} for ${told}`, () => {
      assert.equal(verdictOf(ending, { ...usual, ...circumstances }), verdict);
    });
  }

  it('is never a fault of another class, and nothing but a fault is ever one', () => {
    const causes: (FailureCause | undefined)[] = [undefined, 'answered', 'broken', 'timeout', 'unconnected'];
    for (const cause of causes) {
      for (const outcome of ['ok', 'rejected', 'denied', 'throttled'] as const) {
        assert.notEqual(verdictOf({ class: outcome, cause }, usual), 'fault');
      }
      assert.notEqual(verdictOf({ class: 'fault', cause }, usual), 'success');
    }
  });
});
