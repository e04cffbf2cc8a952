// `check`: is this configuration right? With `--live` also: does the gateway agree?
import type { Command } from 'commander';
import { describeConfig } from '../config/describe.ts';
import { mistakeText } from '../config/mistakes.ts';
import { runLiveCheck } from './check-live.ts';
import { CommandFailure, line, type Surroundings } from './command.ts';
import { loadOrFail } from './load-or-fail.ts';

interface CheckOptions {
  readonly config: string;
  readonly live?: true;
  readonly mqtt?: string;
  readonly mqttClientId?: string;
  readonly account?: string;
}

export function registerCheck(program: Command, surroundings: Surroundings): void {
  program
    .command('check')
    .description('Validate a configuration and print it in full, secrets masked.')
    .requiredOption('--config <file>', 'configuration file (YAML)')
    .option(
      '--live',
      'also apply, query and revoke one token per account and instance at the gateway (billed; a refusal is asked about once more)',
    )
    .option('--mqtt <host[:port]>', 'with --live: also connect to this MQTT endpoint with each token')
    .option(
      '--mqtt-client-id <id>',
      'with --mqtt: client id, as your broker wants it (<group id>@@@<device id>)',
    )
    .option('--account <name>', 'with --live: only this account')
    .addHelpText(
      'after',
      '\nExit code 1 and one line per mistake when the file cannot be used.\n\nExample:\n  token-proxy check --config proxy.yaml --live',
    )
    .action(async (options: CheckOptions) => check(options, surroundings));
}

async function check(options: CheckOptions, surroundings: Surroundings): Promise<void> {
  const { stdout, stderr } = surroundings;
  if (options.live === undefined && (options.mqtt !== undefined || options.account !== undefined)) {
    throw new CommandFailure('--mqtt and --account go with --live', 2);
  }
  const { config, warnings, secrets } = loadOrFail(options.config, surroundings);
  try {
    for (const warning of warnings) line(stderr, `warning: ${mistakeText(warning)}`);
    if (options.live === undefined) {
      stdout.write(describeConfig(config));
      return;
    }
    const { mqtt, mqttClientId, account } = options;
    const well = await runLiveCheck({
      config,
      out: stdout,
      mqttHost: mqtt,
      ...(mqttClientId !== undefined && { mqttClientId }),
      account,
      stop: surroundings.stop,
    });
    if (!well) throw new CommandFailure('the live check found problems');
  } finally {
    secrets.close();
  }
}
