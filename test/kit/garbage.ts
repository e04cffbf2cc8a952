// Whether something can be collected: for tests that nothing keeps what nobody needs any more.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc') as (options?: { readonly type: 'minor' }) => void;

/** Resolves once none of the objects is there any more; never, if something keeps one: the test then runs into its limit. */
export async function collected(objects: readonly WeakRef<object>[]): Promise<void> {
  for (;;) {
    // What was looked at is kept until the end of its turn.
    await new Promise(setImmediate);
    collect();
    if (objects.every((object) => object.deref() === undefined)) return;
  }
}

/** Collects what is young and dead. What an old object points to stays, dead though that may be itself. */
export function collectYoung(): void {
  collect({ type: 'minor' });
}
