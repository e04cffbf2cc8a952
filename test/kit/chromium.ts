// Debian's Chromium, headless, for tests of pages. Whether tests go without it where there is none is decided here, once.
import assert from 'node:assert/strict';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

/** `TOKEN_PROXY_TEST_CHROMIUM`, or the first that is found on the PATH. */
function findChromium(): string | undefined {
  const given = process.env['TOKEN_PROXY_TEST_CHROMIUM'];
  if (given !== undefined) return given;
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  return directories.flatMap((directory) => names.map((name) => join(directory, name))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const executable = findChromium();

/** Like `describe`, for tests that drive a browser: without one they are left out, except under CI, where they fail. */
export function describeBrowser(title: string, body: (this: Mocha.Suite) => void): void {
  if (executable !== undefined) describe(title, body);
  else if (process.env['CI'] === undefined) describe.skip(`${title} (left out: no chromium here)`, body);
  else describe(title, () => it('needs chromium', () => assert.fail('CI must have chromium')));
}

/** To be closed by whoever opens it. */
export async function openBrowser(): Promise<Browser> {
  if (executable === undefined) throw new Error('no chromium here: put one on the PATH');
  // Chromium's own sandbox does not run as root, which containers are; it loads pages of this machine only.
  return chromium.launch({ executablePath: executable, args: ['--no-sandbox', '--disable-gpu'] });
}
