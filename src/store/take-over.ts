// Brings into LMDB what processes that are gone have left in their write-ahead files: at the start, and then every few
// seconds, in which this process also shows that it runs.
import type { LmdbRecords } from './lmdb-records.ts';
import type { StoreLog } from './store.ts';
import { readAbandoned, type WriteAhead } from './write-ahead.ts';

export interface TakeOverDependencies {
  /** Of the directory. */
  readonly path: string;
  /** This process's own file. */
  readonly ahead: Pick<WriteAhead, 'beat'> | undefined;
  readonly records: Pick<LmdbRecords, 'takeOver'>;
  readonly log: StoreLog;
}

const everyMs = 5_000;

/** Resolves after the first time. `stop` resolves when nothing is under way any more. */
export async function startTakeOver(dependencies: TakeOverDependencies): Promise<{ stop(): Promise<void> }> {
  const { path, ahead, records, log } = dependencies;
  let underWay = Promise.resolve();
  let isFailing = false;

  async function turn(): Promise<void> {
    try {
      await ahead?.beat();
      const abandoned = await readAbandoned(path);
      await records.takeOver(abandoned.records);
      await abandoned.remove();
      isFailing = false;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!isFailing)
        log('warn', `what a killed process has written last cannot be taken over yet: ${message}`);
      isFailing = true;
    }
  }

  await turn();
  const timer = setInterval(() => void (underWay = underWay.then(turn)), everyMs).unref();
  return {
    async stop() {
      clearInterval(timer);
      await underWay;
    },
  };
}
