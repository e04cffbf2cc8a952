// `rollout`: shows the rollout of a running proxy, and gives it orders. The proxy decides; this only asks it.
import type { Command } from 'commander';
import { adminClient, withAdmin, type AdminOptions } from './admin-client.ts';
import { CommandFailure, line, type Surroundings } from './command.ts';
import { rolloutText } from './rollout-text.ts';

interface RolloutOptions extends AdminOptions {
  readonly reason?: string;
  readonly force?: true;
}

const orders = {
  start: 'Begin with the first step that is not below the weight in force.',
  pause: 'Stay at this weight; the guard stays armed.',
  resume: 'Go on after a pause.',
  promote: 'Go to the next step now.',
  abort: 'Everything back to the old service, at once.',
} as const;

const forces: Partial<Record<keyof typeof orders, string>> = {
  start: 'also within the cool-down after an abort, and into quotas that would not fit',
  resume: 'also into quotas that would not fit',
  promote: 'also into quotas that would not fit',
  abort: 'also while the old service does not answer',
};

export function registerRollout(program: Command, surroundings: Surroundings): void {
  const print = (options: AdminOptions, answer: Parameters<typeof rolloutText>[0]): void => {
    const lines = options.json === true ? [JSON.stringify(answer)] : rolloutText(answer);
    for (const text of lines) line(surroundings.stdout, text);
  };
  const rollout = program
    .command('rollout')
    .description(
      'Show or steer the rollout of a running proxy: the weight moved step by step, and back when it fails.',
    );
  // Whatever is no order comes here, as this is what `rollout` alone does.
  const status = rollout
    .command('status', { isDefault: true })
    .description('Show the rollout.')
    .allowExcessArguments();
  withAdmin(status).action(async (options: AdminOptions, { args: [unknown] }: Command) => {
    if (unknown !== undefined) {
      const known = ['status', ...Object.keys(orders)].join(', ');
      throw new CommandFailure(`rollout knows no ${JSON.stringify(unknown)}, only ${known}`, 2);
    }
    const client = await adminClient(options, surroundings);
    print(options, await client.get('/api/rollout'));
  });
  for (const [order, description] of Object.entries(orders)) {
    const force = forces[order as keyof typeof orders];
    const command = withAdmin(rollout.command(order).description(description)).option(
      '--reason <text>',
      'why, for the history',
    );
    if (force !== undefined) command.option('--force', force);
    command.action(async ({ reason, force: forced, ...options }: RolloutOptions) => {
      const client = await adminClient(options, surroundings);
      const body = { ...(reason !== undefined && { reason }), ...(forced === true && { force: true }) };
      print(options, await client.post(`/api/rollout/${order}`, body));
    });
  }
  rollout.addHelpText('after', help);
}

const help = `
Steps, holds and when to give up are in the configuration: see rollout there.

Examples:
  token-proxy rollout
  token-proxy rollout start --reason 'canary weekend'
  token-proxy rollout promote
  token-proxy rollout abort`;
