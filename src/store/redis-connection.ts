// A lasting connection to Redis: opened again for ever when it ends, given up when it no longer answers, and refusing at
// once what could only wait meanwhile, so that a Redis that is gone costs a caller one time-out and no more.
import { keepOpen } from './keep-open.ts';
import { within } from './patience.ts';
import { openWire } from './redis-client.ts';
import type { RedisLink, RedisScript } from './redis-link.ts';
import { openingProblem, problemInUse, RedisRefusal } from './redis-problem.ts';
import { createScripts } from './redis-scripts.ts';
import { connectTimeoutMs, type RedisArgument, type RedisWire } from './redis-wire.ts';
import { StoreError, type StoreLog } from './store.ts';

/** How long a command may take before its caller goes on without it, ms. */
export const commandTimeoutMs = 50;

/** How long a Redis may stay silent before its connection is given up, ms. */
const longestSilenceMs = 2_000;

export interface RedisConnectionOptions {
  /** Asked for before each attempt, so that a password may be rotated. */
  readonly url: () => string;
  readonly log: StoreLog;
  /** Redis cannot be used at the start: `degrade` goes on trying, `refuse` rejects with a StoreError. */
  readonly whenDown: 'degrade' | 'refuse';
  /** Looks at each new connection before it is used; what it throws keeps that one from being used. */
  readonly greet?: (wire: RedisWire) => Promise<void>;
  /** Sent to each server ahead of their first call. */
  readonly scripts?: readonly RedisScript[];
  readonly timeoutMs?: number;
  /** Between 0 and 1. */
  readonly random?: () => number;
}

export interface RedisConnection extends RedisLink {
  /** One command; otherwise as `script`. Texts in the answer are given as bytes when `binary` is set. */
  command(key: RedisArgument, args: readonly RedisArgument[], binary?: boolean): Promise<unknown>;
  /** Why no command is answered now; nothing while they are. */
  problem(): StoreError | undefined;
  close(): void;
}

class NoAnswer extends StoreError {}

type State =
  | { readonly kind: 'up'; readonly wire: RedisWire }
  | { readonly kind: 'silent'; readonly wire: RedisWire; readonly problem: StoreError }
  | { readonly kind: 'down'; readonly problem: StoreError };

/** Resolves when Redis has been tried once. */
export async function openRedisConnection(options: RedisConnectionOptions): Promise<RedisConnection> {
  const { url, log, whenDown, greet, timeoutMs = commandTimeoutMs } = options;
  const scripts = createScripts(options.scripts ?? []);
  let state: State = { kind: 'down', problem: new StoreError('Redis has not been tried yet') };
  let nodes: readonly string[] = [];
  let attempts = 0;
  let logged: string | undefined;

  async function open(): Promise<RedisWire> {
    const to = url();
    let wire: RedisWire | undefined;
    attempts += 1;
    try {
      // Every other attempt does without the servers of a former cluster: another Redis may have taken its place.
      wire = await openWire(to, attempts % 2 === 1 ? nodes : []);
      const greeting = Promise.all([greet?.(wire), scripts.load(wire)]);
      await within(greeting, connectTimeoutMs, () => new Error('Connection timeout'));
      return wire;
    } catch (error) {
      wire?.destroy();
      throw openingProblem(error, to);
    }
  }

  const kept = keepOpen({
    open,
    opened(wire) {
      nodes = wire.nodes();
      attempts = 0;
      state = { kind: 'up', wire };
      if (logged !== undefined) log('info', 'Redis can be used again');
      logged = undefined;
    },
    failed(reason) {
      const problem = problemInUse(reason, url());
      state = { kind: 'down', problem };
      if (logged !== problem.message) log('error', `${problem.message}; trying again and again`);
      logged = problem.message;
    },
    random: options.random,
  });

  /** Nobody waits for a server that does not answer, until it does; a connection that stays silent is given up. */
  function silent(wire: RedisWire): void {
    if (state.kind !== 'up' || state.wire !== wire) return;
    state = { kind: 'silent', wire, problem: tooLate() };
    within(wire.sendToAll(['PING']), longestSilenceMs, tooLate).then(
      () => {
        if (state.kind === 'silent' && state.wire === wire) state = { kind: 'up', wire };
      },
      (error: unknown) => wire.destroy(error),
    );
  }

  const tooLate = () => new NoAnswer(`no answer from Redis within ${timeoutMs} ms`);
  const problem = () => (state.kind === 'up' ? undefined : state.problem);

  async function answered<Value>(ask: (wire: RedisWire) => Promise<Value>): Promise<Value> {
    if (state.kind !== 'up') throw state.problem;
    const { wire } = state;
    try {
      return await within(ask(wire), timeoutMs, tooLate);
    } catch (error) {
      if (error instanceof NoAnswer) silent(wire);
      // A failover has made a replica of it: the name may stand for another server by now.
      if (error instanceof Error && error.message.startsWith('READONLY')) wire.destroy(error);
      throw problemInUse(error, url());
    }
  }

  await kept.tried;
  const atStart = problem();
  if (atStart instanceof RedisRefusal || (atStart !== undefined && whenDown === 'refuse')) {
    kept.close();
    throw atStart;
  }
  return {
    command: (key, args, binary) => answered((wire) => wire.send(key, args, binary)),
    script: (script, keys, args) => answered((wire) => scripts.run(wire, script, keys, args)),
    problem,
    close() {
      kept.close();
      state = { kind: 'down', problem: new StoreError('Redis: the connection has been closed') };
    },
  };
}
