// Load by this process: a certain number of calls, or a certain rate, and what was answered. wrk knows neither.
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import { callHeaders } from './requests.ts';
import type { Loaded } from './wrk.ts';

export interface Answered {
  /** Of the old protocol; 0 where no answer in its form came. */
  readonly code: number;
  readonly ms: number;
}

export interface Caller {
  /** The next call of the file. */
  call(): Promise<Answered>;
  /** So many calls, at most `connections` at a time. */
  count(calls: number): Promise<Loaded>;
  /** So many calls a second, whatever becomes of them. @returns what was answered, in the order of the answers */
  steadily(perSecond: number, seconds: number): Promise<readonly Answered[]>;
  close(): Promise<void>;
}

const codePattern = /"code":(\d+)/;
const tickMs = 2;

/** @param file of bodies, one a line */
export function createCaller(port: number, file: string, connections: number): Caller {
  const bodies = readFileSync(file, 'utf8').split('\n');
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections, pipelining: 1 });
  const { Connection: _, ...headers } = callHeaders;
  let next = 0;

  const call = async (): Promise<Answered> => {
    const startMs = performance.now();
    const code = await pool
      .request({ path: '/token/apply', method: 'POST', headers, body: bodies[next++ % bodies.length] ?? '' })
      .then(async ({ body }) => Number(codePattern.exec(await body.text())?.[1] ?? 0))
      .catch(() => 0);
    return { code, ms: performance.now() - startMs };
  };
  return {
    call,
    async count(calls) {
      let [left, errors] = [calls, 0];
      const loop = async (): Promise<void> => {
        while (left > 0) {
          left -= 1;
          if ((await call()).code === 0) errors += 1;
        }
      };
      await Promise.all(Array.from({ length: connections }, loop));
      return { calls, errors };
    },
    async steadily(perSecond, seconds) {
      const answered: Answered[] = [];
      const underWay: Promise<unknown>[] = [];
      const startMs = performance.now();
      for (let begun = 0; begun < perSecond * seconds;) {
        const due = Math.min(((performance.now() - startMs) * perSecond) / 1000, perSecond * seconds);
        for (; begun < due; begun += 1) underWay.push(call().then((one) => answered.push(one)));
        await pause(tickMs);
      }
      await Promise.all(underWay);
      return answered;
    },
    close: () => pool.close(),
  };
}
