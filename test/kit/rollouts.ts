// What tests of the rollout share: the admin API of a proxy as an operator uses it.
import { eventually } from '../store/kit.ts';

export interface RolloutAnswer {
  readonly state: string;
  readonly cause?: string;
  readonly step: number | null;
  readonly gatewayPercent: number | null;
  readonly reason: string;
  readonly by: string;
  readonly drives: boolean;
  readonly scope: string;
  readonly evidence: {
    readonly gateway: { readonly calls: number; readonly faults: number };
    readonly legacy: { readonly calls: number };
    readonly verdict: string;
    readonly faultsInARow: number;
  };
}

export interface HistoryEntry {
  readonly when: string;
  readonly who: string;
  readonly why: string | null;
  readonly what: string;
  readonly from: number | null;
  readonly to: number | null;
  readonly state?: string;
  readonly step?: number;
  readonly evidence?: RolloutAnswer['evidence'];
}

export interface RolloutOperator {
  rollout(): Promise<RolloutAnswer>;
  /** @returns the HTTP status and the message of a refusal */
  order(name: string, body?: object): Promise<{ status: number; message: string | undefined }>;
  /** Resolves once the rollout is in a state. */
  comesTo(state: string, more?: (answer: RolloutAnswer) => boolean): Promise<RolloutAnswer>;
  weight(): Promise<number>;
  history(): Promise<HistoryEntry[]>;
}

/** @param admin base address of an admin listener without tokens */
export function operatorAt(admin: string): RolloutOperator {
  const get = async (path: string): Promise<unknown> => (await fetch(admin + path)).json();
  const rollout = async () => (await get('/api/rollout')) as RolloutAnswer;
  return {
    rollout,
    order: async (name, body) => {
      const answer = await fetch(`${admin}/api/rollout/${name}`, {
        method: 'POST',
        ...(body !== undefined && {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      });
      const { error } = (await answer.json()) as { error?: { message: string } };
      return { status: answer.status, message: error?.message };
    },
    comesTo: async (state, more = () => true) => {
      let answer = await rollout();
      await eventually(async () => {
        answer = await rollout();
        return answer.state === state && more(answer);
      });
      return answer;
    },
    weight: async () => ((await get('/api/split')) as { gatewayPercent: number }).gatewayPercent,
    history: async () => (await get('/api/history')) as HistoryEntry[],
  };
}
