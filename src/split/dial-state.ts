// What the dial says and what can be asked of it. Pure: states and orders are values, `turn` is the only transition.

/** Where apply calls go, as set by the file and by operators. */
export interface DialState {
  /** Rises by one with each change; the version of the document that keeps it. */
  readonly version: number;
  /** Percent of the keys that the gateway serves, two decimals. */
  readonly gatewayPercent: number;
  /** Percent by account name, set at run time; each wins over the file's overrides. */
  readonly accounts: Readonly<Record<string, number>>;
  /** Everything to the old service, whatever any override says, until the weight is set again. */
  readonly forced: boolean;
  /** What a file said last: only a change of it is an order. Null: no file ever said anything. */
  readonly filePercent: number | null;
}

export type DialOrder =
  /** Sets the weight; ends `forced`. With `ifVersion`, only on the state of that version: later ones know better. */
  | { readonly kind: 'weight'; readonly gatewayPercent: number; readonly ifVersion?: number }
  /** Sets one account's own weight; null gives the account back to the overrides and the weight. */
  | { readonly kind: 'account'; readonly account: string; readonly gatewayPercent: number | null }
  /** Weight 0, above every override, until the weight is set again. */
  | { readonly kind: 'all-back' }
  /** The file was loaded and says this; an order only where it says something else than before. Ends `forced`. */
  | { readonly kind: 'file'; readonly gatewayPercent: number };

/** Who gave an order and why; goes into the history. */
export interface DialOrigin {
  /** Name of an admin token, `file`, `rollout`, or `admin` where no tokens are configured. */
  readonly by: string;
  readonly reason?: string;
}

/** One change, as it is remembered. */
export interface DialChange {
  readonly atMs: number;
  readonly by: string;
  readonly reason?: string;
  readonly kind: DialOrder['kind'];
  readonly account?: string;
  /** Percent; null where an account had no weight of its own. */
  readonly from: number | null;
  readonly to: number | null;
  readonly version: number;
}

/** Where nothing was kept before: the weight that the configuration came to, and what the file said of it, if anything. */
export function initialDial(gatewayPercent: number, filePercent: number | null): DialState {
  return { version: 1, gatewayPercent, accounts: {}, forced: false, filePercent };
}

/** The weight set for an account at run time; null where there is none. Names are plain, `constructor` included. */
export function accountPercent({ accounts }: DialState, account: string): number | null {
  return Object.hasOwn(accounts, account) ? (accounts[account] ?? null) : null;
}

/**
 * Carries an order out.
 * @returns the next state, or the same object when the order changes nothing
 */
export function turn(state: DialState, order: DialOrder): DialState {
  const version = state.version + 1;
  switch (order.kind) {
    case 'weight': {
      const { gatewayPercent, ifVersion = state.version } = order;
      if (ifVersion !== state.version) return state;
      if (gatewayPercent === state.gatewayPercent && !state.forced) return state;
      return { ...state, version, gatewayPercent, forced: false };
    }
    case 'account': {
      const { account, gatewayPercent } = order;
      if (accountPercent(state, account) === gatewayPercent) return state;
      const { [account]: _before, ...others } = state.accounts;
      const accounts = gatewayPercent === null ? others : { ...others, [account]: gatewayPercent };
      return { ...state, version, accounts };
    }
    case 'all-back':
      return state.forced ? state : { ...state, version, gatewayPercent: 0, forced: true };
    case 'file': {
      const { gatewayPercent: filePercent } = order;
      if (filePercent === state.filePercent) return state;
      return { ...state, version, gatewayPercent: filePercent, forced: false, filePercent };
    }
  }
}

/**
 * Whether a change can only move calls back to the old service, for every account and whatever the overrides say.
 * An account's first weight of its own, and giving one up, count as lowering only at 0 and never: the override that it
 * hides or uncovers is not known here.
 */
export function onlyLowers(before: DialState, after: DialState): boolean {
  if (after.forced) return true;
  if (before.forced || after.gatewayPercent > before.gatewayPercent) return false;
  return [...new Set([...Object.keys(before.accounts), ...Object.keys(after.accounts)])].every((account) => {
    const to = accountPercent(after, account);
    return to === null ? false : to <= (accountPercent(before, account) ?? 0);
  });
}

/** What changed, for the history. */
export function describeTurn(
  before: DialState,
  after: DialState,
  order: DialOrder,
  origin: DialOrigin & { readonly atMs: number },
): DialChange {
  const { atMs, by, reason } = origin;
  const { kind } = order;
  const { version } = after;
  const common = { atMs, by, ...(reason !== undefined && { reason }), kind, version };
  if (order.kind !== 'account') return { ...common, from: before.gatewayPercent, to: after.gatewayPercent };
  const { account } = order;
  return { ...common, account, from: accountPercent(before, account), to: accountPercent(after, account) };
}
