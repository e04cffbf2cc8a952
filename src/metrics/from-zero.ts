// Rare events are shown as 0 before the first of them: of a series that begins with its first event Prometheus sees no
// increase, so that an alert would miss it. What happens with every call needs no such beginning and is left out.
import type { SignatureAgreement } from '../legacy/agreement.ts';
import type { Operation } from '../legacy/operations.ts';
import type { registerInstruments } from './instruments.ts';
import { rolloutStateNames, shadowResultNames, type Backend } from './metrics.ts';

type Instruments = ReturnType<typeof registerInstruments>;

const actions = ['apply', 'query', 'revoke'] as const satisfies readonly Operation[];
const backends = ['legacy', 'gateway'] as const satisfies readonly Backend[];
const verdicts = [
  'agree',
  'proxy_rejects',
  'legacy_rejects',
] as const satisfies readonly SignatureAgreement[];

/** Those whose labels are known from the start. */
export function showRareEvents(instruments: Instruments): void {
  const { quotaRefusals, quotaHeldBack, lost, reloads, rolloutMoves, shadow } = instruments;
  for (const action of actions) {
    quotaRefusals.inc({ action }, 0);
    quotaHeldBack.inc({ action }, 0);
  }
  for (const backend of backends) lost.inc({ backend }, 0);
  for (const result of ['ok', 'refused']) reloads.inc({ result }, 0);
  for (const result of shadowResultNames) shadow.inc({ result }, 0);
  for (const state of rolloutStateNames) rolloutMoves.inc({ state }, 0);
}

/** Verdicts on signatures, once it is known which accounts there are. @param labels of accounts */
export function showVerdicts({ agreement }: Pick<Instruments, 'agreement'>, labels: Iterable<string>): void {
  for (const account of labels) {
    for (const verdict of verdicts) agreement.inc({ account, verdict }, 0);
  }
}
