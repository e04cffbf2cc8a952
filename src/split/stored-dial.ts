// A dial on top of a store: what is kept there, with the orders on top of it that are in force but not kept yet.
// Which orders those may be, dial.ts says; how the weight is used, choose.ts.
import type { Store, StoreLog } from '../store/store.ts';
import { decodeChange, decodeState, encodeChange, encodeState } from './dial-document.ts';
import { describeTurn, initialDial, onlyLowers, turn, type DialState } from './dial-state.ts';
import type { Dial } from './dial.ts';
import { isSameOrder, unkeptChanges, type Unkept } from './unkept.ts';

export interface DialOptions {
  /** The weight that the configuration came to, percent. */
  readonly filePercent: number;
  /** Whether the file says so, rather than the default: a default is where the dial begins, never an order. */
  readonly filePercentIsSet: boolean;
  /** ms since epoch. */
  readonly now: () => number;
  readonly log: StoreLog;
  /** How often keeping is tried again after it failed, ms. */
  readonly retryMs?: number;
}

export type DialStore = Pick<Store, 'readDocument' | 'writeDocument' | 'onDocument' | 'readHistory'>;

const documentName = 'dial';
/** Each conflict means that somebody else's order was kept. */
const mostAttempts = 20;
/** More entries than any store keeps. */
const wholeHistory = 1_000_000;

/**
 * Begins with what is kept, else with the configuration's weight. A store that fails is no reason not to begin: the
 * weight of the configuration is then in force until what is kept can be read.
 */
export async function openDial(store: DialStore, options: DialOptions): Promise<Dial> {
  const { filePercent, filePercentIsSet, now, log, retryMs = 1_000 } = options;
  const listeners: ((state: DialState) => void)[] = [];
  let kept = initialDial(filePercent, filePercentIsSet ? filePercent : null);
  let inForce = kept;
  let unkept: Unkept[] = [];
  let lastFromFile = filePercentIsSet ? filePercent : undefined;
  let given = 0;
  let lastWaiting = 0;
  let problem: string | undefined;
  let retrying: NodeJS.Timeout | undefined;
  let unreadableVersion: number | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  let closed = false;

  function settleState(): void {
    const next = unkept.reduce((state, { order }) => turn(state, order), kept);
    const isSame = next.version === inForce.version && encodeState(next) === encodeState(inForce);
    if (isSame) return;
    inForce = next;
    for (const listener of listeners) listener(next);
  }

  function serially<Value>(work: () => Promise<Value>): Promise<Value> {
    const result = queue.then(work);
    queue = result.catch(() => undefined);
    return result;
  }

  /** What is kept now. Where that is nothing, or nothing readable, what was known of it last stands in. */
  async function readKept(): Promise<DialState> {
    const document = await store.readDocument(documentName);
    if (document === undefined) {
      const first = { ...kept, version: 1 };
      return (await store.writeDocument(documentName, encodeState(first), 0)) ? first : readKept();
    }
    const { text, version } = document;
    const state = decodeState(text, version);
    if (state !== undefined) return state;
    if (version !== unreadableVersion) {
      log(
        'error',
        `the dial as kept cannot be understood; going on with ${kept.gatewayPercent} % to the gateway`,
      );
    }
    unreadableVersion = version;
    return { ...kept, version };
  }

  /** @returns the state as kept; rejects when it could not be */
  async function keep({ order, origin }: Unkept): Promise<DialState> {
    for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
      const before = await readKept();
      const after = turn(before, order);
      if (after === before) return before;
      const change = encodeChange(describeTurn(before, after, order, origin));
      if (await store.writeDocument(documentName, encodeState(after), before.version, [change])) return after;
    }
    throw new Error('the dial could not be kept: others kept changing it');
  }

  /** Only up to a place: what was given after an order that still waits its turn must be kept after it, or it would lose. */
  async function keepUnkept(upTo: number): Promise<void> {
    for (let first = unkept[0]; first !== undefined && first.number <= upTo; first = unkept[0]) {
      kept = await keep(first);
      unkept = unkept.filter((entry) => entry !== first);
      settleState();
    }
  }

  /** Brings together what is kept and what is in force; tries again later where that fails. */
  const reconcile = (upTo = given) =>
    serially(async () => {
      try {
        kept = await readKept();
        settleState();
        await keepUnkept(upTo);
        if (problem !== undefined) log('info', 'the dial is kept again');
        problem = undefined;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (problem === undefined) log('error', `the dial in force is not kept: ${reason}`);
        problem = reason;
        if (!closed) retrying ??= setTimeout(retry, retryMs).unref();
      }
    });

  function retry(): void {
    retrying = undefined;
    void reconcile();
  }

  /** The same order again adds nothing, unless an order that waits its turn lies between. */
  function takeAtOnce(entry: Unkept, changes: boolean): void {
    const isRepeated = unkept.some(
      ({ number, order }) => number > lastWaiting && isSameOrder(order, entry.order),
    );
    if (changes || !isRepeated) unkept.push(entry);
    settleState();
  }

  const unsubscribe = store.onDocument(documentName, () => void reconcile());
  if (filePercentIsSet) {
    const order = { kind: 'file', gatewayPercent: filePercent } as const;
    unkept.push({ number: given, order, origin: { by: 'file', atMs: now() } });
  }
  await reconcile();

  return {
    state: () => inForce,
    async order(order, origin) {
      if (order.kind === 'file') {
        // The file of this process says what it said; another replica's may be newer.
        if (order.gatewayPercent === lastFromFile) return inForce;
        lastFromFile = order.gatewayPercent;
      }
      const entry = { number: (given += 1), order, origin: { ...origin, atMs: now() } };
      const next = turn(inForce, order);
      if (order.kind === 'file' || onlyLowers(inForce, next)) {
        takeAtOnce(entry, next !== inForce);
        await reconcile();
      } else {
        lastWaiting = entry.number;
        await serially(async () => {
          await keepUnkept(entry.number);
          kept = await keep(entry);
          settleState();
        });
      }
      return inForce;
    },
    async history(most) {
      // The history is not the dial's alone, so that more must be read than is asked for.
      const entries = (await store.readHistory(wholeHistory)).flatMap((text) => decodeChange(text) ?? []);
      return [...unkeptChanges(kept, unkept), ...entries].slice(0, most);
    },
    onChange: (listener) => void listeners.push(listener),
    problem: () => problem,
    async close() {
      closed = true;
      clearTimeout(retrying);
      unsubscribe();
      await (unkept.length > 0 ? reconcile() : queue);
      if (unkept.length > 0) log('error', `the dial in force is lost with this process: ${String(problem)}`);
    },
  };
}
