// The last mismatches as examples, newest first: bounded in all and by account, so that one that is wrong throughout does
// not push the others out. What is kept has been masked before it came here.
import type { Candidate, Control } from './observation.ts';
import type { Subject } from './trial.ts';

export interface Mismatch extends Subject {
  readonly control: Control;
  readonly candidate: Candidate;
  readonly why: string;
}

export const mostMismatches = 100;
export const mostOfAccount = 20;

export class Mismatches {
  readonly #kept: Mismatch[] = [];

  note(mismatch: Mismatch): void {
    const kept = this.#kept;
    const ofAccount = kept.filter(({ account }) => account === mismatch.account);
    const leaves = ofAccount.length >= mostOfAccount ? ofAccount.at(-1) : kept[mostMismatches - 1];
    if (leaves !== undefined) kept.splice(kept.indexOf(leaves), 1);
    // A copy, since a part of a string keeps the whole request alive in V8.
    kept.unshift(structuredClone(mismatch));
  }

  list(): readonly Mismatch[] {
    return [...this.#kept];
  }
}
