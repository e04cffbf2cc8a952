// What the split sticks a call together by, from the request as it came: also what is malformed must land somewhere,
// and always at the same place.
import type { AccountConfig } from '../config/config.ts';
import { single, type Parameters } from '../legacy/parameters.ts';
import type { KeyFacts } from '../split/choose.ts';
import { inOrder } from '../translate/to-gateway.ts';

/** The instance that a request names, or the account's first. */
export function namedInstance(parameters: Parameters, account: AccountConfig): string | undefined {
  return single(parameters, 'instanceId') ?? account.instances[0]?.id;
}

/**
 * @param topics of the parameters, as `topicsOf` gives them
 * @param request different with each call; not the request id, since clients may send one, and always the same
 */
export function keyFacts(
  { parameters, topics }: { readonly parameters: Parameters; readonly topics: readonly string[] },
  account: AccountConfig,
  { clientAddress, request }: Pick<KeyFacts, 'clientAddress' | 'request'>,
): KeyFacts {
  return {
    account: account.name,
    instanceId: namedInstance(parameters, account) ?? '',
    resources: inOrder(topics).join(','),
    clientAddress,
    request,
  };
}
