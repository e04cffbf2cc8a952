// What a live check says: beforehand what it will do, then each step, then the clock. No text shows a token.
import type { Caller } from '../app/accounts.ts';
import type { CallOptions } from '../gateway/gateway.ts';
import type { LiveFinding, LiveStep } from './live-steps.ts';

/** One round of calls. */
export interface LiveTarget {
  readonly caller: Caller<CallOptions>;
  readonly instanceId: string;
  readonly regionId: string;
}

/** A clock that is further off is refused by the gateway, ms (PROTOCOL section 2). */
const mostClockOffsetMs = 900_000;

const nameWidth = 18;

/** What will be called and billed, and which accounts cannot be checked. */
export function announcement(
  callers: readonly Caller<CallOptions>[],
  targets: readonly LiveTarget[],
  mqtt: string | undefined,
): readonly string[] {
  const names = new Set(callers.map(({ account }) => account.name));
  const lines = [...names]
    .filter((name) => targets.every(({ caller }) => caller.account.name !== name))
    .map((name) => `account ${name}: not checked, since no instance is configured for it`);
  const count = targets.length;
  if (count === 0) return lines;
  const connects = mqtt === undefined ? '' : `, and connects to ${mqtt} once for each token`;
  return [
    ...lines,
    `This calls the gateway with ${count} ApplyToken, ${2 * count} QueryToken and ${count} RevokeToken${connects}. ` +
      'Each successful call is billed as one message on its instance.',
    "Where the gateway refuses an ApplyToken, the vendor's own client sends it once more, and revokes what it gets.",
  ];
}

export function stepLines(entry: LiveStep | LiveFinding): readonly string[] {
  if ('finding' in entry) return [`  ${entry.name.padEnd(nameWidth)} ${entry.finding}`];
  const { name, ok, detail, advice } = entry;
  const head = `  ${name.padEnd(nameWidth)} ${ok ? 'ok' : 'FAILED'}${detail === undefined ? '' : `: ${detail}`}`;
  return advice === undefined ? [head] : [head, `  ${' '.repeat(nameWidth)} ${advice}`];
}

/** @param offsetMs the gateway's clock minus ours; undefined when no answer told it */
export function clockLine(offsetMs: number | undefined): string {
  if (offsetMs === undefined) return 'Clock: the gateway did not tell its time.';
  // The Date header tells whole seconds.
  const seconds = Math.abs(offsetMs) < 1500 ? 0 : Math.round(offsetMs / 1000);
  const where =
    seconds === 0
      ? 'agrees with this machine'
      : `is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} this machine`;
  const verdict =
    Math.abs(offsetMs) > mostClockOffsetMs ? ': beyond 15 min it refuses every call; correct this clock' : '';
  return `Clock: the gateway's ${where} (to about a second)${verdict}.`;
}
