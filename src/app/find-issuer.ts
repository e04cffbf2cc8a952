// Which instance issued a token that nobody has a record of: the account's instances are asked, one after the other.
// One at a time since every answered question is billed, and the first instance is usually the one.
import type { InstanceConfig } from '../config/config.ts';
import type { GatewayFailure, GatewayOutcome } from '../gateway/gateway.ts';
import { describeFailure } from '../translate/to-legacy.ts';

/** `unknown` only when every instance of the account was asked and answered. */
export type Search =
  | { readonly kind: 'found'; readonly instanceId: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'undecided'; readonly message: string; readonly failure?: GatewayFailure };

/** Instances asked about one token at most. */
export const mostInstancesAsked = 5;

/**
 * @param ask asks one instance by `QueryToken`; undefined when there is no time left to ask
 */
export async function findIssuer(
  instances: readonly InstanceConfig[],
  ask: (instanceId: string) => Promise<GatewayOutcome<{ valid: boolean }>> | undefined,
): Promise<Search> {
  if (instances.length === 0) {
    return undecided('this token was not issued through this server, and the account has no instance to ask');
  }
  let failure: GatewayFailure | undefined;
  let asked = 0;
  for (const { id } of instances.slice(0, mostInstancesAsked)) {
    const outcome = await ask(id);
    if (outcome === undefined) break;
    asked += 1;
    if (outcome.class === 'ok' && outcome.value.valid) return { kind: 'found', instanceId: id };
    // A parameter code is how the gateway speaks of a token that it does not know (PROTOCOL section 2).
    if (outcome.class !== 'ok' && outcome.class !== 'rejected') failure ??= outcome;
  }
  if (failure !== undefined) return undecided(describeFailure(failure), failure);
  if (asked < instances.length) {
    return undecided(
      `this token was not issued through this server; ${asked} of ${instances.length} instances asked`,
    );
  }
  return { kind: 'unknown' };
}

function undecided(message: string, failure?: GatewayFailure): Search {
  return failure === undefined ? { kind: 'undecided', message } : { kind: 'undecided', message, failure };
}
