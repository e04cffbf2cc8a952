// A visit to the console in a browser: a page that takes note of everything that must not happen.
import assert from 'node:assert/strict';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

export interface Visit {
  readonly page: Page;
  /** Fails if the page broke its policy, threw, logged an error that is none of the network's, or put this in a URL. */
  assertClean(secret?: string): void;
  close(): Promise<void>;
}

/** Chromium logs failed requests of its own accord. */
const networkError = /Failed to load resource/;

/** @param admin base address of the admin listener */
export async function visit(
  browser: Browser,
  admin: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const problems: string[] = [];
  const urls: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !networkError.test(message.text())) problems.push(message.text());
  });
  page.on('request', (request) => urls.push(request.url()));
  await page.goto(`${admin}/console`);
  return {
    page,
    assertClean: (secret) => {
      assert.deepEqual(problems, []);
      assert.ok(
        urls.every((url) => url.startsWith(`${admin}/`)),
        'something came from elsewhere',
      );
      if (secret !== undefined)
        assert.equal(
          urls.find((url) => url.includes(secret)),
          undefined,
        );
    },
    close: () => context.close(),
  };
}
