// Answers to what Node's HTTP server would refuse by itself, without a body: HTTP that cannot be read, expectations,
// CONNECT. None of it can be answered under HTTP 200; the body keeps the old shape all the same.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

const statuses: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** A listener for `clientError`. Answers still under way on the connection go first. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const refuse = () => void socket.end(refusal(statuses[error.code ?? ''] ?? '400 Bad Request'));
  const pending = pendingAnswer(socket);
  if (pending === undefined) refuse();
  else if (pending.headersSent) socket.destroy();
  else pending.once('finish', refuse);
}

/** A listener for `checkExpectation`: Node knows `100-continue` and calls this for anything else. */
export function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  const body = bodyFor('417 Expectation Failed');
  response.writeHead(417, {
    'Content-Type': 'application/json;charset=UTF-8',
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  });
  response.end(body);
}

/** A listener for `connect`: this is no forward proxy. */
export function refuseConnect(_request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  socket.end(refusal('405 Method Not Allowed'));
}

function refusal(status: string): string {
  const body = bodyFor(status);
  return (
    `HTTP/1.1 ${status}\r\nContent-Type: application/json;charset=UTF-8\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
  );
}

function bodyFor(status: string): string {
  const message = `the request cannot be served as it is: ${status.slice(4)}`;
  return JSON.stringify({ success: false, message, code: 400 });
}

/** Node keeps the answer that is under way at its socket, under a name of its own; it offers no other way to it. */
function pendingAnswer(socket: Duplex): ServerResponse | undefined {
  return '_httpMessage' in socket
    ? ((socket._httpMessage as ServerResponse | undefined) ?? undefined)
    : undefined;
}
