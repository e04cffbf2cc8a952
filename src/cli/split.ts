// `split`: shows how a running proxy shares apply calls, and moves the weight. The proxy decides; this only asks it.
import type { Command } from 'commander';
import { adminClient, withAdmin, type AdminOptions } from './admin-client.ts';
import { CommandFailure, line, type Surroundings } from './command.ts';
import { changeText, splitText } from './split-text.ts';

interface SplitOptions extends AdminOptions {
  readonly gateway?: string;
  readonly account?: string;
  readonly clear?: true;
  readonly allBack?: true;
  readonly reason?: string;
}

const help = `
Without an order, prints the split in force. An order takes effect with the next call and survives restarts.

Examples:
  token-proxy split
  token-proxy split --gateway 5 --reason 'first canary'
  token-proxy split --gateway 100 --account shop
  token-proxy split --account shop --clear
  token-proxy split --all-back --reason 'tokens are refused'`;

export function registerSplit(program: Command, surroundings: Surroundings): void {
  withAdmin(
    program
      .command('split')
      .description('Show or move the share of apply calls that a running proxy gives to the gateway.'),
  )
    .option('--gateway <percent>', 'set the weight: 0 to 100, at most two decimals')
    .option('--account <name>', 'with --gateway or --clear: of this account only')
    .option('--clear', 'with --account: give the account back to overrides and weight')
    .option('--all-back', 'everything back to the old service, above every override')
    .option('--reason <text>', 'why, for the history')
    .addHelpText('after', help)
    .action(async (options: SplitOptions) => split(options, surroundings));
}

async function split(options: SplitOptions, surroundings: Surroundings): Promise<void> {
  const order = orderOf(options);
  const client = await adminClient(options, surroundings);
  const print = (lines: readonly string[]): void => {
    for (const text of lines) line(surroundings.stdout, text);
  };
  if (options.json === true) {
    const answer = order === undefined ? await client.get(path) : await client.put(path, order);
    return print([JSON.stringify(answer)]);
  }
  const before = await client.get(path);
  if (order === undefined) return print(splitText(before));
  print(changeText(before, await client.put(path, order), options.account));
}

const path = '/api/split';

/** The order that the options give; undefined when they only ask. @throws CommandFailure when they contradict */
function orderOf({ gateway, account, clear, allBack, reason }: SplitOptions): object | undefined {
  const why = reason === undefined ? {} : { reason };
  if (allBack === true) {
    if ([gateway, account, clear].some((option) => option !== undefined)) {
      throw new CommandFailure('--all-back goes with --reason only', 2);
    }
    return { gatewayPercent: 0, all: true, ...why };
  }
  if (clear === true) {
    if (account === undefined || gateway !== undefined) {
      throw new CommandFailure('--clear goes with --account, and without --gateway', 2);
    }
    return { gatewayPercent: null, account, ...why };
  }
  if (gateway === undefined) {
    if (account === undefined && reason === undefined) return undefined;
    throw new CommandFailure('--account and --reason go with --gateway, --clear or --all-back', 2);
  }
  return { gatewayPercent: percentOf(gateway), ...(account !== undefined && { account }), ...why };
}

function percentOf(text: string): number {
  const value = /^\d{1,3}(?:\.\d{1,2})?$/.test(text) ? Number(text) : Number.NaN;
  if (value <= 100) return value;
  throw new CommandFailure('--gateway must be a number from 0 to 100 with at most two decimals', 2);
}
