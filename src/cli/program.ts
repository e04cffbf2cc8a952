// The command line as a whole: one row per command, one way to end.
import { Command, CommanderError } from 'commander';
import { registerCheck } from './check.ts';
import { registerClientCommands } from './client-commands.ts';
import { CommandFailure, line, type ExitCode, type Surroundings } from './command.ts';
import { registerExplain } from './explain.ts';
import { registerRamPolicy } from './ram-policy.ts';
import { registerRollout } from './rollout.ts';
import { registerReadiness } from './readiness.ts';
import { registerSandbox } from './sandbox.ts';
import { registerServe } from './serve.ts';
import { registerSplit } from './split.ts';
import { registerStatus } from './status.ts';
import { version } from './version.ts';

/**
 * Runs one command line and resolves when it is done.
 * @param args without the names of the interpreter and the script
 */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const { stdout, stderr } = surroundings;
  const program = new Command('token-proxy')
    .description(
      'Drop-in server for clients of the retired ApsaraMQ for MQTT token service: speaks the old protocol, calls the new gateway.',
    )
    .version(version)
    .showHelpAfterError('(add --help for the options)')
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .exitOverride();

  registerServe(program, surroundings);
  registerSandbox(program, surroundings);
  registerCheck(program, surroundings);
  registerClientCommands(program, surroundings);
  registerExplain(program, surroundings);
  registerRamPolicy(program, surroundings);
  registerSplit(program, surroundings);
  registerRollout(program, surroundings);
  registerStatus(program, surroundings);
  registerReadiness(program, surroundings);
  for (const command of program.commands) command.copyInheritedSettings(program);

  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof CommandFailure) {
      if (error.message !== '') line(stderr, `error: ${error.message}`);
      return error.exitCode;
    }
    throw error;
  }
}
