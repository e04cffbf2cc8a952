// How an emulated service can be told to fail: the kinds of fault, whom they hit, and the rules in force.
// It only decides; carrying a fault out on a connection is the work of deliver.ts.

/** What goes wrong. Times in ms. */
export type Fault =
  /** The given answer in the service's own failure shape; the call is not carried out. */
  | {
      readonly kind: 'answer';
      readonly code: string | number;
      readonly status?: number;
      readonly message?: string;
    }
  /** HTTP 200 whose body carries a failure code; the call is not carried out. */
  | { readonly kind: 'ok-with-code'; readonly code: string | number; readonly message?: string }
  /** Reads the request and says nothing, ever. */
  | { readonly kind: 'hang' }
  /** Carries the call out and answers that much later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Resets the connection; after headers and in mid body the call has been carried out. */
  | { readonly kind: 'reset'; readonly at: 'before-reading' | 'after-reading' }
  | { readonly kind: 'reset'; readonly at: 'after-headers' | 'mid-body' }
  /** The real answer, its head dripping one byte at a time. */
  | { readonly kind: 'slow-headers'; readonly intervalMs: number }
  /** The real answer, its body dripping one byte at a time. */
  | { readonly kind: 'slow-body'; readonly intervalMs: number }
  /** Half of the real answer under a content-length that promises more, then an orderly end. */
  | { readonly kind: 'half-body' }
  /** An HTML error page, as a load balancer in front would send it. */
  | { readonly kind: 'html'; readonly status?: number }
  /** HTTP 200 without a body. */
  | { readonly kind: 'empty' }
  /** HTTP 200 that claims to be JSON and is not. */
  | { readonly kind: 'not-json' }
  /** The real answer padded to at least that many bytes (default 1 MiB). */
  | { readonly kind: 'huge'; readonly bytes?: number }
  /** The real answer on a connection that promises keep-alive and is then closed unannounced. */
  | { readonly kind: 'close-idle' };

export type FaultKind = Fault['kind'];

/** Whom a fault hits; what is absent does not limit it. */
export interface FaultScope {
  /** `ApplyToken` … at the gateway, `apply` … at the old service. */
  readonly actions?: readonly string[];
  /** Share of the calls that are hit, 0 to 100. */
  readonly percent?: number;
  /** How many calls are hit at most. */
  readonly count?: number;
}

/** Written as one flat JSON object: `{"kind":"delay","ms":500,"actions":["ApplyToken"],"percent":50,"count":3}`. */
export type FaultRule = Fault & FaultScope;

interface ArmedRule {
  readonly rule: FaultRule;
  left: number;
}

/** The rules in force at one emulated service; the first that fits a call hits it. */
export class FaultBook {
  readonly #random: () => number;
  #armed: ArmedRule[] = [];
  #injected = 0;

  /** @param random uniform in [0, 1), for rules with a percentage */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** Replaces all rules. */
  set(...rules: readonly FaultRule[]): void {
    this.#armed = rules.map((rule) => ({ rule, left: rule.count ?? Infinity }));
  }

  clear(): void {
    this.#armed = [];
  }

  /** The rules that can still hit, with what is left of their counts. */
  list(): FaultRule[] {
    return this.#armed
      .filter((armed) => armed.left > 0)
      .map(({ rule, left }) => (rule.count === undefined ? rule : { ...rule, count: left }));
  }

  /** How many calls were hit since the start. */
  get injected(): number {
    return this.#injected;
  }

  /** Decides about one call; uses up one of the rule's count when it hits. */
  pick(action: string): Fault | undefined {
    for (const armed of this.#armed) {
      const { actions, percent } = armed.rule;
      if (armed.left <= 0) continue;
      if (actions !== undefined && !actions.includes(action)) continue;
      if (percent !== undefined && this.#random() * 100 >= percent) continue;
      armed.left -= 1;
      this.#injected += 1;
      return armed.rule;
    }
    return undefined;
  }
}
