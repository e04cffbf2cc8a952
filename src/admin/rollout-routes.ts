// `/api/rollout`: how the rollout stands, and what operators order of it.
import { reasonMistakes, reasonOf, unknownKeys } from './order-fields.ts';
import { rolloutBody } from './rollout-body.ts';
import { answered, type Answer, type Question, type Route } from './route.ts';
import { rolloutOrders, type RolloutOrderName, type RolloutSource } from './rollout-sources.ts';
import type { Scope } from './sources.ts';

export interface RolloutRoutesSources {
  readonly rollout: RolloutSource;
  /** Whether the rollout is shared. */
  readonly scope: () => Scope;
  /** An order that could not be kept, for the log. */
  readonly onStoreFailure: (error: unknown) => void;
}

export function rolloutRoutes(sources: RolloutRoutesSources): readonly Route[] {
  const { rollout, scope } = sources;
  return [
    {
      method: 'GET',
      path: '/rollout',
      changes: false,
      answer: () => answered(rolloutBody(rollout.view(), scope())),
    },
    ...rolloutOrders.map((order): Route => ({
      method: 'POST',
      path: `/rollout/${order}`,
      changes: true,
      answer: (question) => carryOut(order, question, sources),
    })),
  ];
}

async function carryOut(
  order: RolloutOrderName,
  { body, visitor }: Question,
  { rollout, scope, onStoreFailure }: RolloutRoutesSources,
): Promise<Answer> {
  const { reason, force = false } = body;
  const mistakes = [
    ...unknownKeys(body, ['reason', 'force']),
    ...reasonMistakes(reason),
    ...(typeof force === 'boolean' ? [] : ['force must be true or false']),
  ];
  if (mistakes.length > 0) return { status: 400, message: mistakes.join('; ') };
  try {
    const done = await rollout.order({ order, by: visitor.name, force: force === true, ...reasonOf(reason) });
    return done.kind === 'done'
      ? answered(rolloutBody(done.view, scope()))
      : { status: 409, message: done.why };
  } catch (error) {
    onStoreFailure(error);
    return unkept;
  }
}

const unkept: Answer = {
  status: 503,
  message: 'the store did not confirm the order: see /api/rollout before you repeat it',
};
