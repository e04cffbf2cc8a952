// Ports for servers that come back on the same one: outside the range from which outgoing connections take theirs,
// so that none of those sits on it while the server is down.
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Linux hands out ports from 32768 on, other systems from 49152. */
const [lowest, count] = [12_000, 20_000];
const end = lowest + count;
const given = new Set<number>();

/**
 * A port of 127.0.0.1 that is free now, and is not given twice by this process; another takes the same by rare chance.
 * @param beside how much higher another one must be free, too
 */
export async function fixedPort(beside = 0): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * count);
    const ports = beside === 0 ? [port] : [port, port + beside];
    if (ports.some((one) => one >= end || given.has(one))) continue;
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) {
      for (const one of ports) given.add(one);
      return port;
    }
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return true;
  } catch {
    return false;
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
