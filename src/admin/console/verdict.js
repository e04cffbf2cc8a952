// Is it fine? From everything known to one word, and the reasons in order. Pure: what it says can be tested.
/** @import { Level, Sources, Verdict } from './model.js' */
import { backendNames, duration, percent, words } from './format.js';

/** Of so few calls nothing follows. */
const fewCalls = 20;
const faultPercent = 2;
const refusedPercent = 5;
const quotaPercent = 80;
/** Points between the share wanted and the share observed; keys are hashed, and few keys hash unevenly. */
const sharePoints = 15;
/** The share observed is that of a minute. */
const settlingMs = 75_000;

/**
 * @param {Sources} sources
 * @param {number} nowMs
 * @returns {Verdict}
 */
export function judge(sources, nowMs) {
  const { status, rollout } = sources;
  if (status.data === undefined)
    return { level: 'unknown', word: 'Connecting', reasons: ['Asking the server …'] };
  /** @type {{ level: Level, text: string }[]} */
  const found = [
    ...breakerFindings(sources),
    ...outcomeFindings(sources),
    ...rolloutFindings(sources),
    ...stateFindings(sources),
    ...quotaFindings(sources),
    ...shareFindings(sources, nowMs),
  ];
  const trouble = found.filter(({ level }) => level === 'trouble');
  const attention = found.filter(({ level }) => level === 'attention');
  const reasons = [...trouble, ...attention].map(({ text }) => text);
  if (trouble.length > 0) return { level: 'trouble', word: 'Trouble', reasons };
  if (attention.length > 0) return { level: 'attention', word: 'Attention', reasons };
  const moving = rollout.data?.state === 'progressing' ? ' A rollout is progressing.' : '';
  const quiet = sources.timeline.data?.now.callsPerSecond === 0 ? ' There are no calls just now.' : '';
  return { level: 'fine', word: 'Fine', reasons: [`Nothing stands out.${moving}${quiet}`] };
}

/** @param {Sources} sources */
function* breakerFindings({ status }) {
  for (const { backend, action, state, why } of status.data?.breakers ?? []) {
    if (state === 'closed') continue;
    const level = /** @type {Level} */ (state === 'open' ? 'trouble' : 'attention');
    const because = why === undefined ? '' : ` (${why})`;
    const text =
      state === 'open'
        ? `${backendNames[backend]}: ${action} calls are held back, its breaker is open${because}`
        : `${backendNames[backend]}: ${action} calls are being tried again, its breaker is half open`;
    yield { level, text };
  }
}

/** @param {Sources} sources */
function* outcomeFindings({ timeline }) {
  for (const backend of /** @type {const} */ (['legacy', 'gateway', 'none'])) {
    const figures = timeline.data?.now.backends[backend];
    if (figures === undefined) continue;
    const { ok, rejected, denied, throttled, fault } = figures;
    const all = ok + rejected + denied + throttled + fault;
    const name = backend === 'none' ? 'Answered without a backend' : backendNames[backend];
    const share = (/** @type {number} */ part) => Math.round((part / all) * 100);
    if (all < fewCalls && fault < 5) continue;
    if ((fault / all) * 100 >= faultPercent) {
      yield {
        level: /** @type {Level} */ ('trouble'),
        text: `${name}: ${share(fault)} % of the last 10 s failed`,
      };
    }
    for (const [what, part] of /** @type {const} */ ([
      ['denied for want of permission', denied],
      ['throttled', throttled],
    ])) {
      if ((part / all) * 100 >= refusedPercent) {
        yield {
          level: /** @type {Level} */ ('attention'),
          text: `${name}: ${share(part)} % of the last 10 s ${what}`,
        };
      }
    }
  }
}

/** @param {Sources} sources */
function* rolloutFindings({ rollout, split, status }) {
  const attention = /** @type {Level} */ ('attention');
  if (status.data?.split.forced) {
    yield { level: attention, text: 'Everything is sent to the old service, until the weight is set again' };
  }
  if (rollout.data === undefined) return;
  const { state, cause, reason, problem } = rollout.data;
  if (state === 'aborted') yield { level: attention, text: `The rollout was aborted: ${reason}` };
  if (state === 'holding' && cause !== 'manual' && cause !== 'data') {
    const level = /** @type {Level} */ (cause === 'old-service' ? 'trouble' : 'attention');
    yield { level, text: `The rollout holds: ${reason}` };
  }
  if (problem !== undefined) yield { level: attention, text: `The rollout is not kept: ${problem}` };
  if (split.data?.problem !== undefined)
    yield { level: attention, text: `The weight is not kept: ${split.data.problem}` };
}

