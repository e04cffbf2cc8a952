// One request on its way to the old service, in the shape in which http-proxy takes a client's request.
// It stands in for the real one, so that http-proxy hangs no listener on it, and fixes what http-proxy would tidy up.
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import type { Destination } from './destination.ts';

/** What happens to an errand. Nothing is told in an order that could be relied on after `failed`. */
export interface ErrandListener {
  /** The request exists and nothing of it has been sent: now its body is due. */
  started(outgoing: ClientRequest): void;
  answered(answer: IncomingMessage): void;
  /** May come again, and after an answer. */
  failed(error: unknown): void;
}

/** What goes out, byte for byte. */
export interface ErrandLetter {
  readonly method: string;
  readonly destination: Destination;
  /** Raw list, complete but for `Connection`. */
  readonly rawHeaders: readonly string[];
  readonly agent: Agent;
}

export class Errand {
  readonly letter: ErrandLetter;
  readonly listener: ErrandListener;
  readonly method: string;
  /** Empty, so that http-proxy-middleware does not parse it; the target is in the letter. */
  readonly url = '';
  /** http-proxy writes a length into it for some methods; what goes out is in the letter. */
  readonly headers: Record<string, string> = {};
  /** http-proxy keeps silent about errors once the client's socket is gone; we want to hear of all. */
  readonly socket = { destroyed: false } as const;

  constructor(letter: ErrandLetter, listener: ErrandListener) {
    this.letter = letter;
    this.listener = listener;
    this.method = letter.method;
  }

  /** Where http-proxy would listen for the client's abort. */
  on(): this {
    return this;
  }

  /** Called by http-proxy right after it has created the request. */
  pipe(outgoing: ClientRequest): void {
    let answered = false;
    outgoing.on('response', (answer) => {
      answered = true;
      this.listener.answered(answer);
    });
    // After status 101, which nobody asked for, Node closes the connection without an error.
    outgoing.on('close', () => {
      if (!answered) this.listener.failed(Object.assign(new Error('closed'), { code: 'CLOSED' }));
    });
    this.listener.started(outgoing);
  }
}

/** The options of `http.request`, as far as they are ours. */
export interface FirmOptions {
  path: string;
  headers: readonly string[];
  agent: Agent;
}

/**
 * The object that http-proxy fills and hands to `http.request` (its option `ssl`). Path, headers and agent stand firm
 * against its own ideas of them: it collapses `//`, forgets spelling and order, and knows one agent only.
 * @param current the errand that http-proxy is about to send
 */
export function firmOptions(current: () => Errand | undefined): FirmOptions {
  const letter = (): ErrandLetter => {
    const errand = current();
    if (errand === undefined) throw new Error('no errand is under way');
    return errand.letter;
  };
  const ignore = (): void => undefined;
  // Own and enumerable: http.request copies the options by Object.assign.
  return Object.defineProperties({} as FirmOptions, {
    path: { enumerable: true, get: () => letter().destination.target, set: ignore },
    headers: { enumerable: true, get: () => letter().rawHeaders, set: ignore },
    agent: { enumerable: true, get: () => letter().agent, set: ignore },
  });
}
