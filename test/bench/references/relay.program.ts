// Reference for latency: passes bytes on and reads none of them. What it adds, any Node process adds that stands in between.
import { connect, createServer } from 'node:net';
import { announce } from './announce.ts';

const [port] = process.argv.slice(2);
announce(
  createServer({ noDelay: true }, (client) => {
    const backend = connect({ host: '127.0.0.1', port: Number(port), noDelay: true });
    client.pipe(backend).pipe(client);
    client.on('error', () => backend.destroy());
    backend.on('error', () => client.destroy());
  }),
);
