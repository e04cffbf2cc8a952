// Where the experiment taps the journey of a call: behind the old service's answer, for a share of what it answered as the
// first choice. It prepares a trial; when and whether the gateway is asked is the experiment's business.
import type { CallOptions } from '../gateway/gateway.ts';
import type { Config } from '../config/config.ts';
import { parseCall } from '../legacy/parse.ts';
import { envelope } from '../legacy/envelope.ts';
import type { Experiment } from '../shadow/experiment.ts';
import type { Attempt, Subject } from '../shadow/trial.ts';
import { mayName, type GatewayFactory } from './accounts.ts';
import { instanceFor } from './gateway-leg.ts';
import type { KnownCall } from './incoming.ts';
import { namedInstance } from './key-facts.ts';
import type { LegacyTry } from './legacy-leg.ts';
import { signatureMessage } from './refusals.ts';
import { servedAs, type Served } from './served.ts';
import { tryApply, tryQuery, type AskingOptions } from './shadow-candidate.ts';
import { masking, shownParameters, type Masking } from './shadow-masking.ts';
import { spareGateways, type SpareGatewaysDependencies, type TrialGateways } from './spare-gateways.ts';

export interface ShadowTap {
  /**
   * @param old the old service's try, which the client is answered with
   * @param instanceId where the token of a query was issued, when there is a record of it
   * @returns what was served; where the call is picked, with what happens afterwards
   */
  follow(call: KnownCall, old: LegacyTry, served: Served, instanceId?: string): Served;
}

/** For 0 percent. */
export const noShadow: ShadowTap = { follow: (_call, _old, served) => served };

export interface ShadowTapDependencies extends SpareGatewaysDependencies {
  readonly experiment: Experiment;
  /** ms since epoch. */
  readonly now: () => number;
  /** A clock that never jumps, ms. */
  readonly monotonicMs: () => number;
}

/**
 * @param make the gateways themselves
 * @param timeoutMs limit of one gateway call, ms
 */
export function createShadowTap(
  make: GatewayFactory<CallOptions>,
  config: Config,
  dependencies: ShadowTapDependencies,
  timeoutMs: number,
): ShadowTap {
  const { percent, verify } = config.shadow;
  if (percent === 0) return noShadow;
  const { experiment, now, monotonicMs } = dependencies;
  const gateways = spareGateways(make, config, dependencies);
  const asking: AskingOptions = { verify, timeoutMs, now, monotonicMs };

  return {
    follow: (call, old, served, instanceId) => {
      if (!isComparable(call, old) || !experiment.picks()) return served;
      const afterwards = () => begin(call, old, served, instanceId);
      return servedAs(served.answer, served.code, { ...served, afterwards });
    },
  };

  function begin(call: KnownCall, old: LegacyTry, served: Served, instanceId: string | undefined): void {
    const { outcome, code = 0, durationMs = 0 } = old;
    const control = { outcome, code, durationMs };
    const plan = planOf(call, instanceId, gateways, asking);
    if (plan === undefined) return;
    const mask = masking(call.parameters, [call.caller.secret.reveal()]);
    const subject = subjectOf(call, served, plan, mask, now());
    if (plan.kind === 'ask') return experiment.offer({ subject, control, attempt: plan.attempt });
    const { code: refusedWith, message } = plan;
    const candidate = {
      by: 'proxy',
      outcome: 'rejected',
      code: refusedWith,
      message: mask.show(message),
    } as const;
    experiment.observed(subject, control, candidate);
  }
}

/** A breakdown or a full quota of the old service is no opinion that another could be held against. */
function isComparable({ operation }: KnownCall, { answer, outcome }: LegacyTry): boolean {
  if (operation === 'revoke' || answer === undefined) return false;
  return outcome === 'ok' || outcome === 'rejected' || outcome === 'denied';
}

type Plan =
  /** This server would refuse the call: there is nothing to ask the gateway. */
  | { readonly kind: 'refused'; readonly code: 400 | 407; readonly message: string }
  | {
      readonly kind: 'ask';
      readonly instanceId: string;
      readonly attempt: (signal: AbortSignal) => Promise<Attempt>;
    };

/** The order of a real call: the signature, the parameters, the instance. Keeps nothing of the request itself. */
function planOf(
  { operation, parameters, verdict, caller }: KnownCall,
  issuedFor: string | undefined,
  gateways: TrialGateways,
  asking: AskingOptions,
): Plan | undefined {
  if (!verdict.genuine) return refused(407, signatureMessage(operation, parameters, verdict.why));
  const call = parseCall(operation, parameters, asking.now());
  if ('kind' in call) return refused(call.code, call.message);
  const { account, accessKey } = caller;
  switch (call.operation) {
    case 'apply': {
      const instance = instanceFor(call, caller);
      if (!instance.allowed) return refused(400, envelope(instance.reply).message);
      const { instanceId } = instance;
      const gateway = gateways(accessKey, instanceId);
      const attempt = (signal: AbortSignal) => tryApply(gateway, { call, instanceId }, signal, asking);
      return { kind: 'ask', instanceId, attempt };
    }
    case 'query': {
      const recorded = issuedFor !== undefined && issuedFor !== '' && mayName(account, issuedFor);
      const instanceId = recorded ? issuedFor : account.instances[0]?.id;
      // Where no instance is known there is nobody to ask.
      if (instanceId === undefined) return undefined;
      const gateway = gateways(accessKey, instanceId);
      const attempt = (signal: AbortSignal) => tryQuery(gateway, { call, instanceId }, signal, asking);
      return { kind: 'ask', instanceId, attempt };
    }
    case 'revoke':
      return undefined;
  }
}

function refused(code: 400 | 407, message: string): Plan {
  return { kind: 'refused', code, message };
}

function subjectOf(
  { operation, parameters, caller, requestId }: KnownCall,
  { bucket }: Served,
  plan: Plan,
  mask: Masking,
  atMs: number,
): Subject {
  const instanceId = plan.kind === 'ask' ? plan.instanceId : namedInstance(parameters, caller.account);
  return {
    atMs,
    account: caller.account.name,
    operation: operation === 'query' ? 'query' : 'apply',
    requestId,
    ...(instanceId !== undefined && { instanceId: mask.show(instanceId) }),
    ...(bucket !== undefined && { bucket }),
    parameters: operation === 'query' ? {} : shownParameters(parameters, mask),
  };
}