/** @param {Sources} sources */
function* stateFindings({ status }) {
  if (status.data === undefined) return;
  const { store, ready } = status.data;
  if (!ready)
    yield {
      level: /** @type {Level} */ ('attention'),
      text: 'This replica is not ready: starting or draining',
    };
  if (!store.up) {
    const problem = store.problem === undefined ? '' : `: ${store.problem}`;
    yield { level: /** @type {Level} */ ('trouble'), text: `The store (${store.kind}) is down${problem}` };
  }
}

/** @param {Sources} sources */
function* quotaFindings({ status }) {
  const attention = /** @type {Level} */ ('attention');
  for (const { of, account, action, used, limit } of status.data?.quotas.budgets ?? []) {
    if (limit <= 0 || (used / limit) * 100 < quotaPercent) continue;
    const whose = of === 'address' ? 'this address' : `account ${account ?? ''}`;
    yield {
      level: attention,
      text: `Quota: ${Math.round((used / limit) * 100)} % of the ${action} calls of ${whose} are used`,
    };
  }
  const waiting = Object.values(status.data?.quotas.waiting ?? {}).reduce((sum, each) => sum + each, 0);
  if (waiting >= 10) yield { level: attention, text: `${waiting} calls wait for their turn at the gateway` };
}

/**
 * @param {Sources} sources
 * @param {number} nowMs
 */
function* shareFindings({ split, timeline }, nowMs) {
  if (split.data === undefined || timeline.data === undefined) return;
  const { gatewayPercent, observedPercent, changedAt, accounts, overrides } = split.data;
  // Accounts with weights of their own pull the share away from the common one, as they should.
  if (observedPercent === null || accounts.length > 0 || overrides.length > 0) return;
  if (changedAt !== undefined && nowMs - Date.parse(changedAt) < settlingMs) return;
  const minute = timeline.data.points.slice(-6);
  const calls = minute.reduce((sum, { backends }) => sum + backends.legacy.ok + backends.gateway.ok, 0);
  if (calls < 100 || Math.abs(observedPercent - gatewayPercent) < sharePoints) return;
  yield {
    level: /** @type {Level} */ ('attention'),
    text: `The gateway answers ${percent(observedPercent)} of apply calls, though ${percent(gatewayPercent)} are wanted`,
  };
}

/**
 * One line for the title of the page.
 * @param {Verdict} verdict
 * @param {Sources} sources
 * @param {boolean} lost
 */
export function titleOf({ level, word }, { status }, lost) {
  const sign = { fine: '✓', attention: '!', trouble: '✗', unknown: '…' }[lost ? 'unknown' : level];
  const share = status.data === undefined ? '' : ` · ${percent(status.data.split.gatewayPercent)} gateway`;
  return `${sign} ${lost ? 'Connection lost' : word}${share} – token proxy`;
}

/**
 * What a rollout waits for, in words.
 * @param {NonNullable<Sources['rollout']['data']>} rollout
 * @param {number} nowMs
 */
export function rolloutInWords({ state, cause, reason, heldUntil, coolsUntil, evidence }, nowMs) {
  const left = (/** @type {string} */ until) => duration(Math.max(0, (Date.parse(until) - nowMs) / 1000));
  const sentences = [reason === '' ? words(state) : reason];
  if (evidence?.callsNeeded !== undefined && !/\d+ more calls/.test(reason)) {
    sentences.push(`needs about ${evidence.callsNeeded} more calls`);
  }
  if (heldUntil !== undefined && Date.parse(heldUntil) > nowMs)
    sentences.push(`next step in ${left(heldUntil)} at the earliest`);
  if (cause === 'manual') sentences.push('waits for you to promote it');
  if (coolsUntil !== undefined && Date.parse(coolsUntil) > nowMs)
    sentences.push(`cools down for another ${left(coolsUntil)}`);
  return `${sentences.join(' · ')}.`;
}
