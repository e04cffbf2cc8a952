// `GET /api/split/preview`: what a weight would mean for the gateway's quotas, before anybody orders it.
import { answered, type Answer, type Question, type Route } from './route.ts';
import type { OperatorOrder, ProjectedUse, ProjectionSource, Scope, SplitRules } from './sources.ts';

export interface SplitPreviewSources {
  readonly projections: ProjectionSource;
  readonly splitRules: () => SplitRules;
  /** Whose calls are counted. */
  readonly dialScope: () => Scope;
}

const mostShown = 20;

export function splitPreviewRoute(sources: SplitPreviewSources): Route {
  return {
    method: 'GET',
    path: '/split/preview',
    changes: false,
    answer: (question) => preview(question, sources),
  };
}

function preview({ query }: Question, { projections, splitRules, dialScope }: SplitPreviewSources): Answer {
  const given = query.get('gatewayPercent') ?? '';
  const gatewayPercent = /^\d{1,3}(?:\.\d{1,2})?$/.test(given) ? Number(given) : Number.NaN;
  if (!(gatewayPercent <= 100)) {
    return {
      status: 400,
      message: 'gatewayPercent must be a number from 0 to 100 with at most two decimals',
    };
  }
  const account = query.get('account') ?? undefined;
  if (account !== undefined && !splitRules().accounts.some(({ name }) => name === account)) {
    return { status: 400, message: 'account must be the name of a configured account' };
  }
  const order: OperatorOrder =
    account === undefined ? { kind: 'weight', gatewayPercent } : { kind: 'account', account, gatewayPercent };
  const all = projections(order);
  const misfits = all.filter(isOver).slice(0, mostShown).map(rounded);
  return answered({
    gatewayPercent,
    account,
    misfits,
    warnings: warningsOf(all),
    projections: all.slice(0, mostShown).map(rounded),
    scope: dialScope(),
  });
}

/** `account shop: 140 apply calls/s, 90 fit`, one for each budget that would not do, the fullest first. */
export function warningsOf(projections: readonly ProjectedUse[]): string[] {
  return projections
    .filter(isOver)
    .slice(0, mostShown)
    .map(rounded)
    .map(({ scope, account = '', action, projected, limit }) => {
      const whose = scope === 'account' ? `account ${account}` : 'this address';
      return `${whose}: ${projected} ${action} calls/s are to be expected at the gateway, ${limit} fit`;
    });
}

function isOver({ projected, limit }: ProjectedUse): boolean {
  return projected > limit;
}

function rounded({ projected, limit, ...use }: ProjectedUse): ProjectedUse {
  const tenths = (rate: number): number => Math.round(rate * 10) / 10;
  return { ...use, projected: tenths(projected), limit: tenths(limit) };
}
