// The simulated devices behind the load and what each of them calls next. It builds requests; sending is load.ts.
import { signDocumented } from './legacy-signature.ts';

export type LoadRoute = 'apply' | 'query' | 'revoke';

/** One call, signed and ready to be posted as a form. */
export interface FleetCall {
  readonly route: LoadRoute;
  readonly body: string;
  /** Told the token of a successful apply. */
  readonly received: (token: string | undefined) => void;
}

export interface FleetOptions {
  readonly accessKey: string;
  readonly secret: string;
  readonly instanceId: string;
  readonly devices: number;
  readonly clock: () => number;
  readonly random: () => number;
}

interface Device {
  readonly actions: string;
  readonly resources: string;
  token: string | undefined;
}

const lifetimeMs = 3_600_000;
// The old service allowed one a minute, the new gateway five a second for everybody: the load stays far below.
const revokeEveryMs = 2_000;
const queryShare = 0.15;
const revokeShare = 0.02;
const actionsInTurn = ['R,W', 'R', 'W'] as const;

/** @returns a function that gives the next call of some device: mostly apply, some query, a few revokes */
export function createFleet(options: FleetOptions): () => FleetCall {
  const { clock, random, accessKey, secret, instanceId } = options;
  const fleet = Array.from({ length: options.devices }, (_, index): Device => {
    const base = `load/device-${index}`;
    return {
      actions: actionsInTurn[index % 3] ?? 'R',
      resources: `${base}/down,${base}/up`,
      token: undefined,
    };
  });
  let lastRevokeMs = clock();

  function call(
    route: LoadRoute,
    fields: Record<string, string>,
    received: FleetCall['received'],
  ): FleetCall {
    const form = { ...fields, accessKey, signature: signDocumented(route, fields, secret) };
    return { route, body: new URLSearchParams(form).toString(), received };
  }

  return () => {
    const device = fleet[Math.floor(random() * fleet.length)] ?? fleet[0];
    if (device === undefined) throw new RangeError('a load needs at least one device');
    const { token, actions, resources } = device;
    const dice = random();
    const nowMs = clock();
    if (token !== undefined && dice < revokeShare && nowMs - lastRevokeMs >= revokeEveryMs) {
      lastRevokeMs = nowMs;
      device.token = undefined;
      return call('revoke', { token }, () => undefined);
    }
    if (token !== undefined && dice < queryShare) return call('query', { token }, () => undefined);
    const expireTime = String(nowMs + lifetimeMs);
    const fields = { actions, resources, expireTime, instanceId, proxyType: 'MQTT', serviceName: 'mq' };
    return call('apply', fields, (issued) => {
      device.token = issued ?? device.token;
    });
  };
}
