// How long somebody waits for a store. A wait that runs out because this process was busy is no fault of the store.

/**
 * Rejects with `late()` when the work takes longer; the work itself goes on.
 * @param ms how long; begins anew when this process was busy for more than half of it
 */
export function within<Value>(work: Promise<Value>, ms: number, late: () => Error): Promise<Value> {
  return new Promise((resolve, reject) => {
    let timer = wait();
    let turn: NodeJS.Immediate | undefined;

    function wait(): NodeJS.Timeout {
      const due = performance.now() + ms;
      return setTimeout(() => {
        if (performance.now() - due > ms / 2) timer = wait();
        // Timers come first in a turn of the event loop: what has arrived by now is only read after them.
        else turn = setImmediate(() => reject(late()));
      }, ms);
    }
    function settled(): void {
      clearTimeout(timer);
      clearImmediate(turn);
    }

    work.then(
      (value) => {
        settled();
        resolve(value);
      },
      (error: unknown) => {
        settled();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}
