// Sends an answer over a connection: properly, or spoilt in the way that a fault asks for.
// It decides nothing: which fault hits which call was settled before.
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer } from './answer.ts';
import type { Fault } from './faults.ts';
import type { Sockets } from './sockets.ts';

/** The faults that spoil a real answer; the others replace it or come before it. */
export type DeliveryFault = Extract<
  Fault,
  | { kind: 'delay' | 'slow-headers' | 'slow-body' | 'half-body' | 'huge' | 'close-idle' }
  | { at: 'after-headers' | 'mid-body' }
>;

/** Whether the call is carried out and only its answer suffers. */
export function isDeliveryFault(fault: Fault): fault is DeliveryFault {
  return fault.kind === 'reset' ? answeredResets.includes(fault.at) : spoiling.includes(fault.kind);
}

const answeredResets: readonly string[] = ['after-headers', 'mid-body'];
const spoiling: readonly string[] = ['delay', 'slow-headers', 'slow-body', 'half-body', 'huge', 'close-idle'];

export interface Delivery {
  readonly response: ServerResponse;
  readonly socket: Socket;
  readonly sockets: Sockets;
  /** Ends every pause when the service closes. */
  readonly signal: AbortSignal;
}

// Long enough for the bytes before a reset to be read by the peer as bytes; nothing depends on it being enough.
const settleMs = 20;
const defaultHugeBytes = 1024 * 1024;

/** Sends an answer properly. */
export function send(response: ServerResponse, answer: Answer): void {
  const body = Buffer.from(answer.body);
  response.writeHead(answer.status, { ...answer.headers, 'Content-Length': body.length });
  response.end(body);
}

/** Sends an answer spoilt by a fault. Rejects only when `signal` aborts. */
export async function sendSpoilt(delivery: Delivery, answer: Answer, fault: DeliveryFault): Promise<void> {
  const { response, socket, sockets, signal } = delivery;
  const body = Buffer.from(answer.body);
  const headers = { ...answer.headers, 'Content-Length': String(body.length) };
  switch (fault.kind) {
    case 'delay':
      await pause(fault.ms, undefined, { signal });
      return send(response, answer);
    case 'slow-headers':
      await drip(delivery, rawHead(answer.status, headers), fault.intervalMs);
      if (socket.writable) socket.end(body);
      return;
    case 'slow-body':
      if (socket.writable) socket.write(rawHead(answer.status, headers));
      await drip(delivery, body, fault.intervalMs);
      socket.end();
      return;
    case 'half-body':
      socket.write(rawHead(answer.status, headers));
      socket.end(body.subarray(0, body.length / 2));
      return;
    case 'huge':
      return send(response, padded(answer, fault.bytes ?? defaultHugeBytes));
    case 'close-idle':
      response.once('finish', () => socket.end());
      return send(response, answer);
    case 'reset':
      response.writeHead(answer.status, headers);
      response.flushHeaders();
      if (fault.at === 'mid-body') response.write(body.subarray(0, body.length / 2));
      await pause(settleMs, undefined, { signal });
      return sockets.reset(socket);
    default:
      return fault satisfies never;
  }
}

async function drip({ socket, signal }: Delivery, bytes: Buffer, intervalMs: number): Promise<void> {
  for (let at = 0; at < bytes.length && socket.writable; at += 1) {
    socket.write(bytes.subarray(at, at + 1));
    await pause(intervalMs, undefined, { signal });
  }
}

// Written past Node's response object, which only sends a head as a whole. The connection cannot be used again then.
function rawHead(status: number, headers: Readonly<Record<string, string>>): Buffer {
  const lines = Object.entries({ ...headers, Connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return Buffer.from(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n`);
}

function padded(answer: Answer, bytes: number): Answer {
  const padding = ' '.repeat(Math.max(0, bytes - answer.body.length));
  return { ...answer, body: padding + answer.body };
}
