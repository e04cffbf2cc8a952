// `check --live`: applies for, queries and revokes one token at the gateway for every account key and instance.
// Costs what it says beforehand, and never prints a token.
import type { Writable } from 'node:stream';
import { pino, type Logger } from 'pino';
import { createAccounts, type Caller, type GatewayFactory } from '../app/accounts.ts';
import type { CallOptions } from '../gateway/gateway.ts';
import { createGateways, type VendorFactory } from '../app/gateways.ts';
import type { Config } from '../config/config.ts';
import { createTransport } from '../gateway/transport.ts';
import { line } from './command.ts';
import { checkInstance, type InstanceCheck } from './live-steps.ts';
import { announcement, clockLine, stepLines, type LiveTarget } from './live-text.ts';
import { connectWithToken, mqttAddress } from './live-mqtt.ts';

export interface LiveCheckOptions {
  readonly config: Config;
  readonly out: Writable;
  /** Default: silent. Hears of credentials that cannot be fetched. */
  readonly log?: Logger;
  /** `host[:port]`, or a URL with `mqtt:` or `mqtts:`: connect there with each token. */
  readonly mqttHost?: string | undefined;
  /** As the broker wants it: `<group id>@@@<device id>` with the vendor's. */
  readonly mqttClientId?: string;
  /** Only this account. */
  readonly account?: string | undefined;
  /** Asked after the announcement; false ends the check before anything is called. Default: go on. */
  readonly confirm?: () => Promise<boolean>;
  readonly stop?: AbortSignal;
  /** ms since epoch. */
  readonly now?: () => number;
  /** Default: the real gateways of the configuration. */
  readonly makeGateway?: GatewayFactory<CallOptions>;
  /** Default: the vendor's real client. */
  readonly makeVendor?: VendorFactory;
  /** Resolves after this many ms. */
  readonly wait?: (ms: number) => Promise<void>;
}

/** Between two revocations, ms: the quota is 5/s for an account, whoever else calls (PROTOCOL section 2). */
const revokePaceMs = 250;
const defaultClientId = 'GID_token_proxy@@@check';

/** @returns whether every step of every target succeeded, and there was at least one */
export async function runLiveCheck(options: LiveCheckOptions): Promise<boolean> {
  const { config, out, now = Date.now, log = pino({ level: 'silent' }) } = options;
  const mqtt = options.mqttHost === undefined ? undefined : mqttAddress(options.mqttHost);
  if (mqtt === null) {
    line(out, '--mqtt must be HOST, HOST:PORT, mqtt://HOST[:PORT] or mqtts://HOST[:PORT]');
    return false;
  }
  let clockOffsetMs: number | undefined;
  const transport = createTransport();
  const gateways = createGateways(config, {
    transport,
    metrics: { backendCalled: () => undefined, clockOffset: (seconds) => (clockOffsetMs = seconds * 1000) },
    log,
    now,
  });
  const accounts = createAccounts(config, options.makeGateway ?? gateways.make);
  try {
    const targets = await agreedTargets(accounts.callers, mqtt, options);
    if (targets.length === 0) return false;
    const allWell = await checkAll(targets, mqtt, options.makeVendor ?? gateways.vendor, options);
    line(out, clockLine(clockOffsetMs));
    line(out, allWell ? 'All well.' : 'There are problems: see above.');
    return allWell;
  } finally {
    await accounts.close();
    await transport.close();
  }
}

/** Says what will be done; empty where there is nothing to do or the person does not want it. */
async function agreedTargets(
  known: readonly Caller<CallOptions>[],
  mqtt: string | undefined,
  { account, out, confirm }: LiveCheckOptions,
): Promise<readonly LiveTarget[]> {
  const callers = known.filter((caller) => account === undefined || caller.account.name === account);
  if (callers.length === 0) {
    const which = account === undefined ? 'no account' : `no account ${JSON.stringify(account)}`;
    line(out, `${which} is configured`);
    return [];
  }
  const targets = targetsOf(callers);
  for (const text of announcement(callers, targets, mqtt)) line(out, text);
  if (targets.length === 0 || confirm === undefined || (await confirm())) return targets;
  line(out, 'Nothing was called.');
  return [];
}

async function checkAll(
  targets: readonly LiveTarget[],
  mqtt: string | undefined,
  makeVendor: VendorFactory,
  options: LiveCheckOptions,
): Promise<boolean> {
  const { config, out, stop, now = Date.now, mqttClientId: clientId = defaultClientId } = options;
  const beforeRevoke = pacer(options.wait ?? pause);
  let failures = 0;
  const report: InstanceCheck['report'] = (entry) => {
    if ('ok' in entry && !entry.ok) failures += 1;
    for (const text of stepLines(entry)) line(out, text);
  };
  for (const { caller, instanceId, regionId } of targets) {
    if (stop?.aborted === true) {
      line(out, 'Interrupted: the rest was not checked.');
      return false;
    }
    line(out, `${caller.account.name}, key ${caller.accessKey}, instance ${instanceId}`);
    const gateway = caller.gatewayOf(instanceId);
    const { timeoutMs } = config.backends.gateway;
    const username = `Token|${caller.accessKey}|${instanceId}`;
    const connect = (url: string) => (token: string) => connectWithToken({ url, clientId, username, token });
    const secondOpinion = makeVendor(caller.account, caller.accessKey, regionId);
    const check = { gateway, instanceId, timeoutMs, now, beforeRevoke, report, secondOpinion, stop };
    await checkInstance(mqtt === undefined ? check : { ...check, connect: connect(mqtt) });
  }
  return failures === 0;
}

/** Every key where the gateway is called with the caller's own; else the account's credentials once. */
function targetsOf(callers: readonly Caller<CallOptions>[]): readonly LiveTarget[] {
  const seen = new Set<string>();
  return callers.flatMap((caller) => {
    const { name, gateway, instances } = caller.account;
    const isFirst = !seen.has(name);
    seen.add(name);
    if (gateway.credentials.type !== 'caller' && !isFirst) return [];
    return instances.map(({ id, regionId }) => ({ caller, instanceId: id, regionId }));
  });
}

/** Lets the first through at once, and each further one no sooner than the pace allows. */
function pacer(wait: (ms: number) => Promise<void>): () => Promise<void> {
  let isFirst = true;
  return async () => {
    if (!isFirst) await wait(revokePaceMs);
    isFirst = false;
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
