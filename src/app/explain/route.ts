// Which backend a request would go to and why: the choices of exchange.ts and apply-call.ts, told instead of taken.
import type { AccountConfig, Config } from '../../config/config.ts';
import type { Operation } from '../../legacy/operations.ts';
import { topicsOf, type Parameters } from '../../legacy/parameters.ts';
import type { Backend, DecisionReason } from '../../metrics/metrics.ts';
import { choose, type Choice } from '../../split/choose.ts';
import type { DialState } from '../../split/dial-state.ts';
import { keyFacts } from '../key-facts.ts';
import { createOldServices } from '../old-services.ts';

export interface BackendExplanation {
  readonly backend: Backend;
  /** Revoke and query have two: which one holds depends on the records of a running proxy. */
  readonly reasons: readonly DecisionReason[];
  /** For people. */
  readonly why: string;
  /** Of 10,000, where the split decides. */
  readonly bucket?: number;
  /** In force for this call, where the split decides. */
  readonly weightPercent?: number;
  /** Address of the old service, where the call goes to it. */
  readonly url?: string;
}

/** @returns undefined when nobody would be asked: the account is unknown, and strangers are not forwarded */
export function explainRoute(
  operation: Operation,
  parameters: Parameters,
  account: AccountConfig | undefined,
  config: Config,
  dial: DialState,
): BackendExplanation | undefined {
  const oldServices = createOldServices(config);
  if (account === undefined) {
    const url = oldServices.at(undefined);
    if (url === undefined || config.split.unknownAccounts === 'reject') return undefined;
    const why = 'the access key is not configured, so the old service gets the request untouched';
    return { backend: 'legacy', reasons: ['unknown-account'], why, url };
  }
  const url = oldServices.of(account);
  if (operation !== 'apply') return issuerRoute(url);
  const facts = keyFacts({ parameters, topics: topicsOf(parameters) }, account, {
    clientAddress: '',
    request: '',
  });
  const choice = choose(facts, config.split, dial, url !== undefined);
  return {
    backend: choice.backend,
    reasons: [choice.reason],
    why: whyChosen(choice, config),
    ...(choice.bucket !== undefined && { bucket: choice.bucket }),
    ...(choice.gatewayPercent !== undefined && { weightPercent: choice.gatewayPercent }),
    ...(choice.backend === 'legacy' && url !== undefined && { url }),
  };
}

function issuerRoute(url: string | undefined): BackendExplanation {
  const reasons = ['issuer', 'no-record'] as const;
  if (url === undefined) {
    const why =
      'a running proxy asks the instance in its record of the token; without one it asks the instances of the account';
    return { backend: 'gateway', reasons, why };
  }
  const why =
    'a running proxy asks whoever issued the token by its record; without one the old service first, then the instances of the account';
  return { backend: 'legacy', reasons, why, url };
}

function whyChosen({ reason, backend, gatewayPercent }: Choice, { split }: Config): string {
  const unstable = split.key.filter((field) => field === 'clientAddress' || field === 'request');
  const guess =
    unstable.length === 0 ? '' : `; the key holds ${unstable.join(' and ')}, unknown here: a guess`;
  switch (reason) {
    case 'only-backend':
      return 'the gateway is the only backend';
    case 'forced':
      return 'everything was ordered back to the old service';
    case 'override':
      return `an override gives the gateway ${gatewayPercent} % of these calls${guess}`;
    case 'weight':
      return `the bucket is ${backend === 'gateway' ? 'below' : 'not below'} the weight of ${gatewayPercent} %${guess}`;
  }
}
