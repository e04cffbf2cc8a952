// The console in states that are hard to bring about, on the fake admin server.
import assert from 'node:assert/strict';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { describeBrowser, openBrowser } from '../kit/chromium.ts';
import { lowContrasts } from './contrast.ts';
import { startFakeAdmin, type Answers, type FakeAdmin } from './fake-admin.ts';
import { aborted, bare, call, fine, readOnly, rollout, trouble } from './states.ts';
import { visit, type Visit } from './visit.ts';

const backName = 'Everything back to the old service';

describeBrowser('the console', function () {
  this.timeout(60_000);
  let browser: Browser;
  let fake: FakeAdmin;
  let seen: Visit;
  let page: Page;

  const open = async (answers: Answers, options: BrowserContextOptions = {}) => {
    fake = await startFakeAdmin(answers);
    seen = await visit(browser, fake.url, options);
    ({ page } = seen);
    await page.locator('#verdict-word:not(:text("Connecting"))').waitFor();
  };
  before(async () => (browser = await openBrowser()));
  after(() => browser.close());
  afterEach(async () => {
    seen.assertClean();
    await seen.close();
    await fake.stop();
  });

  it('says that it is fine, in the title too', async () => {
    await open(fine());
    assert.equal(await page.locator('#verdict-word').textContent(), 'Fine');
    assert.match(await page.title(), /^✓ Fine · 25\s% gateway/);
    await page.getByText('next step in').first().waitFor();
  });

  it('says what is the matter, the worst first, and what a rollout waits for', async () => {
    await open(trouble());
    assert.match(await page.title(), /^✗ Trouble/);
    assert.match((await page.locator('#reasons li').first().textContent()) ?? '', /breaker is open/);
    await page.getByText('need more data: about 120 more calls').first().waitFor();
  });

  it('is calm about routes that the server lacks', async () => {
    await open(bare());
    for (const what of ['Rollouts are', 'Readiness is', 'Shadow calls are']) {
      await page.getByText(`${what} not available on this server`).first().waitFor();
    }
    await page
      .getByText('Nothing stands out. There are no calls just now.', { exact: true })
      .first()
      .waitFor();
  });

  it('aborts a rollout that is under way in one click', async () => {
    await open(fine());
    await page.locator('#rollout-abort').waitFor();
    fake.answers['POST rollout/abort'] = () => {
      Object.assign(fake.answers, aborted());
      return rollout('aborted');
    };
    await page.getByRole('button', { name: backName }).click();
    await page.getByText('✓ The rollout is aborted').first().waitFor();
    await page.locator('#verdict-word', { hasText: 'Attention' }).waitFor();
    assert.deepEqual(
      fake.orders.map(({ what }) => what),
      ['POST rollout/abort'],
    );
  });

  it('moves everything back by the split where the abort does not answer', async () => {
    await open(fine());
    await page.locator('#rollout-abort').waitFor();
    fake.answers['POST rollout/abort'] = 'hang';
    fake.answers['PUT split'] = { gatewayPercent: 0 };
    await page.getByRole('button', { name: backName }).click();
    await page.getByText('✓ Everything goes to the old service').first().waitFor();
    const { what, body } = fake.orders.at(-1) ?? {};
    assert.equal(what, 'PUT split');
    assert.deepEqual({ ...(body as object), reason: '' }, { gatewayPercent: 0, all: true, reason: '' });
  });

  it('moves everything back while every other request hangs', async () => {
    await open(bare());
    for (const route of ['status', 'split', 'timeline', 'history', 'callers', 'calls', 'split/preview']) {
      fake.answers[`GET ${route}`] = 'hang';
    }
    await page.getByLabel('Gateway weight').fill('50');
    const before = fake.urls.length;
    while (fake.urls.slice(before).length < 4) await page.waitForTimeout(50);
    fake.answers['PUT split'] = { gatewayPercent: 0 };
    const startedMs = performance.now();
    await page.getByRole('button', { name: backName }).click();
    await page.getByText('✓ Everything goes to the old service').first().waitFor();
    assert.ok(performance.now() - startedMs < 3000);
  });

  it('tries again to move everything back while the server fails', async () => {
    await open(bare());
    let tries = 0;
    fake.answers['PUT split'] = () => {
      tries += 1;
      return tries < 3 ? { status: 503, message: 'the store is down' } : { gatewayPercent: 0 };
    };
    await page.getByRole('button', { name: backName }).click();
    await page.locator('#back-note', { hasText: 'Trying again' }).waitFor();
    await page.locator('#back-note', { hasText: '✓ Everything goes to the old service' }).waitFor();
    assert.equal(tries, 3);
  });

  it('shows beforehand whether a weight fits the quotas', async () => {
    await open({
      ...fine(),
      'GET split/preview': {
        gatewayPercent: 50,
        misfits: [],
        warnings: ['account shop: 140 apply calls/s, 90 fit'],
        projections: [],
      },
    });
    await page.getByLabel('Gateway weight').fill('50');
    await page.getByText('would not fit: account shop: 140 apply calls/s, 90 fit').first().waitFor();
  });

  it('tells a token that may only read why it cannot give orders', async () => {
    await open(readOnly());
    await page.getByText('Your token “bob” may only read').first().waitFor();
    assert.equal(await page.getByRole('button', { name: 'Set the weight' }).isDisabled(), true);
    assert.equal(await page.locator('#rollout-abort').isDisabled(), true);
    assert.equal(await page.getByRole('button', { name: backName }).isDisabled(), true);
  });

  it('says that the connection is lost, greys its figures, and recovers by itself', async () => {
    await open(fine());
    await fake.stop();
    await page
      .getByText(/Connection lost since \d\d:\d\d:\d\d/)
      .first()
      .waitFor();
    assert.match(await page.title(), /Connection lost/);
    assert.equal(await page.locator('body.lost').count(), 1);
    await page.getByText('These figures are').first().waitFor();
    await fake.start();
    await page.locator('#banner').waitFor({ state: 'hidden' });
    assert.equal(await page.locator('#verdict-word').textContent(), 'Fine');
    assert.equal(await page.locator('body.lost').count(), 0);
  });

  it('shows text of clients as text', async () => {
    await open(fine());
    await page.getByText('Live. Open').first().waitFor();
    fake.call(call({ account: '<img src=x onerror=alert(1)>', outcome: 'fault', code: 409 }));
    await page.getByText('<img src=x').first().waitFor();
    assert.equal(await page.locator('#calls img').count(), 0);
  });

  it('keeps no more calls than it shows, and says what was left out', async () => {
    await open(fine());
    await page.getByText('Live. Open').first().waitFor();
    for (let count = 0; count < 200; count += 1) fake.call(call());
    fake.dropped(17);
    await page.getByText('17 calls were left out').first().waitFor();
    assert.equal(await page.locator('#calls li').count(), 30);
  });

  it('is used by the keyboard alone', async () => {
    await open(fine());
    const focused = () => page.locator(':focus');
    await page.keyboard.press('Tab');
    assert.equal(await focused().textContent(), 'Skip to the figures');
    await page.keyboard.press('Tab');
    assert.equal(await focused().getAttribute('id'), 'back');
    const outline = await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle');
    assert.equal(outline, 'solid');
    await page.keyboard.press('Tab');
    assert.equal(await focused().getAttribute('id'), 'weight');
    await page.keyboard.type('5');
    fake.answers['PUT split'] = { gatewayPercent: 5 };
    await page.keyboard.press('Enter');
    await page.getByText('✓ Weight 5').first().waitFor();
    assert.deepEqual(fake.orders[0], { what: 'PUT split', body: { gatewayPercent: 5 } });
  });

  for (const [name, answers] of Object.entries({ fine, trouble, bare })) {
    it(`fits a phone of 360 px: ${name}`, async () => {
      await open(answers(), { viewport: { width: 360, height: 740 } });
      await page.getByText('Live. Open').first().waitFor();
      fake.call(call({ account: 'an-account-with-a-very-long-name-indeed', reason: 'unknown-account' }));
      await page.locator('#calls li').first().waitFor();
      assert.equal(await page.evaluate<number>('document.documentElement.scrollWidth'), 360);
      const box = await page.getByRole('button', { name: backName }).boundingBox();
      assert.ok(box !== null && box.y > 0 && box.y + box.height <= 740, 'the way back is off the screen');
    });
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [name, answers] of Object.entries({ fine, trouble, aborted, readOnly })) {
      it(`has text of a contrast of 4.5 and more: ${name}, ${colorScheme}`, async () => {
        await open(answers(), { colorScheme });
        await page.getByText('Live. Open').first().waitFor();
        fake.call(call());
        fake.call(call({ outcome: 'fault', code: 409 }));
        fake.call(call({ outcome: 'throttled', code: 409, backend: 'none' }));
        await page.locator('#calls li').nth(2).waitFor();
        assert.deepEqual(await lowContrasts(page), []);
      });
    }
  }
});
