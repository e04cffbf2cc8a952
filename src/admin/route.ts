// What a route of the admin API is: a question comes in, an answer goes out. Knows nothing of Express or of access.
import type { EventSink } from './call-stream.ts';
import type { Visitor } from './access.ts';

export interface Question {
  /** The JSON object that was sent; empty for a GET. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly query: URLSearchParams;
  readonly visitor: Visitor;
}

export type Answer =
  | { readonly status: 200; readonly body: object }
  /** Writes by itself, for as long as it likes; or says why it cannot, having written nothing: then it is 503. */
  | { readonly status: 200; readonly stream: (to: EventSink) => string | undefined }
  /** The message says what is wrong and what would be right. */
  | { readonly status: 400 | 409 | 503; readonly message: string };

export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly path: string;
  /** Whether it changes anything: a token that may only read is refused then. */
  readonly changes: boolean;
  answer(question: Question): Answer | Promise<Answer>;
}

export function answered(body: object): Answer {
  return { status: 200, body };
}
