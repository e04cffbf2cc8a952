// Asks a running proxy's admin API: the options that its commands share, one call, and what to say when it fails.
// Prints nothing; no message holds the token.
import type { Command } from 'commander';
import { isFields, type Fields } from './answer-fields.ts';
import { CommandFailure, type Surroundings } from './command.ts';
import { connectionFailure } from './connection-failure.ts';
import { readOneValue } from './input.ts';
import { printable } from './printable.ts';

export interface AdminOptions {
  readonly admin: string;
  readonly tokenFile?: string;
  readonly json?: true;
}

export interface AdminClient {
  /**
   * @param path below the address, such as `/api/split`
   * @throws CommandFailure when there is no answer, or one that is not 200
   */
  get(path: string): Promise<Fields>;
  put(path: string, body: object): Promise<Fields>;
  post(path: string, body: object): Promise<Fields>;
}

const defaultAddress = 'http://127.0.0.1:9464';
const tokenVariable = 'TOKEN_PROXY_ADMIN_TOKEN';
/** The dial may have to wait for a store. */
const timeoutMs = 10_000;
/** More than any answer asked for here. */
const mostBytes = 4 * 1024 * 1024;

/** Options and help of every command that talks to the admin API. */
export function withAdmin(command: Command): Command {
  return command
    .option('--admin <address>', 'admin listener of the running proxy', defaultAddress)
    .option('--token-file <file>', `file that holds an admin token; else ${tokenVariable}`)
    .option('--json', 'print the answer as one line of JSON');
}

/** @throws CommandFailure when the address or the token cannot be used */
export async function adminClient(options: AdminOptions, { env, stop }: Surroundings): Promise<AdminClient> {
  const base = addressOf(options.admin);
  const token =
    options.tokenFile === undefined
      ? (env[tokenVariable] ?? '').trim()
      : (await readOneValue(options.tokenFile, 'token file')).trim();
  if (!/^[\x21-\x7e]*$/.test(token)) {
    throw new CommandFailure('the admin token holds characters that cannot be sent as a header');
  }
  const authorization = token === '' ? {} : { authorization: `Bearer ${token}` };

  const ask = async (method: 'GET' | 'PUT' | 'POST', path: string, body?: object): Promise<Fields> => {
    // Not loaded by the server, which only has this command beside it: 7 MB.
    const { Agent, request } = await import('undici');
    const agent = new Agent({ connect: { timeout: timeoutMs }, maxResponseSize: mostBytes });
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await request(`${base.origin}${base.pathname.replace(/\/+$/, '')}${path}`, {
        method,
        headers: {
          accept: 'application/json',
          ...authorization,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        dispatcher: agent,
        signal: AbortSignal.any([timeout, stop]),
      });
      const fields = fieldsOf(await answer.body.text());
      if (answer.statusCode === 200 && fields !== undefined) return fields;
      throw new CommandFailure(refusal(answer.statusCode, fields, token !== '', base.origin));
    } catch (error) {
      if (error instanceof CommandFailure) throw error;
      const why = timeout.aborted
        ? `no answer within ${timeoutMs / 1000} s`
        : stop.aborted
          ? 'interrupted'
          : connectionFailure(error);
      throw new CommandFailure(`${base.origin}: ${why} (--admin says where the proxy's admin listener is)`);
    } finally {
      await agent.destroy();
    }
  };
  return {
    get: (path) => ask('GET', path),
    put: (path, body) => ask('PUT', path, body),
    post: (path, body) => ask('POST', path, body),
  };
}

function addressOf(text: string): URL {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isPlain = url?.search === '' && url.hash === '' && url.username === '' && url.password === '';
  if (url !== undefined && isPlain && /^https?:$/.test(url.protocol)) return url;
  throw new CommandFailure('--admin must be http://host[:port], without user, query or #', 2);
}

function fieldsOf(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const leads: Readonly<Record<number, string>> = {
  400: 'the order was refused',
  403: 'not allowed',
  409: 'not possible',
  429: 'slowed down',
  503: 'not carried out',
};

function refusal(status: number, fields: Fields | undefined, tokenSent: boolean, origin: string): string {
  const error = fields?.['error'];
  const message = isFields(error) && typeof error['message'] === 'string' ? error['message'] : undefined;
  if (message === undefined) {
    return `${origin} answered HTTP ${status}, but not as the admin API of this program does: is it the admin listener?`;
  }
  if (status === 401) {
    return tokenSent
      ? `${origin} does not know this admin token`
      : `${origin} wants an admin token: give --token-file, or set ${tokenVariable}`;
  }
  return `${leads[status] ?? `HTTP ${status}`}: ${printable(message.slice(0, 1000))}`;
}
