// `readiness`: whether the accounts of a running proxy could be served by the gateway alone. For scripts too: it fails
// while any account, or the address, is blocked.
import type { Command } from 'commander';
import { adminClient, withAdmin, type AdminOptions } from './admin-client.ts';
import { fieldsAt, listAt, textAt } from './answer-fields.ts';
import { CommandFailure, line, type Surroundings } from './command.ts';
import { readinessText } from './readiness-text.ts';

interface ReadinessOptions extends AdminOptions {
  readonly since?: string;
}

const help = `
Judged by the calls of the last 24 hours, or since the time given. Exit code 0 when every account and the address are
ready, 1 when any is blocked.

Examples:
  token-proxy readiness
  token-proxy readiness --since 15m    (after something was mended)`;

export function registerReadiness(program: Command, surroundings: Surroundings): void {
  withAdmin(
    program
      .command('readiness')
      .description(
        'Show which accounts of a running proxy are ready for the gateway, and what blocks the others.',
      ),
  )
    .option(
      '--since <time>',
      'leave out what was last seen before: 15m, 2h, or a time such as 2026-11-20T08:00:00Z',
    )
    .addHelpText('after', help)
    .action(async ({ since, ...options }: ReadinessOptions) => {
      const client = await adminClient(options, surroundings);
      const query = since === undefined ? '' : `?since=${encodeURIComponent(since)}`;
      const readiness = await client.get(`/api/readiness${query}`);
      const lines = options.json === true ? [JSON.stringify(readiness)] : readinessText(readiness);
      for (const text of lines) line(surroundings.stdout, text);
      const judged = [fieldsAt(readiness, 'address'), ...listAt(readiness, 'accounts')];
      // What is wrong has been printed.
      if (judged.some((one) => textAt(one, 'verdict') !== 'ready')) throw new CommandFailure('');
    });
}
