// The requests of one connection, one after the other: a client may send many before the first is answered
// (pipelining), and what it asked first must have happened before what it asks next (RFC 9112 section 9.3.2).
// Node hands out all of them at once, and of those behind the first it never tells that the client has left.
import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';

interface Line {
  waiting: number;
}

/**
 * Hands a connection's requests on in turn, each when the answer before it has left. A client that leaves takes those
 * in line with it: they are never begun.
 * @param mostWaiting from so many in line on nothing more is read of the connection; what has been read already, up to
 *   64 KiB, still joins the line
 */
export function inTurn(handle: RequestListener, mostWaiting: number): RequestListener {
  const lines = new WeakMap<Socket, Line>();
  const lineOf = (socket: Socket): Line => {
    const known = lines.get(socket);
    if (known !== undefined) return known;
    const line = { waiting: 0 };
    lines.set(socket, line);
    // Whoever reads a body resumes the connection.
    socket.on('resume', () => {
      if (line.waiting >= mostWaiting) socket.pause();
    });
    return line;
  };
  return (request, response) => {
    const { socket } = request;
    // Behind an answer that ends the connection nothing can be answered, so nothing must happen.
    if (!socket.writable) return;
    if (response.socket !== null) return handle(request, response);
    const line = lineOf(socket);
    line.waiting += 1;
    if (line.waiting >= mostWaiting) socket.pause();
    response.once('socket', () => {
      line.waiting -= 1;
      if (line.waiting === mostWaiting - 1) socket.resume();
      handle(request, response);
    });
  };
}
