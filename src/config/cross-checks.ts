// Mistakes that no key makes alone: things named twice, things that need one another. Pure.
// Works on the outline, so that it finds its mistakes in a document that has others.
import { formatDuration } from './duration.ts';
import { listenerMistakes } from './listener-checks.ts';
import type { Finding } from './mistakes.ts';
import type { Outline } from './outline.ts';
import { repeated } from './repetition.ts';

type Check = (outline: Outline) => Finding[];

/** All mistakes between keys. */
export function crossMistakes(outline: Outline): Finding[] {
  return checks.flatMap((check) => check(outline));
}

const accountNames: Check = ({ accounts }) =>
  repeated(
    accounts.map((account, at) => ({ path: ['accounts', at, 'name'], value: account?.name })),
    'account name',
  );

const accessKeys: Check = ({ accounts }) =>
  repeated(
    accounts.flatMap((account, at) =>
      (account?.keys ?? []).map((key, keyAt) => ({
        path: ['accounts', at, 'keys', keyAt, 'accessKey'],
        value: key?.accessKey,
      })),
    ),
    'access key',
  );

const instances: Check = ({ accounts }) =>
  accounts.flatMap((account, at) =>
    repeated(
      (account?.instances ?? []).map((value, instanceAt) => ({
        path: ['accounts', at, 'instances', instanceAt],
        value,
      })),
      'instance of this account',
    ),
  );

const allowLists: Check = ({ accounts }) =>
  accounts.flatMap((account, at): Finding[] => {
    const type = account?.gateway?.credentials?.type;
    if (account === undefined || type === undefined || type === 'caller' || account.instances.length > 0)
      return [];
    const message =
      'must list at least one instance, since the gateway is not called with the caller’s own key: ' +
      'without a list every caller could name any instance that those credentials reach';
    return [{ path: ['accounts', at, 'instances'], message }];
  });

const somebodyServed: Check = ({ accounts, backends }) =>
  accounts.length > 0 || hasLegacy(backends)
    ? []
    : [
        {
          path: ['accounts'],
          message: 'must hold at least one account, or backends.legacy must be set: nobody could be served',
        },
      ];

const legacyUrls: Check = ({ accounts, backends }) =>
  accounts.flatMap((account, at): Finding[] =>
    account?.legacyUrl !== undefined && !hasLegacy(backends)
      ? [
          {
            path: ['accounts', at, 'legacyUrl'],
            message: 'needs backends.legacy: without it there is no old service',
          },
        ]
      : [],
  );

const restServed: Check = ({ split, backends }) => {
  if (hasLegacy(backends)) return [];
  const shares = [
    { path: ['split', 'gatewayPercent'], share: split?.gatewayPercent },
    ...(split?.overrides ?? []).map((override, at) => ({
      path: ['split', 'overrides', at, 'gatewayPercent'],
      share: override?.gatewayPercent,
    })),
  ];
  return shares.flatMap(({ path, share }): Finding[] =>
    share !== undefined && share < 100
      ? [{ path, message: `must be 100 without backends.legacy, not ${share}: nobody would serve the rest` }]
      : [],
  );
};

const overriddenAccounts: Check = ({ split, accounts }) => {
  const names = new Set(accounts.map((account) => account?.name));
  return (split?.overrides ?? []).flatMap((override, at): Finding[] =>
    override?.account !== undefined && !names.has(override.account)
      ? [{ path: ['split', 'overrides', at, 'account'], message: 'must be the name of a configured account' }]
      : [],
  );
};

const breakerTimes: Check = ({ breaker }) => {
  const { openFor = 2000, openAtMost = 5000 } = breaker ?? {};
  const message = `must not be shorter than openFor (${formatDuration(openFor)})`;
  return openAtMost < openFor ? [{ path: ['breaker', 'openAtMost'], message }] : [];
};

const rolloutSteps: Check = ({ rollout }) => {
  const steps = rollout?.steps ?? [];
  return steps.flatMap((step, at): Finding[] => {
    const found: Finding[] = [];
    const before = steps[at - 1]?.gatewayPercent;
    const share = step?.gatewayPercent;
    if (share !== undefined && before !== undefined && share <= before) {
      const message = `must be above the step before (${before}), not ${share}`;
      found.push({ path: ['rollout', 'steps', at, 'gatewayPercent'], message });
    }
    if (step !== undefined && step.hold === undefined && at < steps.length - 1) {
      const message = 'is missing: must be a duration such as 10m, or manual; only the last step needs none';
      found.push({ path: ['rollout', 'steps', at, 'hold'], message });
    }
    return found;
  });
};

function hasLegacy(backends: Outline['backends']): boolean {
  return backends?.legacy !== undefined;
}

const checks: readonly Check[] = [
  listenerMistakes,
  accountNames,
  accessKeys,
  instances,
  allowLists,
  legacyUrls,
  somebodyServed,
  restServed,
  overriddenAccounts,
  breakerTimes,
  rolloutSteps,
];
