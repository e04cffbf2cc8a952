// The gateways with somebody who hears what they allow and deny, whoever asks them and for whatever purpose.
import type { ApplyTokenRequest, Gateway, GatewayOutcome } from '../gateway/gateway.ts';
import type { Operation } from '../readiness/kinds.ts';
import type { GatewayUse, ReadinessRecorder } from '../readiness/readiness.ts';
import type { GatewayFactory } from './accounts.ts';

type Recorder = Pick<ReadinessRecorder, 'gatewayAllowed' | 'gatewayDenied' | 'wouldBeRefused'>;

/** Codes of denials that may concern the topics of a call rather than whoever makes it (PROTOCOL section 2). */
const codesOfTopics: ReadonlySet<string> = new Set([
  'PermissionCheckFailed',
  'NoPermission',
  'Forbidden.RAM',
]);

export function watchedGateways<Options>(
  make: GatewayFactory<Options>,
  readiness: Recorder,
): GatewayFactory<Options> {
  return (account, accessKey, regionId) => {
    const isCallers = account.gateway.credentials.type === 'caller';
    const askingKey = isCallers ? accessKey : undefined;
    const gateway = make(account, accessKey, regionId);

    function heard<Value>(
      action: Operation,
      instanceId: string,
      outcome: GatewayOutcome<Value>,
      request?: ApplyTokenRequest,
    ): GatewayOutcome<Value> {
      if (outcome.class === 'throttled' || outcome.class === 'fault') return outcome;
      const use = new Use(account.name, askingKey, action, instanceId, request);
      if (outcome.class === 'ok') {
        readiness.gatewayAllowed(use);
      } else if (outcome.class === 'denied') {
        const { code, message } = outcome;
        const ofTopics = action === 'apply' && codesOfTopics.has(code);
        readiness.gatewayDenied(use, { code, message, ofTopics });
      } else if (action === 'apply' && outcome.cause === 'answered') {
        // To a query or a revoke it is how the gateway speaks of a token that it does not know.
        readiness.wouldBeRefused(account.name, 'gateway', `${outcome.code}, ${outcome.message}`);
      }
      return outcome;
    }

    return {
      apply: async (request, options) =>
        heard('apply', request.instanceId, await gateway.apply(request, options), request),
      revoke: async (request, options) =>
        heard('revoke', request.instanceId, await gateway.revoke(request, options)),
      query: async (request, options) =>
        heard('query', request.instanceId, await gateway.query(request, options)),
      close: () => gateway.close(),
    } satisfies Gateway<Options>;
  };
}

/** Made for every call: of one shape, and its topics put into words only where something was denied before. */
class Use implements GatewayUse {
  readonly account: string;
  readonly accessKey: string | undefined;
  readonly action: Operation;
  readonly instanceId: string;
  readonly #request: ApplyTokenRequest | undefined;

  constructor(
    account: string,
    accessKey: string | undefined,
    action: Operation,
    instanceId: string,
    request: ApplyTokenRequest | undefined,
  ) {
    this.account = account;
    this.accessKey = accessKey;
    this.action = action;
    this.instanceId = instanceId;
    this.#request = request;
  }

  get topics(): string {
    const request = this.#request;
    return request === undefined ? '' : `${request.actions} ${request.resources.join(',')}`;
  }
}
