// `ram-policy`: the least-privilege RAM policy for the configured accounts and instances (PROTOCOL section 2, identity).
// Built from the vendor's documents; nothing is asked of the cloud.
import type { Command } from 'commander';
import type { AccountConfig } from '../config/config.ts';
import { CommandFailure, line, type Surroundings } from './command.ts';
import { loadOrFail } from './load-or-fail.ts';

/** A policy document of the cloud's resource access management. */
export interface RamPolicy {
  readonly Version: '1';
  readonly Statement: readonly {
    readonly Effect: 'Allow';
    readonly Action: readonly string[];
    readonly Resource: readonly string[];
  }[];
}

interface RamPolicyOptions {
  readonly config: string;
  readonly account?: string;
  readonly topics: string;
}

const help = `
Prints the policy as JSON; with several accounts one object with a policy for each account name, unless
--account picks one. Topics are those that clients name in their requests.

Example:
  token-proxy ram-policy --config proxy.yaml --account shop --topics 'orders,stock' > policy.json`;

export function registerRamPolicy(program: Command, surroundings: Surroundings): void {
  program
    .command('ram-policy')
    .description('Print the least-privilege RAM policy for the configured accounts and instances.')
    .requiredOption('--config <file>', 'configuration file (YAML)')
    .option('--account <name>', 'only this account')
    .option('--topics <list>', 'topics that tokens may be issued for, joined by a comma', '*')
    .addHelpText('after', help)
    .action((options: RamPolicyOptions) => print(options, surroundings));
}

/**
 * @param topics never empty; `*` for all
 * @returns the policy; an account without instances gets every instance
 */
export function ramPolicy({ instances }: AccountConfig, topics: readonly string[]): RamPolicy {
  const ids = instances.length === 0 ? ['*'] : instances.map(({ id }) => id);
  const instanceResources = ids.map((id) => `acs:mq:*:*:instance/${id}`);
  const topicResources = ids.flatMap((id) => topics.map((topic) => `acs:mq:*:*:topic/${id}/${topic}`));
  const allow = (Action: readonly string[], Resource: readonly string[]) =>
    ({ Effect: 'Allow', Action, Resource }) as const;
  return {
    Version: '1',
    Statement: [
      allow(['mq:MqttInstanceAccess'], instanceResources),
      allow(['mq:ApplyToken'], [...instanceResources, ...topicResources]),
      allow(['mq:RevokeToken', 'mq:QueryToken'], ['acs:mq:*:*:*']),
    ],
  };
}

function print(options: RamPolicyOptions, surroundings: Surroundings): void {
  const { stdout, stderr } = surroundings;
  const topics = options.topics.split(',').map((topic) => topic.trim());
  if (topics.includes('')) throw new CommandFailure('--topics holds an empty topic', 2);
  const { config, secrets } = loadOrFail(options.config, surroundings);
  secrets.close();
  const accounts = config.accounts.filter(
    ({ name }) => options.account === undefined || name === options.account,
  );
  const [first, second] = accounts;
  if (first === undefined) {
    const names = config.accounts.map(({ name }) => name).join(', ');
    throw new CommandFailure(
      options.account === undefined
        ? 'no account is configured'
        : `no account ${JSON.stringify(options.account)} is configured; there are: ${names || 'none'}`,
    );
  }
  line(
    stderr,
    "note: built from the vendor's documents and not verified; try it with check --live before relying on it",
  );
  for (const account of accounts) {
    line(stderr, `note: account ${account.name}: ${holderOf(account)}`);
    if (account.instances.length === 0) {
      line(stderr, `note: account ${account.name} lists no instances, so its policy names every instance`);
    }
  }
  const policies = accounts.map((account) => [account.name, ramPolicy(account, topics)] as const);
  const document = second === undefined ? ramPolicy(first, topics) : Object.fromEntries(policies);
  line(stdout, JSON.stringify(document, undefined, 2));
}

/** Whom the policy belongs to. */
function holderOf({ keys, gateway: { credentials } }: AccountConfig): string {
  switch (credentials.type) {
    case 'caller':
      return `attach it to the RAM user of ${keys.map(({ accessKey }) => accessKey).join(', ')}`;
    case 'access_key':
    case 'sts':
      return `attach it to the identity behind ${credentials.accessKeyId}`;
    case 'ram_role_arn':
    case 'oidc_role_arn':
      return `attach it to the role ${credentials.roleArn}`;
    case 'ecs_ram_role':
      return `attach it to the role ${credentials.roleName ?? "of the server's instance"}`;
    case 'default':
      return 'attach it to the identity that the default credential chain finds';
  }
}
