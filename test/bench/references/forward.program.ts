// Reference for latency: Node's own HTTP server and client, passing a call on whole and doing nothing else.
import { Agent, createServer, request as send, type IncomingMessage } from 'node:http';
import { announce } from './announce.ts';

const [port] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });

function whole(message: IncomingMessage, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  message.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => done(Buffer.concat(chunks)));
}

announce(
  createServer((request, response) => {
    const { method, url, headers } = request;
    whole(request, (form) => {
      send({ host: '127.0.0.1', port, method, path: url, headers, agent }, (answer) =>
        whole(answer, (body) => response.writeHead(answer.statusCode ?? 502, answer.headers).end(body)),
      ).end(form);
    });
  }),
);
