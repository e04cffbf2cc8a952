// One connection to an old service, TCP or TLS, that carries one call at a time. What its failures mean for a call is
// told in the words of old-service.ts: a retry that must not repeat a call depends on them.
import net from 'node:net';
import tls from 'node:tls';
import { AnswerReader, type ReadAnswer } from '../wire/answer-reader.ts';
import { lentReads } from '../wire/lent-reads.ts';
import type { Base } from './destination.ts';
import { maximumAnswerBytes, type LegacyOutcome } from './old-service.ts';

export type Failure = Omit<Extract<LegacyOutcome, { kind: 'failure' }>, 'durationMs'>;
export type Whole = Extract<ReadAnswer, { kind: 'whole' }>;

/** A call as its connection sees it. Exactly one of the two is told, once. */
export interface Passenger {
  readonly method: string;
  readonly bytes: Buffer;
  arrived(whole: Whole): void;
  failed(failure: Failure): void;
}

export interface ConnectionOptions {
  readonly base: Base;
  /** PEM certificates that replace the trusted roots. */
  readonly ca: string | undefined;
  /** An idle connection is closed after so long, ms. */
  readonly idleMs: number;
  /** Of the last connection to the same server. */
  readonly session: Buffer | undefined;
  readonly onSession: (session: Buffer) => void;
  /** The call has ended, or nothing has happened for too long. */
  readonly onFree: (connection: Connection, state: 'usable' | 'gone') => void;
}

const systemCode = /^[A-Z0-9_]{1,64}$/;
/** Before the server's own limit comes a request may still be under way, ms. */
const hintMarginMs = 1_000;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #socket: net.Socket;
  #passenger: Passenger | undefined;
  #reader: AnswerReader | undefined;
  /** Whether what is written leaves at once: over TLS, only once the certificate has been accepted. */
  #isReady = false;
  #served = 0;
  #answering = false;
  #error: unknown;
  #isGone = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { base, ca, session } = options;
    const { hostname: host, port } = base;
    const reading = lentReads((bytes) => this.#read(bytes));
    this.#socket = base.secure
      ? tls.connect({
          host,
          port,
          ca,
          session,
          servername: net.isIP(host) === 0 ? host : '',
          ALPNProtocols: ['http/1.1'],
          ...reading,
        })
      : net.connect({ host, port, ...reading });
    this.#socket.setNoDelay(true).setKeepAlive(true, 60_000).setTimeout(options.idleMs);
    this.#socket
      .once(base.secure ? 'secureConnect' : 'connect', () => this.#ready())
      .on('session', options.onSession)
      .on('timeout', () => this.#passenger === undefined && this.destroy())
      .on('error', (error) => (this.#error = error))
      .on('end', () => this.#ended())
      .on('close', () => this.#closed());
  }

  /** Whether the call on it can have left. */
  get hasSent(): boolean {
    return this.#isReady;
  }

  /** To be called while it carries nothing. */
  carry(passenger: Passenger): void {
    this.#passenger = passenger;
    this.#reader = new AnswerReader(passenger.method, maximumAnswerBytes);
    this.#answering = false;
    this.#served += 1;
    if (this.#isReady) this.#socket.write(passenger.bytes);
  }

  /** Drops it, half-open ones too. Whoever it carries hears nothing of it. */
  destroy(): void {
    this.#passenger = this.#reader = undefined;
    this.#socket.destroy();
    this.#leave();
  }

  #ready(): void {
    this.#isReady = true;
    if (this.#passenger !== undefined) this.#socket.write(this.#passenger.bytes);
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
    if (read.kind === 'whole' && this.#stays(read)) this.#options.onFree(this, 'usable');
    else this.destroy();
    if (read.kind === 'whole') passenger?.arrived(read);
    else if (read.kind === 'unreadable')
      passenger?.failed({ kind: 'failure', cause: 'unreadable', detail: read.detail });
    else passenger?.failed({ kind: 'failure', cause: 'broken', detail: 'CLOSED', reusedConnection: false });
  }

  /** A server that answers before it has read all of the request may never read the rest. */
  #stays({ keepsConnection, keepsForMs = Infinity }: Whole): boolean {
    if (!keepsConnection || this.#socket.writableLength > 0 || !this.#socket.writable) return false;
    const idleMs = Math.min(this.#options.idleMs, keepsForMs - hintMarginMs);
    if (idleMs !== this.#socket.timeout) this.#socket.setTimeout(Math.max(idleMs, 0));
    return idleMs > 0;
  }

  #closed(): void {
    const passenger = this.#passenger;
    this.#passenger = this.#reader = undefined;
    this.#leave();
    passenger?.failed(this.#failure());
  }

  /** At once, so that no call boards what is about to close. */
  #leave(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#options.onFree(this, 'gone');
  }

  #failure(): Failure {
    const error = this.#error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!this.#isReady) {
      const detail = systemCode.test(code) ? code : 'UNKNOWN';
      return { kind: 'failure', cause: 'unconnected', detail: error === undefined ? 'ECONNRESET' : detail };
    }
    const detail = systemCode.test(code) ? code : 'ECONNRESET';
    const reusedConnection = this.#served > 1 && !this.#answering;
    return { kind: 'failure', cause: 'broken', detail, reusedConnection };
  }
}
