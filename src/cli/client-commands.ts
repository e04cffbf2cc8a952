// `apply`, `revoke`, `query`: a correct old client, for trying a server out.
// They print the server's answer as it came and never what they signed with.
import type { Command } from 'commander';
import { formatDuration, parseDuration } from '../config/duration.ts';
import type { Operation } from '../legacy/operations.ts';
import { CommandFailure, line, type Surroundings } from './command.ts';
import { readAll, readOneValue } from './input.ts';
import { askOldServer, oldServerUrl, type OldFields } from './old-client.ts';

interface ServerOptions {
  readonly url: string;
  readonly accessKey: string;
  readonly secret?: string;
  readonly secretFile?: string;
  readonly timeout: string;
}

interface ApplyOptions extends ServerOptions {
  readonly instanceId?: string;
  readonly resources: string;
  readonly actions: string;
  readonly expire: string;
}

interface TokenOptions extends ServerOptions {
  readonly token?: string;
  readonly tokenFile?: string;
}

const secretVariable = 'TOKEN_PROXY_SECRET';
const footer = (examples: string) => `
Prints the JSON answer on one line. Exit code 1 when its code is not 200, or when there is no such answer.
The secret comes from --secret-file, or from the environment variable ${secretVariable}.

${examples}`;
const common = '--url http://localhost:8080 --access-key LTAI… --secret-file secret.txt';

export function registerClientCommands(program: Command, surroundings: Surroundings): void {
  withServer(program.command('apply').description('Ask a token service for a token, as an old client does.'))
    .requiredOption('--resources <topics>', 'topics, joined by a comma; + and # are wildcards')
    .option(
      '--instance-id <id>',
      'instance; left out, the server takes its own choice, as with accounts of 2017',
    )
    .option('--actions <list>', 'R, W or R,W', 'R,W')
    .option('--expire <duration>', 'life of the token from now (60s, 1h, 30d)', '1h')
    .addHelpText(
      'after',
      footer(`Example:\n  token-proxy apply ${common} --resources 'TopicA/+,TopicB' --expire 10m`),
    )
    .action(async (options: ApplyOptions) => ask('apply', applyFields(options), options, surroundings));

  for (const [operation, description] of [
    ['revoke', 'Revoke a token at a token service, as an old client does.'],
    ['query', 'Ask a token service whether a token is valid, as an old client does.'],
  ] as const) {
    withServer(program.command(operation).description(description))
      .option('--token <token>', 'the token; shows in the list of processes')
      .option('--token-file <file>', 'file that holds the token; - for standard input')
      .addHelpText('after', footer(`Example:\n  token-proxy ${operation} ${common} --token-file token.txt`))
      .action(async (options: TokenOptions) =>
        ask(operation, { token: await tokenOf(options, surroundings) }, options, surroundings),
      );
  }
}

function withServer(command: Command): Command {
  return command
    .requiredOption('--url <address>', 'token service; without a scheme https, on loopback http')
    .requiredOption('--access-key <id>', 'access key')
    .option('--secret-file <file>', 'file that holds the secret of the access key')
    .option('--secret <secret>', 'the secret itself; shows in the list of processes')
    .option('--timeout <duration>', 'how long to wait for the answer', '5s');
}

async function ask(
  operation: Operation,
  fields: OldFields,
  options: ServerOptions,
  surroundings: Surroundings,
): Promise<void> {
  const base = oldServerUrl(options.url);
  if (base === undefined) {
    throw new CommandFailure(
      '--url must be http://host[:port] or https://host[:port], without user, query or #',
      2,
    );
  }
  const timeoutMs = durationOption('--timeout', options.timeout);
  const secret = await secretOf(options, surroundings);
  const server = { base, accessKey: options.accessKey, secret, timeoutMs, stop: surroundings.stop };
  const answer = await askOldServer(operation, fields, server);
  if (answer.kind === 'failed') throw new CommandFailure(answer.message);
  line(surroundings.stdout, answer.text);
  if (answer.code !== 200) throw new CommandFailure('');
}

function applyFields({ resources, actions, expire, instanceId }: ApplyOptions): OldFields {
  return {
    actions,
    resources,
    expireTime: String(Date.now() + durationOption('--expire', expire)),
    proxyType: 'MQTT',
    serviceName: 'mq',
    ...(instanceId === undefined ? {} : { instanceId }),
  };
}

function durationOption(option: string, text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new CommandFailure(`${option} must be a duration such as ${formatDuration(5000)} or 10m`, 2);
}

async function secretOf(
  { secret, secretFile }: ServerOptions,
  { env, stderr }: Surroundings,
): Promise<string> {
  if (secret !== undefined && secretFile !== undefined) {
    throw new CommandFailure('--secret and --secret-file exclude each other', 2);
  }
  if (secretFile !== undefined) return readOneValue(secretFile, 'secret file');
  if (secret !== undefined) {
    line(stderr, 'note: a secret on the command line shows in the list of processes; prefer --secret-file');
  }
  const value = secret ?? env[secretVariable] ?? '';
  if (value !== '') return value;
  throw new CommandFailure(`no secret: give --secret-file, or set ${secretVariable}`, 2);
}

async function tokenOf({ token, tokenFile }: TokenOptions, { stdin }: Surroundings): Promise<string> {
  if ((token === undefined) === (tokenFile === undefined)) {
    throw new CommandFailure('give one of --token and --token-file', 2);
  }
  if (token !== undefined) return token;
  if (tokenFile !== '-') return readOneValue(tokenFile ?? '', 'token file');
  const text = (await readAll(stdin)).trim();
  if (text === '') throw new CommandFailure('there is no token on standard input');
  return text;
}
