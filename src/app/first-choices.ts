// What first choices of the split came to, told to whoever judges the gateway by them: before a fallback hides it.
// Only calls that the weight, or an override, gave to a backend: the others say nothing of moving the weight.
import { isMistranslation } from '../gateway/codes.ts';
import type { Rollout } from '../rollout/rollout.ts';
import type { JudgedClass } from '../rollout/outcome.ts';
import type { Choice } from '../split/choose.ts';
import type { GatewayServed } from './gateway-leg.ts';
import type { LegacyTry } from './legacy-leg.ts';
import type { OldServiceWatch } from './old-service-watch.ts';

export interface FirstChoices {
  gateway(reason: Choice['reason'], served: GatewayServed): void;
  /** @param isGenuine whether somebody we know made the call: what strangers send may be what makes it fail */
  legacy(reason: Choice['reason'], tried: LegacyTry, call: { isGenuine: boolean; url: string }): void;
}

export function createFirstChoices(
  rollout: Pick<Rollout, 'outcome'>,
  watch: Pick<OldServiceWatch, 'answered'>,
): FirstChoices {
  return {
    gateway(reason, served) {
      const outcome = isWeighed(reason) ? judgedClass(served) : undefined;
      if (outcome !== undefined) rollout.outcome('gateway', outcome);
    },
    legacy(reason, tried, { isGenuine, url }) {
      const { outcome } = tried;
      if (outcome !== 'fault') watch.answered(url);
      if (isWeighed(reason) && isGenuine && wasTried(tried)) rollout.outcome('legacy', outcome);
    },
  };
}

function isWeighed(reason: Choice['reason']): boolean {
  return reason === 'weight' || reason === 'override';
}

/** Asked, or not asked because it fails; not where only the time was lacking. */
function wasTried({ asked, retryAfterMs }: LegacyTry): boolean {
  return asked || retryAfterMs !== undefined;
}

/** Undefined where the gateway was not asked for this call, and would have been, had the client or a token allowed it. */
function judgedClass({ outcome, failure, reused }: GatewayServed): JudgedClass | undefined {
  if (reused !== undefined) return undefined;
  switch (failure?.cause) {
    case undefined:
      return outcome;
    case 'aborted':
      return undefined;
    case 'circuit':
      return 'fault';
    case 'quota':
      return 'throttled';
    case 'answered':
      return isMistranslation(failure.code) ? 'mistranslated' : outcome;
    case 'timeout':
      // Of a client that took its time to send the request.
      return failure.inHaste === true ? undefined : outcome;
    case 'unreadable':
    case 'unconnected':
    case 'broken':
    case 'credentials':
      return outcome;
  }
}
