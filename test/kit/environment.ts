import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';

// Set before any test loads: the default credential chain must not ask the cloud's link-local metadata address.
process.env['ALIBABA_CLOUD_ECS_METADATA_DISABLED'] = 'true';

// What was wrong with a counterexample, beside the counterexample: mocha does not show the causes of errors.
fc.configureGlobal({ includeErrorInReport: true });

// mocha hands a rejection that nobody handles on to whoever else listens, and passes where nobody does.
process.on('unhandledRejection', (reason) => {
  throw reason;
});

/** What keeps a process from ending, as Node names it, but for the pipes and timers that mocha has itself. */
const kindsLeft = new Set(['TCPServerWrap', 'TCPSocketWrap', 'ProcessWrap', 'FSEventWrap']);
const left = () => process.getActiveResourcesInfo().filter((kind) => kindsLeft.has(kind));

/** After the last file; in a parallel run after each, whose process mocha would end without a word. */
async function nothingIsLeft(this: Mocha.Context): Promise<void> {
  for (const untilMs = Date.now() + 5_000; left().length > 0 && Date.now() < untilMs;) await pause(20);
  const files = new Set(this.test?.parent?.suites.map(({ file }) => file));
  const where = files.size === 1 ? `in ${[...files].join('')}` : 'by a test';
  assert.deepEqual(left(), [], `something was left open ${where}`);
}

export const mochaHooks = {
  beforeAll(this: Mocha.Context): void {
    // Registered once the files have been read, so that it comes behind what they do at the end themselves.
    this.test?.parent?.afterAll(nothingIsLeft);
  },
};
