// The experiment: which calls are tried on the side, and the few workers that try them out of a bounded queue. The client
// has its answer before anything begins here; it decides nothing of how the gateway is asked.
import { setTimeout as timer } from 'node:timers/promises';
import { Findings, type FindingsReading } from './findings.ts';
import type { Candidate, Control } from './observation.ts';
import type { Conclusion, Subject, Trial } from './trial.ts';
import { TrialQueue, type WaitingTrial } from './trial-queue.ts';

export interface ExperimentRules {
  /** Of the calls that the old service answers, 0 to 100. */
  readonly percent: number;
  /** Whether an issued token is queried too; shown only, the trials see to it. */
  readonly verify: boolean;
}

export interface ExperimentOptions {
  readonly rules: ExperimentRules;
  /** False while the server stops: nothing new is picked then. */
  readonly isOpen: () => boolean;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** A clock that never jumps, ms. */
  readonly monotonicMs: () => number;
  /** Told of each trial once, whatever came of it. */
  readonly concluded: (conclusion: Conclusion, subject: Subject) => void;
  /** Told of errors that should not exist. */
  readonly onDefect: (error: unknown) => void;
  /** Begins work when what is under way has been done: the client's answer is on its way then. */
  readonly soon?: (work: () => void) => void;
  /** Resolves after that time, or at once when aborted; never rejects. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface ExperimentReading extends FindingsReading, ExperimentRules {
  /** Trials in the queue. */
  readonly waiting: number;
}

export interface Experiment {
  /** Whether a call is to be tried too; to be asked before any work is done for it. */
  picks(): boolean;
  /** A trial that needs the gateway. Dropped where there is no room. */
  offer(trial: Trial): void;
  /** A call that this server would refuse itself: there is nothing to ask. */
  observed(subject: Subject, control: Control, candidate: Candidate): void;
  reading(): ExperimentReading;
  /** At 0 percent what waits is dropped. */
  configure(rules: ExperimentRules): void;
  /** Drops what waits, and resolves when what is under way has ended. */
  close(): Promise<void>;
}

/** So many calls of the experiment are under way at a time: of the 64 connections, 60 are always there for clients. */
export const workers = 4;
/** Trials in the queue, in all and of one account. */
export const mostWaiting = 200;
export const mostWaitingOfAccount = 50;
/** A trial that waited so long, ms, is of a moment that is over. */
export const longestWaitMs = 5_000;
/** A worker that found no room rests so long before it looks again, ms. */
export const restMs = 100;

export function createExperiment(options: ExperimentOptions): Experiment {
  const { isOpen, random, monotonicMs, onDefect, soon = setImmediate, pause = pauseUnless } = options;
  let { rules } = options;
  const findings = new Findings(options.concluded);
  const queue = new TrialQueue({ most: mostWaiting, mostOfAccount: mostWaitingOfAccount });
  const closing = new AbortController();
  const { signal } = closing;
  const busy = new Set<Promise<void>>();
  /** Workers that will look into the queue again. */
  let looking = 0;

  const enqueue = (entry: WaitingTrial): void => {
    const takesMore = !signal.aborted && rules.percent > 0;
    if (!takesMore || !queue.add(entry)) return findings.dropped(entry.trial.subject);
    if (looking >= workers) return;
    looking += 1;
    const worker = new Promise<void>((begin) => soon(begin)).then(work).finally(() => busy.delete(worker));
    busy.add(worker);
  };

  async function work(): Promise<void> {
    for (let entry = queue.take(); entry !== undefined; entry = queue.take()) {
      if (monotonicMs() - entry.sinceMs >= longestWaitMs) findings.dropped(entry.trial.subject);
      else await carryOut(entry);
    }
    looking -= 1;
  }

  async function carryOut(entry: WaitingTrial): Promise<void> {
    const { subject, control } = entry.trial;
    try {
      const attempt = await entry.trial.attempt(signal);
      if (attempt.kind === 'observed') return findings.observed(subject, control, attempt.candidate);
    } catch (error) {
      onDefect(error);
      return findings.failed(subject, 'the experiment failed');
    }
    await pause(restMs, signal);
    enqueue(entry);
  }

  const dropWaiting = (): void => {
    for (const { trial } of queue.clear()) findings.dropped(trial.subject);
  };

  return {
    picks: () => rules.percent > 0 && random() * 100 < rules.percent && isOpen(),
    offer: (trial) => enqueue({ trial, sinceMs: monotonicMs() }),
    observed: (subject, control, candidate) => findings.observed(subject, control, candidate),
    reading: () => ({ ...rules, ...findings.reading(), waiting: queue.length }),
    configure(next) {
      rules = next;
      if (rules.percent === 0) dropWaiting();
    },
    async close() {
      closing.abort();
      dropWaiting();
      while (busy.size > 0) await Promise.all(busy);
    },
  };
}

function pauseUnless(ms: number, signal: AbortSignal): Promise<void> {
  return timer(ms, undefined, { signal }).catch(() => undefined);
}
