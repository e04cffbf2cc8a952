// Trials and observations for the tests of the shadow room, and an experiment whose workers and pauses the test moves.
import { createExperiment, type Experiment, type ExperimentRules } from '../../src/shadow/experiment.ts';
import type { Candidate, Control } from '../../src/shadow/observation.ts';
import type { Attempt, Conclusion, Subject, Trial } from '../../src/shadow/trial.ts';

export const granted: Control = { outcome: 'ok', code: 200, durationMs: 10 };
export const denied: Control = { outcome: 'denied', code: 409, durationMs: 10 };

export function candidateOf(
  outcome: Candidate['outcome'],
  code: number,
  rest: Partial<Candidate> = {},
): Candidate {
  return { by: 'gateway', outcome, code, durationMs: 20, ...rest };
}

export function subjectOf(account = 'shop', requestId = 'r'): Subject {
  return { atMs: 1, account, operation: 'apply', requestId, parameters: {} };
}

export const matching: Attempt = { kind: 'observed', candidate: candidateOf('ok', 200) };

/** A trial that is under way until the test ends it. */
export interface HeldTrial extends Trial {
  /** How often it was attempted. */
  attempts: number;
  signal: AbortSignal | undefined;
  end: (attempt: Attempt | Error) => void;
}

export function heldTrial(account?: string, requestId?: string): HeldTrial {
  const held: HeldTrial = {
    subject: subjectOf(account, requestId),
    control: granted,
    attempts: 0,
    signal: undefined,
    end: () => undefined,
    attempt: (signal) => {
      held.attempts += 1;
      held.signal = signal;
      return new Promise((resolve, reject) => {
        held.end = (attempt) => (attempt instanceof Error ? reject(attempt) : resolve(attempt));
      });
    },
  };
  return held;
}

export interface Bench {
  readonly experiment: Experiment;
  readonly conclusions: Conclusion[];
  readonly defects: unknown[];
  nowMs: number;
  /** What `random` gives. */
  drawn: number;
  isOpen: boolean;
  /** Lets workers begin, and whatever follows at once. */
  settle: () => Promise<void>;
  /** Workers that rest now go on. */
  wake: () => Promise<void>;
}

export function openBench(rules: ExperimentRules = { percent: 100, verify: false }): Bench {
  const conclusions: Conclusion[] = [];
  const defects: unknown[] = [];
  let resting: (() => void)[] = [];
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const bench: Bench = {
    conclusions,
    defects,
    nowMs: 0,
    drawn: 0,
    isOpen: true,
    settle,
    wake: async () => {
      const woken = resting;
      resting = [];
      for (const wake of woken) wake();
      await settle();
    },
    experiment: createExperiment({
      rules,
      isOpen: () => bench.isOpen,
      random: () => bench.drawn,
      monotonicMs: () => bench.nowMs,
      concluded: (conclusion) => conclusions.push(conclusion),
      onDefect: (error) => defects.push(error),
      pause: (_ms, signal) =>
        new Promise((resolve) => {
          if (signal.aborted) return resolve();
          resting.push(resolve);
          signal.addEventListener('abort', () => resolve(), { once: true });
        }),
    }),
  };
  return bench;
}
