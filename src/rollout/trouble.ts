// What is wrong with keeping the rollout at present: said when it begins, when it becomes something else and when it is
// over, not with each try.
import type { RolloutSurroundings } from './ports.ts';

export interface Trouble {
  /** @param beside what is in force although it is not kept, for people */
  readonly met: (error: unknown, beside: string | undefined) => void;
  readonly over: () => void;
  /** Nothing while all is kept. */
  readonly present: () => string | undefined;
}

export function createTrouble(log: RolloutSurroundings['log']): Trouble {
  let present: string | undefined;
  return {
    met(error, beside) {
      const what = beside === undefined ? 'the rollout cannot be kept or read' : `not kept yet: ${beside}`;
      const problem = `${what} (${messageOf(error)})`;
      if (problem !== present) log('error', problem);
      present = problem;
    },
    over() {
      if (present !== undefined) log('info', 'the rollout is kept and read again');
      present = undefined;
    },
    present: () => present,
  };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
