// The console on the real product, with the sandbox's services behind it and calls coming in.
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { startLoad, type Load } from '../../src/sandbox/load.ts';
import { describeBrowser, openBrowser } from '../kit/chromium.ts';
import { startProxiedWorld, type ProxiedWorld } from '../kit/proxied-world.ts';
import { visit, type Visit } from './visit.ts';

const token = 'planted-console-token-0123456789';

describeBrowser('the console of a running proxy', function () {
  this.timeout(120_000);
  let browser: Browser;
  let world: ProxiedWorld;
  let load: Load;
  let seen: Visit;

  before(async () => {
    browser = await openBrowser();
    world = await startProxiedWorld({
      config: ({ legacy, gateway }) => ({
        admin: {
          host: '127.0.0.1',
          port: 0,
          tokens: [{ name: 'alice', token: { env: 'SECRET' }, role: 'write' }],
        },
        backends: {
          legacy: { url: legacy.url },
          gateway: { endpoint: gateway.endpoint, protocol: 'http' },
        },
        split: { key: ['request'] },
        rollout: {
          steps: [
            { gatewayPercent: 10, hold: 'manual' },
            { gatewayPercent: 60, hold: '1h' },
            { gatewayPercent: 100 },
          ],
        },
        shadow: { percent: 100 },
      }),
    });
    const { url, accessKey, secret, instanceId } = world;
    load = startLoad({ url, callsPerSecond: 30, accessKey, secret, instanceId });
    seen = await visit(browser, world.admin);
  });
  after(async () => {
    await load.stop();
    await seen.close();
    await browser.close();
    await world.close();
  });

  it('asks for the token, refuses a wrong one and lets a right one in', async () => {
    const { page } = seen;
    await page.getByLabel('Admin token').fill(token);
    await page.keyboard.press('Enter');
    await page.getByText('this token is none of admin.tokens').first().waitFor();
    await page.getByLabel('Admin token').fill(world.secret);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Last hour' }).waitFor();
    assert.equal(await page.locator('#who').textContent(), 'alice');
  });

  it('streams calls as they come, holds them under the pointer, and goes on behind it', async () => {
    const { page } = seen;
    const rows = page.locator('#calls li');
    await rows.nth(5).waitFor();
    await rows.first().hover();
    const note = page.locator('#calls-note');
    await note.filter({ hasText: /Held while you point at them; \d+ newer calls wait/ }).waitFor();
    const held = await rows.allTextContents();
    await note.filter({ hasText: /\b[1-9]\d newer calls wait/ }).waitFor();
    assert.deepEqual(await rows.allTextContents(), held);
    await page.getByRole('heading', { name: 'Last hour' }).hover();
    await note.filter({ hasNotText: 'Held' }).waitFor();
    assert.notDeepEqual(await rows.allTextContents(), held);
  });

  it('shows what a call asked for when it is opened, and pauses for it', async () => {
    const { page } = seen;
    await page.locator('#calls summary', { hasText: 'apply' }).first().click();
    await page.getByText('Paused').first().waitFor();
    const details = await page.locator('#calls details[open]').textContent();
    assert.match(details ?? '', /resources/);
    assert.equal((await page.locator('body').textContent())?.includes(world.secret), false);
    await page.getByRole('button', { name: 'Go on' }).click();
  });

  it('moves the weight, and the share observed follows', async () => {
    const { page } = seen;
    await page.getByLabel('Gateway weight').fill('100');
    await page.getByLabel('Reason').fill('the test says so');
    await page.getByRole('button', { name: 'Set the weight' }).click();
    await page.getByText('✓ Weight 100').first().waitFor();
    await page.locator('#wanted', { hasText: '100' }).waitFor();
    await page.locator('#observed', { hasText: /^[1-9]/ }).waitFor();
    assert.match(await page.title(), /100\s% gateway/);
  });

  it('brings everything back in one click', async () => {
    const { page } = seen;
    await page.getByRole('button', { name: 'Everything back to the old service' }).click();
    await page
      .getByText(/✓ .*old service\./)
      .first()
      .waitFor();
    const split = await fetch(`${world.admin}/api/split`, {
      headers: { authorization: `Bearer ${world.secret}` },
    });
    const { gatewayPercent, forced } = (await split.json()) as Record<string, unknown>;
    assert.deepEqual({ gatewayPercent, forced }, { gatewayPercent: 0, forced: true });
    await page.locator('#wanted', { hasText: /^0\s%/ }).waitFor();
  });

  it('tells what a weight would mean for the quotas before it is set', async () => {
    const { page } = seen;
    await page.getByLabel('Gateway weight').fill('50');
    await page.locator('#preview', { hasText: /\d/ }).waitFor();
    await page.getByLabel('Gateway weight').fill('');
  });

  it('starts a rollout, promotes it, and aborts it', async () => {
    const { page } = seen;
    await page.locator('#rollout-start').click();
    await page.locator('#wanted', { hasText: /^10\s%/ }).waitFor();
    await page.locator('#rollout-promote').click();
    await page.locator('#wanted', { hasText: /^60\s%/ }).waitFor();
    await page.locator('#rollout-abort').click();
    await page.locator('#wanted', { hasText: /^0\s%/ }).waitFor();
    const rollout = await fetch(`${world.admin}/api/rollout`, {
      headers: { authorization: `Bearer ${world.secret}` },
    });
    assert.equal(((await rollout.json()) as { state: string }).state, 'aborted');
  });

  it('shows readiness, shadow calls, callers and what was changed by whom', async () => {
    const { page } = seen;
    for (const [panel, text] of [
      ['#readiness', 'shop'],
      ['#shadow', / agreed, /],
      ['#callers', '127.0.0.1'],
      ['#history', 'rollout'],
      ['#history', 'the test says so'],
    ] as const) {
      await page.locator(panel, { hasText: text }).waitFor();
    }
  });

  it('breaks no policy, throws nothing and puts no token into a URL', () => {
    seen.assertClean(world.secret);
  });

  it('says when the server has gone, which the open stream of calls does not hold up', async () => {
    const startedMs = performance.now();
    await load.stop();
    await world.proxy.stop();
    assert.ok(performance.now() - startedMs < 7_000, 'the stream held the drain up');
    await seen.page.getByText('Connection lost since').first().waitFor();
  });
});
