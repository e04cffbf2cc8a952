// The status of the rollout as the store has it, and as this replica knows it. Writes are tied to the version that was
// read; what a status means is not known here.
import { encodeChange, type RolloutChange } from './change.ts';
import type { RolloutStore, RolloutSurroundings } from './ports.ts';
import { decodeStatus, encodeStatus } from './status-document.ts';
import { idle, type Status } from './status.ts';

export interface KeptStatus {
  /** As known here, without asking. */
  current(): Status;
  /** Asks the store. Rejects when it fails. */
  read(): Promise<Status>;
  /**
   * With an entry in the history, or not at all. Rejects when the store fails.
   * @param after whose version is one above the current one's
   * @returns false when somebody else was faster
   */
  write(after: Status, change: RolloutChange): Promise<boolean>;
}

export const statusDocument = 'rollout';

export function createKeptStatus(store: RolloutStore, log: RolloutSurroundings['log']): KeptStatus {
  let known: Status = idle(0);
  let unreadable: number | undefined;

  return {
    current: () => known,
    async read() {
      const document = await store.readDocument(statusDocument);
      // A store that has lost it is given it again with the next transition.
      if (document === undefined) return (known = { ...known, version: 0 });
      const { text, version } = document;
      const status = decodeStatus(text, version);
      if (status !== undefined) return (known = status);
      if (version !== unreadable) {
        log('error', `the rollout as kept cannot be understood; going on as ${known.state}`);
      }
      unreadable = version;
      const isFirst = known.version === 0 && known.state === 'idle';
      const reason = 'the rollout as kept cannot be understood: the weight stays as it is';
      return (known = isFirst ? idle(version, reason) : { ...known, version });
    },
    async write(after, change) {
      const written = await store.writeDocument(statusDocument, encodeStatus(after), after.version - 1, [
        encodeChange(change),
      ]);
      if (written) known = after;
      return written;
    },
  };
}
