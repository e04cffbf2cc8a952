#!/usr/bin/env node
// Entry point: joins the process (streams, signals, exit code) to the command line.

// Libraries that read it, the vendor's among them, would print addresses and headers, and with them tokens and signatures.
delete process.env['DEBUG'];
const { run } = await import('./cli/program.ts');

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Asked twice: the person does not want to wait.
    if (stopping.signal.aborted && signal === 'SIGINT') process.exit(130);
    stopping.abort(signal);
  });
}

// Whoever read the output is gone (`| head`): the command is asked to end, not cut short with a token still to be revoked.
process.stdout.on('error', (error) => stopping.abort(error));
process.stderr.on('error', () => undefined);

const exitCode = await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  stop: stopping.signal,
  onReload: (listener) => void process.on('SIGHUP', listener),
});

// Not left to the event loop: a log reader that has stalled would keep the process for ever.
process.exit(exitCode);
