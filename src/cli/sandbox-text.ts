// What the sandbox says of itself once it runs: addresses, credentials, and commands that work when pasted.
import { sign } from '../legacy/signature.ts';
import type { Sandbox } from '../sandbox/world.ts';

/** What `--json` prints, in one line, once all is ready (SPEC section 2). */
export interface SandboxFacts {
  readonly proxy: string;
  readonly admin: string;
  readonly legacy: string;
  readonly gateway: string;
  readonly mqtt: string;
  readonly accessKey: string;
  readonly secret: string;
  readonly instanceId: string;
  readonly curl: string;
}

/** Life of the token that the printed `curl` asks for, ms. */
const curlLifetimeMs = 24 * 60 * 60 * 1000;

/** A call of an old client that works when pasted, signed for a day. */
export function curlFor(url: string, { accessKey, secret, instanceId }: Sandbox): string {
  const fields = {
    actions: 'R,W',
    expireTime: String(Date.now() + curlLifetimeMs),
    instanceId,
    resources: 'TopicA/+,TopicB/#',
    serviceName: 'mq',
  };
  const text = Object.entries(fields)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  const all = { ...fields, accessKey, proxyType: 'MQTT', signature: sign(secret, text) };
  const parts = Object.entries(all).map(([name, value]) => `--data-urlencode '${name}=${value}'`);
  return `curl -s ${url}/token/apply ${parts.join(' ')}`;
}

/** For people. @param load simulated calls a second, if any */
export function welcome(facts: SandboxFacts, load: number | undefined): string {
  const rows: [string, string][] = [
    ['proxy', facts.proxy],
    ['admin', `${facts.admin}/metrics`],
    ['old service', facts.legacy],
    ['gateway', facts.gateway],
    ['MQTT', facts.mqtt],
    ['access key', facts.accessKey],
    ['secret', facts.secret],
    ['instance', facts.instanceId],
  ];
  const table = rows.map(([name, value]) => `  ${name.padEnd(12)} ${value}`).join('\n');
  const loaded = load === undefined ? '' : `\n${load} simulated calls a second are running.\n`;
  return `The sandbox is running. Everything in it is emulated and lives on this machine only.\n\n${table}\n${loaded}
Ask for a token as an old client would:

  ${facts.curl}

Everything goes to the old service now. Move half of the keys to the gateway, watch the share follow, go back:

  node dist/main.js split --admin ${facts.admin} --gateway 50
  node dist/main.js split --admin ${facts.admin}
  node dist/main.js split --admin ${facts.admin} --gateway 0

Ctrl-C ends it.\n`;
}
