// The console: asks the API again and again, judges what it hears, and shows it. Nothing of it is kept but the token.
import { setUpOrders, showRole } from './actions.js';
import { setUpBack } from './back.js';
import { showBackends } from './backends-panel.js';
import { createCallsPanel } from './calls-panel.js';
import { byId, say } from './dom.js';
import { isLost, showFreshness } from './freshness.js';
import { setUpLogIn } from './log-in.js';
import { createPlots } from './plots.js';
import { createPolling, noSources } from './poll.js';
import { showQuotas } from './quotas-panel.js';
import { setUpRolloutOrders, showRollout } from './rollout-panel.js';
import { showShare, showVerdict } from './share-panel.js';
import { showCallers, showHistory, showReadiness, showShadow } from './tables.js';
import { duration } from './format.js';
import { judge, titleOf } from './verdict.js';
import { setUpWeightForm, showAccounts } from './weight-form.js';

const sources = noSources();
setUpWeightForm();
setUpRolloutOrders();
const plots = createPlots();
const calls = createCallsPanel();
const logIn = setUpLogIn({
  start: () => polling.start(),
  forget: () => location.reload(),
});
const polling = createPolling(sources, {
  changed: draw,
  unknown: (message) => {
    sources.status.state = 'waiting';
    calls.stop();
    logIn.ask(message);
    draw();
  },
});
setUpOrders(() => polling.refresh());
setUpBack(sources, () => polling.refresh());

let said = '';

function draw() {
  const nowMs = Date.now();
  const lost = isLost(sources, nowMs);
  const verdict = judge(sources, nowMs);
  showFreshness(sources, nowMs, lost);
  if (sources.status.state === 'ok' && byId('figures').hidden) {
    logIn.done();
    calls.start();
  }
  showRole(sources.status.data);
  showVerdict(verdict, lost);
  showShare(sources);
  showBackends(sources);
  showQuotas(sources);
  showRollout(sources, nowMs);
  showReadiness(sources);
  showShadow(sources, nowMs);
  showCallers(sources, nowMs);
  showHistory(sources, nowMs);
  showAccounts(sources);
  plots.show(sources);
  const title = titleOf(verdict, sources, lost);
  if (document.title !== title) document.title = title;
  const word = lost ? 'Connection lost' : verdict.word;
  if (said !== '' && said !== word)
    say(byId('announcer'), `${word}. ${lost ? '' : verdict.reasons.join('. ')}`);
  said = word;
  const { status } = sources;
  if (status.data === undefined) return;
  const { version, uptimeSeconds, store } = status.data;
  say(
    byId('about'),
    `Version ${version} · up for ${duration(uptimeSeconds)} · store ${store.kind}. Calls, latencies and callers are those of this replica.`,
  );
}

setInterval(draw, 1000);
polling.start();
