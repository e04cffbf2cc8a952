// `explain`: what the proxy would do with an old request and why, for whoever cannot see why a signature fails.
// Reads a request from standard input and sends nothing.
import { Option, type Command } from 'commander';
import { explain } from '../app/explain.ts';
import { readOldRequest } from '../app/explain/old-request.ts';
import type { Operation } from '../legacy/operations.ts';
import { CommandFailure, line, type Surroundings } from './command.ts';
import { explanationText } from './explain-text.ts';
import { readAll } from './input.ts';
import { loadOrFail } from './load-or-fail.ts';

interface ExplainOptions {
  readonly config: string;
  readonly operation?: Operation;
  readonly json?: true;
}

const help = `
Standard input holds one old request: a query string, a form body, a whole URL, or a curl command (over
several lines too). Nothing is sent; no secret, full signature or full token is printed.
Exit code 0 when the call would be carried out, 1 when it would be refused.

Examples:
  token-proxy explain --config proxy.yaml < request.txt
  echo "curl 'http://localhost:8080/token/query' -d 'token=…&accessKey=…&signature=…'" | token-proxy explain --config proxy.yaml`;

export function registerExplain(program: Command, surroundings: Surroundings): void {
  program
    .command('explain')
    .description(
      'Tell what the proxy would do with an old request, and why its signature does or does not match.',
    )
    .requiredOption('--config <file>', 'configuration file (YAML)')
    .addOption(
      new Option('--operation <name>', 'take the request as this operation, whatever its path says').choices([
        'apply',
        'revoke',
        'query',
      ]),
    )
    .option('--json', 'print one line of JSON, as the admin API does')
    .addHelpText('after', help)
    .action(async (options: ExplainOptions) => tell(options, surroundings));
}

async function tell(
  { config: file, operation, json }: ExplainOptions,
  surroundings: Surroundings,
): Promise<void> {
  const { stdin, stdout } = surroundings;
  const { config, secrets } = loadOrFail(file, surroundings);
  try {
    const old = readOldRequest(await readAll(stdin), operation);
    if (!old.ok) throw new CommandFailure(old.problem);
    const explanation = await explain(old.operation, old.request, { config, nowMs: Date.now() });
    if (json === true) line(stdout, JSON.stringify({ ...explanation, notes: old.notes }));
    else for (const text of explanationText(explanation, old.notes)) line(stdout, text);
    if (explanation.refusal !== undefined) throw new CommandFailure('');
  } finally {
    secrets.close();
  }
}
