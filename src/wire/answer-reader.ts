// One answer of a backend out of the bytes of its connection, whole and bounded. Opens and closes nothing.
import { readHead, type AnswerHead, type HeadFault } from './answer-head.ts';
import { ChunkedBody } from './chunked-body.ts';

export interface Answer {
  readonly status: number;
  readonly statusMessage: string;
  /** End-to-end headers as `[name, value, name, value …]`. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/** Pieces of a body that are kept apart until it is whole. */
const mostParts = 4_096;
/** Of an answer's head; Node's own limit. */
const maximumHeadBytes = 16 * 1024;

export type ReadAnswer =
  | {
      readonly kind: 'whole';
      readonly answer: Answer;
      /** Whether the connection can carry another call, and for how long it may be idle until then, ms. */
      readonly keepsConnection: boolean;
      readonly keepsForMs: number | undefined;
    }
  | {
      readonly kind: 'unreadable';
      readonly detail: HeadFault | 'HEAD_TOO_LARGE' | 'INVALID_CHUNK' | 'EXCESS_BYTES' | 'ANSWER_TOO_LARGE';
    }
  /** To another protocol, which nobody asked for. */
  | { readonly kind: 'switched' };

const headEnd = '\r\n\r\n';
const start = Buffer.from('HTTP/1.');
const nothing = Buffer.alloc(0);
const emptyLines = /^[\r\n]*$/;
const bareLineFeed = /(?:^|[^\r])\n/;

export class AnswerReader {
  readonly #method: string;
  readonly #mostBytes: number;
  /** What has come of the head. */
  #pending: Buffer | undefined;
  #head: AnswerHead | undefined;
  #chunked: ChunkedBody | undefined;
  readonly #parts: Buffer[] = [];
  #bytes = 0;

  /**
   * @param method of the request
   * @param mostBytes of a body; what is longer is unreadable
   */
  constructor(method: string, mostBytes: number) {
    this.#method = method;
    this.#mostBytes = mostBytes;
  }

  /**
   * @param chunk is only lent: what is kept of it is copied
   * @returns undefined while more must come
   */
  read(chunk: Buffer): ReadAnswer | undefined {
    if (this.#head !== undefined) return this.#readBody(this.#head, chunk);
    let bytes = this.#pending === undefined ? chunk : Buffer.concat([this.#pending, chunk]);
    for (;;) {
      // Some servers end an answer with an empty line too many.
      while (bytes[0] === 0x0d && bytes[1] === 0x0a) bytes = bytes.subarray(2);
      const text = bytes.toString('latin1', 0, Math.min(bytes.length, maximumHeadBytes + headEnd.length));
      const end = text.indexOf(headEnd);
      if (end < 0) {
        if (bytes.length > maximumHeadBytes) return fault('HEAD_TOO_LARGE');
        this.#pending = Buffer.from(bytes);
        return startsWrong(bytes) ? fault('INVALID_STATUS_LINE') : undefined;
      }
      const head = readHead(text.slice(0, end), this.#method);
      if (typeof head === 'string') return fault(head);
      bytes = bytes.subarray(end + headEnd.length);
      if (head.status === 101) return { kind: 'switched' };
      if (head.status >= 200) {
        this.#pending = undefined;
        this.#head = head;
        return this.#readBody(head, bytes);
      }
    }
  }

  /** The connection has ended. @returns the answer, where that is its end */
  end(): ReadAnswer | undefined {
    return this.#head?.framing.kind === 'until-close' ? this.#whole(this.#head, nothing) : undefined;
  }

  #readBody(head: AnswerHead, bytes: Buffer): ReadAnswer | undefined {
    const { framing } = head;
    if (framing.kind === 'chunked') {
      this.#chunked ??= new ChunkedBody((part) => this.#take(part));
      const progress = this.#chunked.read(bytes);
      if (this.#bytes > this.#mostBytes) return fault('ANSWER_TOO_LARGE');
      if (progress === 'invalid') return fault('INVALID_CHUNK');
      return progress === 'more'
        ? undefined
        : this.#whole(head, bytes.subarray(bytes.length - progress.leftOver));
    }
    if (framing.kind === 'length') {
      if (framing.bytes > this.#mostBytes) return fault('ANSWER_TOO_LARGE');
      const missing = framing.bytes - this.#bytes;
      if (bytes.length <= missing) {
        this.#take(bytes);
        return bytes.length < missing ? undefined : this.#whole(head, nothing);
      }
      this.#take(bytes.subarray(0, missing));
      return this.#whole(head, bytes.subarray(missing));
    }
    this.#take(bytes);
    return this.#bytes > this.#mostBytes ? fault('ANSWER_TOO_LARGE') : undefined;
  }

  #take(part: Buffer): void {
    this.#bytes += part.length;
    // What is too long is not kept while it is found out.
    if (this.#bytes > this.#mostBytes) return;
    this.#parts.push(Buffer.from(part));
    // A buffer each costs a hundred bytes and more: two million chunks of one byte would take 280 MB.
    if (this.#parts.length >= mostParts) this.#parts.push(Buffer.concat(this.#parts.splice(0)));
  }

  /** @param behind bytes that came with the end of the answer: it is not what it says, if it goes on */
  #whole(head: AnswerHead, behind: Buffer): ReadAnswer {
    if (behind.length > 0 && !emptyLines.test(behind.toString('latin1'))) return fault('EXCESS_BYTES');
    const { status, statusMessage, rawHeaders, keepsConnection, keepsForMs } = head;
    const body =
      this.#parts.length < 2 ? (this.#parts[0] ?? nothing) : Buffer.concat(this.#parts, this.#bytes);
    return {
      kind: 'whole',
      answer: { status, statusMessage, rawHeaders, body },
      keepsConnection: keepsConnection && behind.length === 0,
      keepsForMs,
    };
  }
}

/** Whether the beginning of a head can become none: nobody waits for its end then. */
function startsWrong(bytes: Buffer): boolean {
  const known = Math.min(bytes.length, start.length);
  if (bytes.length === 1 && bytes[0] === 0x0d) return false;
  return bytes.compare(start, 0, known, 0, known) !== 0 || bareLineFeed.test(bytes.toString('latin1'));
}

function fault(detail: Extract<ReadAnswer, { kind: 'unreadable' }>['detail']): ReadAnswer {
  return { kind: 'unreadable', detail };
}
