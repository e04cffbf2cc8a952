// What the experiment has found since the start: how many trials ended how, the last mismatches, how long both sides took.
import { compare } from './compare.ts';
import { Durations, type Quantiles } from './durations.ts';
import { Mismatches, type Mismatch } from './mismatches.ts';
import type { Candidate, Control } from './observation.ts';
import type { Conclusion, ShadowResult, Subject } from './trial.ts';

export interface FindingsReading {
  readonly counts: Readonly<Record<ShadowResult, number>>;
  /** Of the calls that the gateway answered too; null without samples. */
  readonly durations: { readonly legacy: Quantiles | null; readonly gateway: Quantiles | null };
  /** Newest first. */
  readonly mismatches: readonly Mismatch[];
}

export class Findings {
  readonly #concluded: (conclusion: Conclusion, subject: Subject) => void;
  readonly #counts: Record<ShadowResult, number> = { match: 0, mismatch: 0, error: 0, dropped: 0 };
  readonly #durations = { legacy: new Durations(), gateway: new Durations() };
  readonly #mismatches = new Mismatches();

  /** @param concluded told of each trial once */
  constructor(concluded: (conclusion: Conclusion, subject: Subject) => void) {
    this.#concluded = concluded;
  }

  observed(subject: Subject, control: Control, candidate: Candidate): void {
    const comparison = compare(subject.operation, control, candidate);
    if (comparison.result !== 'error' && candidate.durationMs !== undefined) {
      this.#durations.legacy.note(control.durationMs);
      this.#durations.gateway.note(candidate.durationMs);
    }
    if (comparison.result === 'mismatch') {
      this.#mismatches.note({ ...subject, control, candidate, why: comparison.why });
    }
    this.#conclude(subject, comparison);
  }

  /** The gateway was not asked. */
  dropped(subject: Subject): void {
    this.#conclude(subject, { result: 'dropped' });
  }

  /** The trial failed in a way that should not exist. */
  failed(subject: Subject, why: string): void {
    this.#conclude(subject, { result: 'error', why });
  }

  reading(): FindingsReading {
    const { legacy, gateway } = this.#durations;
    return {
      counts: { ...this.#counts },
      durations: { legacy: legacy.quantiles(), gateway: gateway.quantiles() },
      mismatches: this.#mismatches.list(),
    };
  }

  #conclude(subject: Subject, ending: Pick<Conclusion, 'result' | 'why'>): void {
    this.#counts[ending.result] += 1;
    const { account, operation } = subject;
    this.#concluded({ account, operation, ...ending }, subject);
  }
}
