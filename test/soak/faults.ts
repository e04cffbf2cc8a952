// Every kind of fault that the sandbox knows, at one service after the other, on for a while and off for a while.
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault, FaultKind, FaultRule } from '../../src/sandbox/faults.ts';
import { between, pick, shuffled, type Random } from './random.ts';
import type { Service } from './services.ts';
import { createTally, type Tally } from './tally.ts';

export type ServiceName = 'legacy' | 'gateway';

/** A code that means failure to this service's clients, documented or not. */
const failureCodes = {
  legacy: [400, 409, 410, 500, 'x'],
  gateway: [
    'InternalError',
    'SystemOverFlow',
    'ServiceUnavailable',
    'Throttling.User',
    'NoPermission',
    'InvalidTimeStamp.Expired',
    'ParameterCheckFailed',
    'SomethingNew',
  ],
} as const satisfies Record<ServiceName, readonly (string | number)[]>;

const actions = {
  legacy: ['apply', 'query', 'revoke'],
  gateway: ['ApplyToken', 'QueryToken', 'RevokeToken'],
} as const satisfies Record<ServiceName, readonly string[]>;

/** Kinds under which a call lasts: hitting all of them would only fill up every waiting room. */
const lasting: readonly FaultKind[] = ['hang', 'delay', 'slow-headers', 'slow-body'];

/** Every kind at least once, in an order of chance. */
function deckFor(service: ServiceName, random: Random): Fault[] {
  const code = () => pick<string | number>(random, failureCodes[service]);
  const kinds = {
    answer: [
      { kind: 'answer', code: code() },
      { kind: 'answer', code: code(), status: 503 },
    ],
    'ok-with-code': [{ kind: 'ok-with-code', code: code() }],
    hang: [{ kind: 'hang' }],
    delay: [
      { kind: 'delay', ms: between(random, 50, 600) },
      { kind: 'delay', ms: 3_000 },
    ],
    reset: (['before-reading', 'after-reading', 'after-headers', 'mid-body'] as const).map((at) => ({
      kind: 'reset',
      at,
    })),
    'slow-headers': [{ kind: 'slow-headers', intervalMs: between(random, 1, 20) }],
    'slow-body': [{ kind: 'slow-body', intervalMs: between(random, 1, 20) }],
    'half-body': [{ kind: 'half-body' }],
    html: [{ kind: 'html' }],
    empty: [{ kind: 'empty' }],
    'not-json': [{ kind: 'not-json' }],
    huge: [{ kind: 'huge' }],
    'close-idle': [{ kind: 'close-idle' }],
  } as const satisfies { [Kind in FaultKind]: readonly Extract<Fault, { kind: Kind }>[] };
  return shuffled(random, Object.values(kinds).flat());
}

function ruleFor(service: ServiceName, fault: Fault, random: Random): FaultRule {
  const percent = lasting.includes(fault.kind) ? between(random, 10, 30) : pick(random, [20, 60, 100]);
  return random() < 0.3
    ? { ...fault, percent, actions: [pick(random, actions[service])] }
    : { ...fault, percent };
}

export interface FaultSchedule {
  /** Calls that were hit, by kind. */
  readonly injected: Tally;
  /** Ends the fault in force and begins no other. */
  stop(): Promise<void>;
}

/** @param lastsMs for how long it goes on at most; each kind gets its share of that, and 8 s at most */
export function startFaults(
  name: ServiceName,
  service: Service<{ readonly faultsInjected: number }>,
  { lastsMs, random }: { readonly lastsMs: number; readonly random: Random },
): FaultSchedule {
  const injected = createTally();
  const ending = new AbortController();
  const wait = (ms: number) => pause(ms, undefined, { signal: ending.signal }).catch(() => undefined);

  async function once(fault: Fault, slotMs: number): Promise<void> {
    const before = (await service.stats()).faultsInjected;
    await service.setFaults([ruleFor(name, fault, random)]);
    await wait(slotMs * 0.6);
    await service.setFaults([]);
    injected.add(fault.kind, (await service.stats()).faultsInjected - before);
    await wait(slotMs * 0.4);
  }
  async function run(): Promise<void> {
    for (;;) {
      const deck = deckFor(name, random);
      const slotMs = Math.min(8_000, lastsMs / (deck.length + 1));
      for (const fault of deck) {
        if (ending.signal.aborted) return;
        await once(fault, slotMs);
      }
    }
  }
  const running = run();
  // Whatever fails is thrown by `stop`.
  running.catch(() => undefined);
  return {
    injected,
    stop: async () => {
      ending.abort();
      await running;
    },
  };
}
