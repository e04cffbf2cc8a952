// An old service that is called with care: not while its breaker is open, and once more where that is safe. It has no
// quota. Streamed requests do not come this way: nobody could send them twice.
import type { OutcomeClass } from '../gateway/gateway.ts';
import type { Action, ActionBreakers } from './breakers.ts';
import { withOneRetry, type Tried } from './one-retry.ts';
import { leastCallMs, leftMs, type Patience } from './patience.ts';
import { mayRetry, type RetryCause } from './retry.ts';
import { underBreaker } from './under-breaker.ts';
import { verdictOf, type Ending } from './verdict.ts';

export interface ForwardAnswer<Answer> {
  readonly kind: 'answer';
  readonly answer: Answer;
  readonly durationMs: number;
}

export interface ForwardFailure {
  readonly kind: 'failure';
  readonly cause: 'unconnected' | 'broken' | 'timeout' | 'unreadable';
  readonly detail: string;
  readonly durationMs: number;
  readonly reusedConnection?: boolean;
}

/** What is guarded; the `OldService` of legacy/old-service.ts is one. */
export interface Forwarder<Request, Answer> {
  forward(
    request: Request,
    body: Buffer,
    options: { readonly baseUrl: string; readonly timeoutMs: number },
  ): Promise<Forwarded<Answer>>;
}

export type Forwarded<Answer> = ForwardAnswer<Answer> | ForwardFailure;

export interface OldServiceGuards<Answer, Reading> {
  /** @param baseUrl of an old service */
  readonly breakersOf: (baseUrl: string) => ActionBreakers;
  /** What an answer means; its class decides what the breaker hears. */
  readonly read: (action: Action, answer: Answer) => Reading;
  /** A try has ended: one call, to be counted. */
  readonly called: (action: Action, outcome: OutcomeClass, durationMs: number) => void;
  /** A second try begins; after `reused-connection` an apply may have made a token too many. */
  readonly retried: (action: Action, cause: RetryCause) => void;
}

/** A token call on its way to an old service. */
export interface ForwardedCall<Request> {
  readonly action: Action;
  /** Base address of the old service, from the configuration only. */
  readonly baseUrl: string;
  readonly request: Request;
  readonly body: Buffer;
  /** False where nobody vouches for the request: it may be what makes the old service fail. */
  readonly isGenuine: boolean;
}

/** `refused`: the old service was not asked, as its breaker is open or the time is over. */
export type GuardedAnswer<Answer, Reading> =
  | (ForwardAnswer<Answer> & { readonly reading: Reading })
  | ForwardFailure
  | { readonly kind: 'refused'; readonly cause: 'circuit'; readonly retryAfterMs: number }
  | { readonly kind: 'refused'; readonly cause: 'deadline' };

export interface GuardedOldService<Request, Answer, Reading> {
  /**
   * Hands a call on. Rejects only where the old service inside does.
   * @param patience what was begun for a client that has left goes on, but nothing is tried again
   */
  forward(call: ForwardedCall<Request>, patience: Patience): Promise<GuardedAnswer<Answer, Reading>>;
}

export function guardOldService<Request, Answer, Reading extends { readonly outcome: OutcomeClass }>(
  oldService: Forwarder<Request, Answer>,
  { breakersOf, read, called, retried }: OldServiceGuards<Answer, Reading>,
): GuardedOldService<Request, Answer, Reading> {
  type Outcome = GuardedAnswer<Answer, Reading>;

  function conclude(action: Action, ended: Forwarded<Answer>): Ended<Outcome> {
    if (ended.kind === 'failure') {
      called(action, 'fault', ended.durationMs);
      const { cause, reusedConnection } = ended;
      return { outcome: ended, ending: { class: 'fault', cause, reusedConnection }, retry: mayRetry(ended) };
    }
    const { answer, durationMs } = ended;
    const reading = read(action, answer);
    called(action, reading.outcome, durationMs);
    return {
      outcome: { kind: 'answer', answer, durationMs, reading },
      ending: { class: reading.outcome, cause: undefined, reusedConnection: undefined },
      retry: undefined,
    };
  }

  async function tryOnce(
    call: ForwardedCall<Request>,
    patience: Patience,
    begins: () => void,
  ): Promise<Tried<Outcome>> {
    const left = leftMs(patience);
    if (left < 1) return { kind: 'held', outcome: { kind: 'refused', cause: 'deadline' } };
    const { request, body, baseUrl } = call;
    const timeoutMs = Math.max(1, Math.min(patience.callMs, left));
    const hadTime = timeoutMs >= leastCallMs(patience);
    const breaker = breakersOf(baseUrl)[call.action];
    const ended = await underBreaker(
      breaker,
      () => {
        begins();
        return oldService
          .forward(request, body, { baseUrl, timeoutMs })
          .then((forwarded) => conclude(call.action, forwarded));
      },
      ({ outcome, ending }) =>
        verdictOf(ending, { sent: outcome.kind === 'answer', hadTime, fromStranger: !call.isGenuine }),
    );
    if (ended !== undefined) return { kind: 'made', outcome: ended.outcome, retry: ended.retry };
    const retryAfterMs = breaker.retryAfterMs();
    return { kind: 'held', outcome: { kind: 'refused', cause: 'circuit', retryAfterMs } };
  }

  return {
    forward: (call, patience) =>
      withOneRetry(
        (begins) => tryOnce(call, patience, begins),
        patience,
        (cause) => retried(call.action, cause),
      ),
  };
}

/** A call that was made, and what its end says. */
interface Ended<Outcome> {
  readonly outcome: Outcome;
  readonly ending: Ending;
  readonly retry: RetryCause | undefined;
}
