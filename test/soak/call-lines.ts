// The lines that the proxy logs: one for each call that it counted, and whatever else it has to say.
// Bounded: calls are counted, not kept.
import type { Tally } from './tally.ts';
import { createTally } from './tally.ts';

export interface CallLines {
  read(line: string): void;
  /** Logged calls by `route code`. */
  readonly calls: Tally;
  /** Logged calls of clients that hung up, by `route code`. */
  readonly hungUp: Tally;
  /** Lines by message, calls apart. */
  readonly messages: Tally;
  /** The last lines that were no calls. */
  readonly last: () => readonly string[];
}

interface Line {
  readonly msg?: string;
  readonly route?: string;
  readonly code?: number | string;
  readonly requestId?: string;
  readonly stack?: string;
}

const linesKept = 40;

/** @param isHangUp tells a request id of a client that hung up */
export function createCallLines(isHangUp: (requestId: string) => boolean): CallLines {
  const [calls, hungUp, messages] = [createTally(), createTally(), createTally()];
  let last: string[] = [];
  return {
    calls,
    hungUp,
    messages,
    last: () => last,
    read: (text) => {
      const { msg = '', route = '', code = '', requestId = '', stack = '' } = parsed(text);
      if (msg !== 'call') {
        // Whoever asks for what is in a store that is down cannot be answered; nothing is broken inside.
        messages.add(stack.startsWith('StoreError') ? 'store out of reach' : msg);
        if (msg !== 'passed on') last = [...last, text].slice(-linesKept);
        return;
      }
      calls.add(`${route} ${code}`);
      if (isHangUp(requestId)) hungUp.add(`${route} ${code}`);
    },
  };
}

function parsed(text: string): Line {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return { msg: text };
  }
}
