import assert from 'node:assert/strict';
import { createFirstChoices } from '../../src/app/first-choices.ts';
import type { GatewayServed } from '../../src/app/gateway-leg.ts';
import type { LegacyTry } from '../../src/app/legacy-leg.ts';
import type { FailureCause, GatewayFailure } from '../../src/gateway/gateway.ts';

describe('the first choices of the split', () => {
  let heard: string[];
  let answered: string[];
  beforeEach(() => {
    heard = [];
    answered = [];
  });
  const make = () =>
    createFirstChoices(
      { outcome: (backend, outcome) => void heard.push(`${backend} ${outcome}`) },
      { answered: (url) => void answered.push(url) },
    );
  const failed = (
    cause: FailureCause,
    code: string,
    failureClass: GatewayFailure['class'],
  ): GatewayServed => ({
    reply: { kind: 'failed', code: 409, message: '' },
    outcome: failureClass,
    asked: true,
    failure: { class: failureClass, cause, code, message: '' },
  });
  const tried: LegacyTry = { outcome: 'ok', code: 200, asked: true, mayHaveHappened: false };
  const token: GatewayServed = { reply: { kind: 'revoked' }, outcome: 'ok', asked: true };

  const table: readonly (readonly [what: string, served: GatewayServed, heard: string[]])[] = [
    ['a token', token, ['gateway ok']],
    ['a token that was handed out again', { ...token, reused: 'live' }, []],
    ['a token of a call that was shared', { ...token, reused: 'shared' }, []],
    ['a time-out', failed('timeout', 'RequestTimeout', 'fault'), ['gateway fault']],
    ['an open breaker', failed('circuit', 'CircuitOpen', 'fault'), ['gateway fault']],
    [
      'a turn that would have come too late',
      failed('quota', 'QuotaExceeded', 'throttled'),
      ['gateway throttled'],
    ],
    ['a client that has left', failed('aborted', 'RequestAborted', 'fault'), []],
    ['a refused permission', failed('answered', 'NoPermission', 'denied'), ['gateway denied']],
    ['a mistake of the caller', failed('answered', 'ParameterCheckFailed', 'rejected'), ['gateway rejected']],
    ['a missing parameter', failed('answered', 'MissingInstanceId', 'rejected'), ['gateway mistranslated']],
    ['an unknown action', failed('answered', 'ApiNotSupport', 'denied'), ['gateway mistranslated']],
    ['a malformed signature', failed('answered', 'IncompleteSignature', 'denied'), ['gateway mistranslated']],
    [
      'credentials without their token',
      failed('answered', 'MissingSecurityToken', 'denied'),
      ['gateway denied'],
    ],
  ];
  for (const [what, served, expected] of table) {
    it(`are told as ${expected.join() || 'nothing'}: ${what}`, () => {
      make().gateway('weight', served);
      assert.deepEqual(heard, expected);
    });
  }

  it('are told where the weight or an override chose, and not where there was no choice', () => {
    const choices = make();
    for (const reason of ['weight', 'override', 'only-backend', 'forced'] as const) {
      choices.gateway(reason, token);
      choices.legacy(reason, tried, { isGenuine: true, url: 'http://old' });
    }
    assert.deepEqual(heard, ['gateway ok', 'legacy ok', 'gateway ok', 'legacy ok']);
    assert.equal(answered.length, 4);
  });

  it('say nothing of a time-out for which there was hardly any time', () => {
    const { failure, ...served } = failed('timeout', 'RequestTimeout', 'fault');
    assert.ok(failure);
    make().gateway('weight', { ...served, failure: { ...failure, inHaste: true } });
    assert.deepEqual(heard, []);
  });

  it('say nothing of the old service by calls of strangers, and by those that it was not asked for want of time', () => {
    const choices = make();
    const fault: LegacyTry = { ...tried, outcome: 'fault', code: undefined };
    choices.legacy('weight', fault, { isGenuine: false, url: 'http://old' });
    choices.legacy('weight', { ...fault, asked: false }, { isGenuine: true, url: 'http://old' });
    assert.deepEqual(heard, []);
    choices.legacy(
      'weight',
      { ...fault, asked: false, retryAfterMs: 5 },
      { isGenuine: true, url: 'http://old' },
    );
    assert.deepEqual(heard, ['legacy fault']);
  });

  it('show that an old service answers by anything but a fault', () => {
    const choices = make();
    choices.legacy('weight', { ...tried, outcome: 'fault' }, { isGenuine: true, url: 'http://dead' });
    choices.legacy('weight', { ...tried, outcome: 'rejected' }, { isGenuine: true, url: 'http://old' });
    assert.deepEqual([heard, answered], [['legacy fault', 'legacy rejected'], ['http://old']]);
  });
});
