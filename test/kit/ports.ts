// Ports for servers that come back on the same one: outside the range from which outgoing connections take theirs,
// so that none of those sits on it while the server is down.
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Linux hands out ports from 32768 on, other systems from 49152. */
const [lowest, count] = [12_000, 20_000];
const given = new Set<number>();

/** A port of 127.0.0.1 that is free now, and is not given twice by this process; another takes the same by rare chance. */
export async function fixedPort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * count);
    if (!given.has(port) && (await isFree(port))) {
      given.add(port);
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
