// Asks an old service for a sign of life: whatever it answers, as long as it is not that it is broken.
// No call of a client, and nothing is read of the answer but its status.
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { destinationOf } from './destination.ts';
import { operations } from './operations.ts';

/** From here on a status says that the service, or what stands in front of it, is broken. */
const firstBrokenStatus = 500;

/**
 * A query that names no token: the old service refuses it, and thereby shows that it answers.
 * @param baseUrl from the configuration only, without a trailing slash
 * @returns whether it answered in time; never rejects
 */
export function answersAtAll(baseUrl: string, timeoutMs: number): Promise<boolean> {
  const { secure, hostname, port, host, target } = destinationOf(baseUrl, operations.query.path);
  const send = secure ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const headers = { host, 'content-type': 'application/x-www-form-urlencoded', 'content-length': '0' };
    const outgoing = send(
      { method: 'POST', hostname, port, path: target, headers, signal, agent: false },
      (answer) => {
        resolve((answer.statusCode ?? firstBrokenStatus) < firstBrokenStatus);
        answer.on('error', () => undefined).destroy();
      },
    );
    outgoing.on('error', () => resolve(false));
    outgoing.end();
  });
}
