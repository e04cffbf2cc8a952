// Asks a page for its texts that are hard to read; how they are found is in probes/contrast.js, which runs there.
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

const probe = readFileSync(new URL('./probes/contrast.js', import.meta.url), 'utf8');

/** Texts with a contrast below 4.5, as `text: 3.1`. */
export function lowContrasts(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(probe);
}
