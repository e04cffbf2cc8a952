// One connection to the gateway, carrying one request at a time, on a raw socket. It knows whether it has served before,
// which decides whether a retry is safe. Who waits for it, and for how long, is others' business.
import type { Socket } from 'node:net';
import { AnswerReader, type ReadAnswer } from '../wire/answer-reader.ts';
import type { Connector, Destination } from './connector.ts';
import type { WireAnswer, WireFailure } from './round-trip.ts';

export interface LaneLimits {
  /** How long an idle connection is kept when the server announces nothing, ms. */
  readonly keepAliveMs: number;
  /** The same where the server announces longer, ms. */
  readonly keepAliveAtMostMs: number;
  /** Longest answer; what is longer is cut off. */
  readonly answerBytes: number;
}

/** A request as its lane sees it. Exactly one of `arrived` and `failed` is told, once. */
export interface Passenger {
  /** Head and all, in ASCII. */
  readonly bytes: string;
  /** It is written right after this. */
  departs(): void;
  arrived(answer: WireAnswer): void;
  failed(failure: WireFailure): void;
  giveUp(cause: WireFailure['cause'], detail: string): void;
}

/** `usable`: it carries nothing and may take the next; `spent`: it is gone, or about to be. */
export type LaneState = 'usable' | 'spent';

const systemCode = /^[A-Z0-9_]{1,64}$/;
/** Before the server's own limit comes a request may still be under way, ms. */
const hintMarginMs = 1_000;

export class Lane {
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
  readonly #limits: LaneLimits;
  readonly #onFree: (lane: Lane, state: LaneState) => void;
  readonly #socket: Socket;
  #passenger: Passenger | undefined;
  #reader: AnswerReader | undefined;
  #isReady = false;
  /** The passenger's request has been written. */
  #hasSent = false;
  #served = 0;
  #answering = false;
  #error: Error | undefined;
  #isSpent = false;

  constructor(
    destination: Destination,
    connect: Connector,
    limits: LaneLimits,
    onFree: (lane: Lane, state: LaneState) => void,
  ) {
    this.#limits = limits;
    this.#onFree = onFree;
    // A failure to connect is told by the socket's own events, like any other.
    this.#socket = connect(
      destination,
      (error) => {
        if (error === null) this.#ready();
      },
      (bytes) => this.#read(bytes),
    );
    this.closed = new Promise((resolve) => this.#socket.once('close', resolve));
    this.#socket
      .setTimeout(limits.keepAliveMs)
      .on('timeout', () => this.#passenger === undefined && this.destroy())
      .on('error', (error) => (this.#error ??= error))
      .on('end', () => this.#ended())
      .on('close', () => this.#closed());
  }

  get passenger(): Passenger | undefined {
    return this.#passenger;
  }

  /** To be called while it carries nothing. */
  carry(passenger: Passenger): void {
    this.#passenger = passenger;
    this.#reader = new AnswerReader('POST', this.#limits.answerBytes);
    this.#hasSent = this.#answering = false;
    this.#socket.ref();
    if (this.#isReady) this.#send(passenger);
  }

  /** Drops the connection now, half-open ones too. Whoever it carries hears nothing of it. */
  destroy(): void {
    this.#passenger = this.#reader = undefined;
    // With an error, so that a connector still connecting hears of it.
    this.#socket.destroy(this.#isReady ? undefined : new Error('dropped'));
    this.#leave();
  }

  #ready(): void {
    this.#isReady = true;
    if (this.#passenger !== undefined) this.#send(this.#passenger);
  }

  #send(passenger: Passenger): void {
    this.#hasSent = true;
    this.#served += 1;
    passenger.departs();
    this.#socket.write(passenger.bytes, 'latin1');
  }

  #read(chunk: Buffer): void {
    // Nobody asked: whatever it is, it must not be taken for the next call's answer.
    if (this.#reader === undefined) return this.destroy();
    this.#answering = true;
    const read = this.#reader.read(chunk);
    if (read !== undefined) this.#finish(read);
  }

  #ended(): void {
    if (this.#reader === undefined) return this.destroy();
    const read = this.#reader.end();
    if (read !== undefined) this.#finish(read);
  }

  #finish(read: ReadAnswer): void {
    const passenger = this.#passenger;
    this.#passenger = this.#reader = undefined;
    const stays = read.kind === 'whole' && this.#stays(read.keepsConnection, read.keepsForMs);
    if (read.kind === 'whole') {
      const { status, rawHeaders, body } = read.answer;
      passenger?.arrived({ kind: 'answer', status, rawHeaders, body: body.toString('utf8') });
    } else {
      const detail = read.kind === 'unreadable' ? read.detail : 'SWITCHED';
      passenger?.failed({ kind: 'failure', cause: 'unreadable', detail });
    }
    if (!stays) return this.destroy();
    // A connection that only waits for the next call keeps no process alive.
    this.#socket.unref();
    this.#onFree(this, 'usable');
  }

  /** A server that answers before it has read all of the request may never read the rest. */
  #stays(keepsConnection: boolean, keepsForMs: number | undefined): boolean {
    if (!keepsConnection || this.#socket.writableLength > 0 || !this.#socket.writable) return false;
    const { keepAliveMs, keepAliveAtMostMs } = this.#limits;
    const idleMs =
      keepsForMs === undefined ? keepAliveMs : Math.min(keepsForMs - hintMarginMs, keepAliveAtMostMs);
    if (idleMs !== this.#socket.timeout) this.#socket.setTimeout(Math.max(idleMs, 0));
    return idleMs > 0;
  }

  #closed(): void {
    const passenger = this.#passenger;
    this.#passenger = this.#reader = undefined;
    passenger?.failed(this.#failure());
    this.#leave();
  }

  /** At once, so that no call boards what is about to close. */
  #leave(): void {
    if (this.#isSpent) return;
    this.#isSpent = true;
    this.#onFree(this, 'spent');
  }

  #failure(): WireFailure {
    const error = this.#error;
    const code = error !== undefined && 'code' in error ? String(error.code) : '';
    const detail = systemCode.test(code) ? code : error === undefined ? 'ECONNRESET' : 'UNKNOWN';
    if (!this.#hasSent) return { kind: 'failure', cause: 'unconnected', detail };
    return {
      kind: 'failure',
      cause: 'broken',
      detail,
      reusedConnection: this.#served > 1 && !this.#answering,
    };
  }
}
