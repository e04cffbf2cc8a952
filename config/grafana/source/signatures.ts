// Section: whether the proxy and the old service judge signatures alike, which shows wrong secrets before the cutover.
import { graph, type Section } from './panels.ts';
import { growth, of, rate, sum } from './queries.ts';

const agreement = 'token_proxy_signature_agreement_total';
const differently = 'proxy_rejects|legacy_rejects';
const disagreed = of(agreement, { verdict: differently });
const judged = sum(rate(of(agreement)), 'account');

export const signatures: Section = {
  title: 'Signatures',
  panels: [
    graph({
      title: 'Signatures judged differently',
      description:
        'proxy_rejects: the old service accepts what the proxy would refuse: these clients will get code 407 at the gateway. Mend accounts[].keys of that account before it is moved; token-proxy explain tells what is wrong. legacy_rejects: the proxy accepts what the old service refuses.',
      unit: 'short',
      queries: {
        // Only those that ever were: many lines at 0 would hide the one that is not.
        '{{account}} {{verdict}}': `${sum(growth(disagreed), 'account', 'verdict')} and ${sum(disagreed, 'account', 'verdict')} > 0`,
      },
    }),
    graph({
      title: 'Signatures judged alike',
      description:
        'Of all that both sides have judged, by account. An account that is to be moved should be at 100 % first, over a day at least.',
      unit: 'percentunit',
      max: 1,
      queries: {
        '{{account}}': `1 - (${sum(rate(disagreed), 'account')} or 0 * ${judged}) / (${judged} > 0)`,
      },
    }),
    graph({
      title: 'Signatures judged by both',
      description:
        'How many the figures beside rest on, by account. An account that stays at 0 has not called through the old service yet.',
      unit: 'short',
      queries: { '{{account}}': sum(growth(of(agreement)), 'account') },
    }),
  ],
};
