// Answers to what is HTTP in form only or not at all: requests that Node cannot read, or that the next server might read
// otherwise, expectations, CONNECT. None of it can be answered under HTTP 200; the body keeps the old shape all the same.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Status line of a refusal, without the version. */
type Status = `${number} ${string}`;

/** Header fields of a request that are read; as many as no client sends. */
export const mostHeaderFields = 256;

/** How long a client that was refused may take to close its side, ms. */
const lingerMs = 1_000;

const statuses: Readonly<Record<string, Status>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Content Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/**
 * What speaks against a request that Node has read: that the server behind may see its end elsewhere. Node forgets header
 * fields in excess, those that frame the body among them; it undoes no transfer coding but the last; and HTTP/1.0 knows
 * none at all (RFC 9112 section 6.1).
 */
export function faultOf(request: IncomingMessage): Status | undefined {
  if (request.rawHeaders.length > 2 * mostHeaderFields) return '431 Request Header Fields Too Large';
  if (request.httpVersionMajor !== 1) return '505 HTTP Version Not Supported';
  const coding = request.headers['transfer-encoding'];
  if (coding === undefined) return undefined;
  if (request.httpVersionMinor === 0) return '400 Bad Request';
  return coding.toLowerCase() === 'chunked' ? undefined : '501 Not Implemented';
}

/** Answers a request that is not served, and ends its connection. */
export function refuseRequest(status: Status, response: ServerResponse): void {
  const body = bodyFor(status);
  response.writeHead(Number.parseInt(status, 10), {
    'Content-Type': 'application/json;charset=UTF-8',
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  });
  response.end(body);
}

/** A listener for `checkExpectation`: Node knows `100-continue` and calls this for anything else. */
export function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  refuseRequest('417 Expectation Failed', response);
}

/** A listener for `connect`: this is no forward proxy. */
export function refuseConnect(_request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  refuseBehindAnswers('405 Method Not Allowed', socket);
}

/** A listener for `clientError`, which may come again for the same connection while its refusal is on its way. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (refused.has(socket)) return;
  if (!socket.writable || error.code === 'ECONNRESET') socket.destroy();
  else refuseBehindAnswers(statuses[error.code ?? ''] ?? '400 Bad Request', socket);
}

/** Connections that are told, or will be once it is their turn, that no more is read. */
const refused = new WeakSet<Duplex>();

/** Whole requests that came before get their answers first; a request that broke off in its body gets this one. */
function refuseBehindAnswers(status: Status, socket: Duplex): void {
  refused.add(socket);
  const pending = pendingAnswer(socket);
  if (pending?.req.complete === true) pending.once('finish', () => refuseBehindAnswers(status, socket));
  else if (pending?.headersSent === true) socket.destroy();
  else if (socket.writable) sayFarewell(socket, refusal(status));
}

function sayFarewell(socket: Duplex, text: string): void {
  socket.end(text);
  // Closed at once, it would reset a client that is still sending before that has read anything.
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(timer));
}

function refusal(status: Status): string {
  const body = bodyFor(status);
  return (
    `HTTP/1.1 ${status}\r\nContent-Type: application/json;charset=UTF-8\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
  );
}

function bodyFor(status: Status): string {
  const message = `the request cannot be served as it is: ${status.slice(4)}`;
  return JSON.stringify({ success: false, message, code: 400 });
}

/** Node keeps the answer that is under way at its socket, under a name of its own; it offers no other way to it. */
function pendingAnswer(socket: Duplex): ServerResponse | undefined {
  return '_httpMessage' in socket
    ? ((socket._httpMessage as ServerResponse | undefined) ?? undefined)
    : undefined;
}
