// Pictures of the console in every state, light and dark, at a desk and on a phone:
//   node --import tsx test/console/screenshots.ts DIRECTORY [STATE …]
// They are for people to look at; nothing compares them.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { openBrowser } from '../kit/chromium.ts';
import { startFakeAdmin, type Answers, type FakeAdmin } from './fake-admin.ts';
import { aborted, bare, call, fine, readOnly, trouble } from './states.ts';

interface State {
  readonly answers: () => Answers;
  readonly token?: string;
  /** What is done before the picture is taken. */
  readonly then?: (page: Page, fake: FakeAdmin) => Promise<void>;
}

const states: Record<string, State> = {
  fine: { answers: fine },
  trouble: { answers: trouble },
  aborted: { answers: aborted },
  bare: { answers: bare },
  'read-only': { answers: readOnly },
  'log-in': {
    answers: fine,
    token: 'another',
    then: async (page) => {
      await page.getByLabel('Admin token').fill('wrong');
      await page.keyboard.press('Enter');
      await page.getByText('none of admin.tokens').waitFor();
    },
  },
  lost: {
    answers: fine,
    then: async (page, fake) => {
      await fake.stop();
      await page.getByText('Connection lost').first().waitFor();
    },
  },
  preview: {
    answers: fine,
    then: async (page) => {
      await page.getByLabel('Gateway weight').fill('50');
      await page.getByText('fits the quotas').waitFor();
    },
  },
};

const sizes = { desktop: { width: 1280, height: 900 }, phone: { width: 360, height: 740 } };

const [directory = '', ...chosen] = process.argv.slice(2);
if (directory === '') throw new Error('give a directory for the pictures');
mkdirSync(directory, { recursive: true });
const browser = await openBrowser();
try {
  for (const [name, state] of Object.entries(states)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const [size, viewport] of Object.entries(sizes)) {
        const fake = await startFakeAdmin(state.answers());
        fake.token = state.token;
        const page = await browser.newPage({ viewport, colorScheme });
        await page.goto(`${fake.url}/console/`);
        if (state.token === undefined) {
          await page.locator('#verdict-word:not(:text("Connecting"))').waitFor();
          await page.getByText('Live. Open a call').waitFor();
          for (let count = 0; count < 8; count += 1) fake.call(call());
          await page.locator('#calls li').nth(7).waitFor();
        }
        await state.then?.(page, fake);
        await page.screenshot({ path: join(directory, `${name}-${colorScheme}-${size}.png`) });
        await page.screenshot({
          path: join(directory, `${name}-${colorScheme}-${size}-whole.png`),
          fullPage: true,
        });
        await page.close();
        await fake.stop();
      }
    }
  }
} finally {
  await browser.close();
}
