// The published quotas of the new gateway (PROTOCOL section 2): a rate per account, and a rate per source address
// past which the address is blocked. It judges moments; sockets and answers are not its business.
import { SlidingWindow } from './sliding-window.ts';

export const gatewayActions = ['ApplyToken', 'RevokeToken', 'QueryToken'] as const;
export type GatewayAction = (typeof gatewayActions)[number];

/** Calls per second and API; `null` switches a limit off. */
export interface GatewayLimits {
  readonly perAccount: Readonly<Record<GatewayAction, number>> | null;
  readonly perAddress: number | null;
  /** How long a blocked address stays blocked, ms. */
  readonly blockMs: number;
}

export const publishedLimits: GatewayLimits = {
  perAccount: { ApplyToken: 100, RevokeToken: 5, QueryToken: 100 },
  perAddress: 300,
  blockMs: 60_000,
};

export interface QuotaSnapshot {
  /** The most calls in any one-second window, whether they were admitted or not. */
  readonly peaks: {
    readonly perAccount: readonly { account: string; action: GatewayAction; peak: number }[];
    readonly perAddress: readonly { address: string; action: GatewayAction; peak: number }[];
  };
  readonly blocks: {
    /** How often an address was blocked. */
    readonly count: number;
    /** Calls refused because their address was blocked. */
    readonly refused: number;
    readonly addresses: readonly string[];
  };
}

interface AccountWindows {
  readonly account: string;
  readonly action: GatewayAction;
  readonly arrived: SlidingWindow;
  readonly admitted: SlidingWindow;
}

interface AddressWindow {
  readonly address: string;
  readonly action: GatewayAction;
  readonly arrived: SlidingWindow;
}

const keysAtMost = 1_000;

/** Counts arrivals at the emulated gateway and tells which break a quota. */
export class GatewayQuotas {
  limits: GatewayLimits;
  readonly #accounts = new Map<string, AccountWindows>();
  readonly #addresses = new Map<string, AddressWindow>();
  readonly #blockedUntil = new Map<string, number>();
  #blocks = 0;
  #refused = 0;

  constructor(limits: Partial<GatewayLimits> = {}) {
    this.limits = { ...publishedLimits, ...limits };
  }

  /**
   * Notes an arrival from an address, before anything is read or verified.
   * @returns `blocked-now` for the call that breaks the limit, `blocked` for every call after it
   */
  arriveFrom(address: string, action: GatewayAction, nowMs: number): 'ok' | 'blocked-now' | 'blocked' {
    if (this.isBlocked(address, nowMs)) {
      this.#refused += 1;
      return 'blocked';
    }
    const window = bounded(this.#addresses, `${address} ${action}`, () => ({
      address,
      action,
      arrived: new SlidingWindow(),
    }));
    const count = window.arrived.add(nowMs);
    if (this.limits.perAddress === null || count <= this.limits.perAddress) return 'ok';
    bounded(this.#blockedUntil, address, () => nowMs + this.limits.blockMs);
    this.#blocks += 1;
    this.#refused += 1;
    return 'blocked-now';
  }

  /** Whether an address is blocked; forgets a block that is over. */
  isBlocked(address: string, nowMs: number): boolean {
    const until = this.#blockedUntil.get(address);
    if (until === undefined) return false;
    if (nowMs < until) return true;
    this.#blockedUntil.delete(address);
    return false;
  }

  /** Notes an arrival for an account. @returns whether it is within the account's rate; refused calls use none of it */
  arriveFor(account: string, action: GatewayAction, nowMs: number): boolean {
    const windows = bounded(this.#accounts, `${action} ${account}`, () => ({
      account,
      action,
      arrived: new SlidingWindow(),
      admitted: new SlidingWindow(),
    }));
    windows.arrived.add(nowMs);
    const limit = this.limits.perAccount?.[action];
    if (limit !== undefined && windows.admitted.count(nowMs) >= limit) return false;
    windows.admitted.add(nowMs);
    return true;
  }

  unblock(): void {
    this.#blockedUntil.clear();
  }

  snapshot(nowMs: number): QuotaSnapshot {
    const blocked = [...this.#blockedUntil.keys()].filter((address) => this.isBlocked(address, nowMs));
    return {
      peaks: {
        perAccount: [...this.#accounts.values()].map(({ account, action, arrived }) => ({
          account,
          action,
          peak: arrived.peak,
        })),
        perAddress: [...this.#addresses.values()].map(({ address, action, arrived }) => ({
          address,
          action,
          peak: arrived.peak,
        })),
      },
      blocks: { count: this.#blocks, refused: this.#refused, addresses: blocked },
    };
  }
}

function bounded<Value>(map: Map<string, Value>, key: string, create: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  if (map.size >= keysAtMost) {
    const oldest = map.keys().next();
    if (!oldest.done) map.delete(oldest.value);
  }
  const value = create();
  map.set(key, value);
  return value;
}
