// Which cells a call counts in: one look-up finds all that count the same event, so that a label value is looked at once
// for every event and not once for every instrument.
import type { OutcomeClass } from '../gateway/gateway.ts';
import type { LegacyCode } from '../legacy/call.ts';
import type { Operation } from '../legacy/operations.ts';
import type { CounterCell, DurationCell } from './counted.ts';
import type { registerInstruments } from './instruments.ts';
import { LabelTree } from './label-tree.ts';
import type { Backend, DecisionReason } from './metrics.ts';

type Instruments = Pick<
  ReturnType<typeof registerInstruments>,
  | 'requests'
  | 'answers'
  | 'requestDuration'
  | 'decisions'
  | 'backendCalls'
  | 'backendDuration'
  | 'quotaWait'
  | 'reused'
>;

export interface AnswerCells {
  readonly requests: CounterCell;
  readonly answers: CounterCell;
  readonly duration: DurationCell;
}

export interface BackendCallCells {
  readonly calls: CounterCell;
  readonly duration: DurationCell;
}

export function callCells(on: Instruments) {
  const answers = new LabelTree<AnswerCells>();
  const requestDurations = new LabelTree<DurationCell>();
  const backendCalls = new LabelTree<BackendCallCells>();
  const backendDurations = new LabelTree<DurationCell>();
  const decisions = new LabelTree<CounterCell>();
  const quotaWaits = new LabelTree<DurationCell>();
  const reuses = new LabelTree<CounterCell>();
  return {
    /** @param account its label */
    answer(
      account: string,
      route: Operation,
      backend: Backend | 'none',
      outcome: OutcomeClass,
      code: LegacyCode | 'unreadable',
    ): AnswerCells {
      const place = answers.at(account).at(route).at(backend).at(outcome).at(code);
      return (place.leaf ??= {
        requests: on.requests.cell({ route, backend, account, outcome }),
        answers: on.answers.cell({ route, code }),
        duration: (requestDurations.at(route).at(backend).leaf ??= on.requestDuration.cell({
          route,
          backend,
        })),
      });
    },
    backendCall(backend: Backend, action: Operation, outcome: OutcomeClass): BackendCallCells {
      const place = backendCalls.at(backend).at(action).at(outcome);
      return (place.leaf ??= {
        calls: on.backendCalls.cell({ backend, action, outcome }),
        duration: (backendDurations.at(backend).at(action).leaf ??= on.backendDuration.cell({
          backend,
          action,
        })),
      });
    },
    decision(backend: Backend, reason: DecisionReason): CounterCell {
      return (decisions.at(backend).at(reason).leaf ??= on.decisions.cell({ backend, reason }));
    },
    reused(how: 'live' | 'shared'): CounterCell {
      return (reuses.at(how).leaf ??= on.reused.cell({ how }));
    },
    quotaWait(action: Operation): DurationCell {
      return (quotaWaits.at(action).leaf ??= on.quotaWait.cell({ action }));
    },
  };
}
