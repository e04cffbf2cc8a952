// Readiness as a whole: takes in what the house sees, shares it, and judges when it is asked. Thin: what is remembered is
// the notes' and the loads' business, what it means the verdict's.
import { permissionTopic, denialText } from './denials.ts';
import { memoryMs, type NoteKind } from './kinds.ts';
import { createLoadBook } from './load-book.ts';
import { clearing, holds, noteOf, type Sighting, type Topic } from './note.ts';
import type { AccountFacts, GatewayUse, Readiness, ReadinessFacts } from './readiness.ts';
import { SeenCalls } from './seen-calls.ts';
import type { DocumentStore } from './shared-document.ts';
import { createSharedNotes } from './shared-notes.ts';
import { judgeAccount, judgeLoad } from './verdict.ts';

export interface ReadinessSurroundings {
  readonly store: DocumentStore;
  /** ms since epoch. */
  readonly now: () => number;
  readonly log: (level: 'info' | 'warn', message: string) => void;
}

/** Matches in a row after which a mismatch of before counts as mended. */
export const matchesThatMend = 50;

interface Account {
  readonly facts: AccountFacts;
  readonly seen: SeenCalls;
  /** Subjects of permissions that are denied, as far as is known here. */
  readonly denied: Set<string>;
  readonly matchesInARow: Record<'apply' | 'query' | 'revoke', number>;
}

export function createReadiness(
  firstFacts: ReadinessFacts,
  { store, now, log }: ReadinessSurroundings,
): Readiness {
  const loads = createLoadBook(store, firstFacts.budgetOf);
  const notes = createSharedNotes(store);
  let facts = firstFacts;
  let accounts = accountsOf(firstFacts, new Map());
  let problem: string | undefined;
  let queue: Promise<void> = Promise.resolve();

  function saw(account: string, topic: Topic, sighting: Partial<Sighting> = {}): void {
    notes.note(account, noteOf(topic, { lastMs: now(), ...sighting }));
  }
  const topic = (kind: NoteKind, subject: string, basis = ''): Topic => ({ kind, subject, basis });

  function collect(): void {
    for (const [name, { seen }] of accounts) for (const note of seen.take()) notes.note(name, note);
  }

  async function share(all: boolean): Promise<void> {
    collect();
    const nowMs = now();
    const failed = (await Promise.allSettled([notes.share(nowMs, all), loads.share(nowMs)])).find(
      (result) => result.status === 'rejected',
    );
    const reason: unknown = failed?.reason;
    const next = failed && (reason instanceof Error ? reason.message : String(reason));
    if (next !== undefined && problem === undefined) log('warn', `readiness is not shared: ${next}`);
    if (next === undefined && problem !== undefined) log('info', 'readiness is shared again');
    problem = next;
    for (const { denied } of accounts.values()) denied.clear();
    for (const name of notes.accountsWith('permission')) {
      const account = accounts.get(name);
      const basis = account?.facts.basisOfGateway();
      for (const note of notes.of(name)) {
        const isDenied = note.kind === 'permission' && note.basis === basis && holds(note);
        if (isDenied) account?.denied.add(note.subject);
      }
    }
  }

  /** One after the other: both read and write the same documents. */
  const serially = (all = false): Promise<void> =>
    (queue = queue.catch(() => undefined).then(() => share(all)));

  function clear(account: Account, cleared: Topic): void {
    account.denied.delete(cleared.subject);
    notes.note(account.facts.name, clearing(cleared, now()));
  }

  return {
    arrived(name, accessKey, operation, genuine) {
      const account = accounts.get(name);
      if (account === undefined) return;
      const nowMs = now();
      account.seen.called(operation, nowMs);
      if (!genuine) return;
      account.seen.genuine(accessKey, account.facts.basisOfKey(accessKey), nowMs);
      // What is refused for its signature never gets as far as the quota.
      loads.count(name, operation, nowMs);
    },

    signaturesDiffer(name, accessKey, operation, which) {
      const basis = accounts.get(name)?.facts.basisOfKey(accessKey);
      const kind = which === 'proxy_rejects' ? 'signature' : 'legacy-rejects';
      if (basis !== undefined) saw(name, topic(kind, accessKey, basis), { sample: operation });
    },

    wouldBeRefused(name, parameter, message) {
      if (accounts.has(name)) saw(name, topic('refused-parameters', parameter), { sample: message });
    },

    instanceUnknown(name, doubt, instanceId = '') {
      const basis = accounts.get(name)?.facts.basisOfInstances;
      if (basis !== undefined) saw(name, topic('unknown-instance', doubt, basis), { sample: instanceId });
    },

    oldTokenIssued(name, expiresAtMs) {
      if (accounts.has(name)) saw(name, topic('old-tokens', ''), { untilMs: expiresAtMs });
    },

    gatewayAllowed(use) {
      const account = accounts.get(use.account);
      if (account === undefined || account.denied.size === 0) return;
      for (const cleared of permissionTopics(account, use)) {
        if (account.denied.has(cleared.subject)) clear(account, cleared);
      }
    },

    gatewayDenied(use, denial) {
      const account = accounts.get(use.account);
      if (account === undefined) return;
      const denied = permissionTopic(use, account.facts.basisOfGateway(), denial.ofTopics);
      account.denied.add(denied.subject);
      saw(use.account, denied, { sample: denialText(use, denial) });
    },

    shadowConcluded({ account: name, operation, result, why }) {
      const account = accounts.get(name);
      if (account === undefined || result === 'error' || result === 'dropped') return;
      const basis = account.facts.basisOfGateway();
      if (result === 'mismatch') {
        account.matchesInARow[operation] = 0;
        return saw(name, topic('shadow', operation, basis), { sample: why });
      }
      saw(name, topic('shadow-match', operation, basis));
      account.matchesInARow[operation] += 1;
      if (account.matchesInARow[operation] === matchesThatMend) {
        notes.note(name, clearing(topic('shadow', operation, basis), now()));
      }
    },

    async report(sinceMs = now() - memoryMs) {
      await serially();
      collect();
      const nowMs = now();
      const evidence = { loads: loads.view(nowMs), budgetOf: facts.budgetOf, sinceMs, nowMs };
      return {
        sinceMs,
        address: judgeLoad(undefined, evidence),
        accounts: facts.accounts.map((account) => judgeAccount(account, notes.of(account.name), evidence)),
        ...(problem !== undefined && { problem }),
      };
    },

    configure(next) {
      collect();
      facts = next;
      accounts = accountsOf(next, accounts);
      loads.configure(next.budgetOf, new Set(accounts.keys()));
    },

    tick: () => serially(),
    close: () => serially(true),
  };
}

function permissionTopics({ facts }: Account, use: GatewayUse): Topic[] {
  const basis = facts.basisOfGateway();
  return [permissionTopic(use, basis, false), permissionTopic(use, basis, true)];
}

function accountsOf(
  { accounts }: ReadinessFacts,
  before: ReadonlyMap<string, Account>,
): Map<string, Account> {
  return new Map(
    accounts.map((facts) => {
      const { seen = new SeenCalls() } = before.get(facts.name) ?? {};
      const matchesInARow = { apply: 0, query: 0, revoke: 0 };
      return [facts.name, { facts, seen, denied: new Set<string>(), matchesInARow }];
    }),
  );
}
