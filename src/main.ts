#!/usr/bin/env node
// Entry point: joins the process (streams, signals, exit code) to the command line.

import { setFlagsFromString } from 'node:v8';

// Libraries that read it, the vendor's among them, would print addresses and headers, and with them tokens and signatures.
delete process.env['DEBUG'];

// V8 has objects of a kind made old from the start once many of that kind outlived a collection, as those of calls under
// way do. What such an object points to then stays until the next full collection, dead or not: on Node 24 everything
// that calls had made, 250 MB in place of 170, and collections took five times as long.
setFlagsFromString('--no-allocation-site-pretenuring');

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
