// A fuzzer of the running server over raw sockets: many rude clients send what mutation makes of valid requests, while
// honest ones want their answers. Afterwards it says everything that should not have happened.
import { connect, type Socket } from 'node:net';
import { applyFields, callOld } from '../kit/old-clients.ts';
import type { ProxiedWorld } from '../kit/proxied-world.ts';
import { sendRaw } from '../kit/raw-http.ts';
import { eventually, handles, statusesIn } from '../kit/rude-client.ts';
import { corpusFor, type Corpus } from './corpus.ts';
import { mutated } from './mutations.ts';
import { oneOf, seededRandom, upTo, type Random } from './seeds.ts';

export interface FuzzReport {
  /** What should not have happened, each with what led there as far as that is known; empty is good. */
  readonly findings: readonly string[];
  readonly rudeRequests: number;
  readonly honestCalls: number;
  /** Answers to rude clients, by status. */
  readonly statuses: Readonly<Record<string, number>>;
}

export interface FuzzOptions {
  readonly seed: number;
  readonly milliseconds: number;
  readonly rudeClients?: number;
  readonly honestClients?: number;
}

/** Statuses that no request is worth. */
const unworthy = new Set([500, 502, 503, 504]);
/** As long as a rude client waits for an answer at most, ms: some leave at once, some stay to see. */
const patiencesMs = [0, 0, 50, 500, 2_500, 2_500] as const;
/** After that it closes, whatever the server does, ms. */
const leavingMs = 300;

/** The configuration that a fuzzed proxy needs: both backends in use, and no limit that honest clients run into. */
export function fuzzedConfig(legacyUrl: string, gatewayEndpoint: string) {
  const plenty = { apply: 1e6, query: 1e6, revoke: 1e6 };
  return {
    backends: {
      legacy: { url: legacyUrl, timeout: '15s' },
      gateway: { endpoint: gatewayEndpoint, protocol: 'http', timeout: '15s' },
    },
    split: { gatewayPercent: 50, key: ['request'] },
    limits: { perAccount: plenty, perAddress: plenty },
    // Slow machines answer late; the fuzzer judges whether they answer.
    deadline: '20s',
  };
}

export const fuzzedSandbox = {
  limits: { gateway: { perAccount: null, perAddress: null }, legacy: { apply: null, query: null } },
} as const;

/** Fuzzes a proxy for a while; resolves when all clients have gone and everything has been looked at. */
export async function fuzz(world: ProxiedWorld, options: FuzzOptions): Promise<FuzzReport> {
  const { seed, milliseconds, rudeClients = 40, honestClients = 3 } = options;
  const run = await FuzzRun.of(world, honestClients);
  const endAt = performance.now() + milliseconds;
  const many = (count: number, live: (random: Random, index: number) => Promise<void>) =>
    Array.from({ length: count }, async (_, index) => {
      const random = seededRandom(seed * 1_000 + index);
      while (performance.now() < endAt) await live(random, index);
    });
  const warn = ({ name, message }: Error) => {
    if (!message.includes('AbortSignal')) run.find(`${name}: ${message}`);
  };
  process.on('warning', warn);
  await Promise.all([
    ...many(rudeClients, (random) => run.beRude(random)),
    ...many(honestClients, (random, index) => run.beHonest(random, index)),
  ]);
  await run.lookAround();
  process.off('warning', warn);
  return run.report();
}

/** Open sockets of this process but for the connections that the proxy keeps to its backends. */
function socketsHeld({ sandbox: { legacy, gateway } }: ProxiedWorld): number {
  return handles().sockets - legacy.stats().connections.open - gateway.stats().connections.open;
}

class FuzzRun {
  readonly #world: ProxiedWorld;
  readonly #corpus: Corpus;
  /** What no log may show. */
  readonly #planted: Set<string>;
  readonly #findings: string[] = [];
  readonly #statuses: Record<string, number> = {};
  /** Sockets that may stay: those from before, and some idle connections of the honest clients. */
  readonly #mayHold: number;
  #rude = 0;
  #honest = 0;

  static async of(world: ProxiedWorld, honestClients: number): Promise<FuzzRun> {
    await world.metrics();
    return new FuzzRun(world, honestClients);
  }

  private constructor(world: ProxiedWorld, honestClients: number) {
    this.#world = world;
    this.#corpus = corpusFor(world);
    this.#planted = new Set(this.#corpus.planted);
    this.#mayHold = socketsHeld(world) + 4 * honestClients;
  }

  find(finding: string): void {
    if (this.#findings.length < 20) this.#findings.push(finding);
  }

  report(): FuzzReport {
    const { length } = this.#findings;
    const findings = length < 20 ? this.#findings : [...this.#findings, 'and perhaps more'];
    return { findings, rudeRequests: this.#rude, honestCalls: this.#honest, statuses: this.#statuses };
  }

  /** One connection: mutated bytes in some pieces, some patience, and away. */
  async beRude(random: Random): Promise<void> {
    const { calls, orders } = this.#corpus;
    const [address, requests] = random() < 0.9 ? [this.#world.url, calls] : [this.#world.admin, orders];
    const bytes = mutated(oneOf(random, requests), random, random() < 0.9 ? requests : calls);
    this.#rude += 1;
    const { hostname, port } = new URL(address);
    const socket = connect(Number(port), hostname);
    let text = '';
    let heard = (): void => undefined;
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      heard();
    });
    const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined);
    await this.#write(socket, bytes, random);
    const answered = new Promise<void>((resolve) => (heard = resolve));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, oneOf(random, patiencesMs))));
    await Promise.race([gone, answered, late]);
    clearTimeout(timer);
    if (random() < 0.5) socket.destroy();
    else if (random() < 0.7) socket.resetAndDestroy();
    else socket.end();
    const timeUp = setTimeout(() => socket.destroy(), leavingMs);
    await gone;
    clearTimeout(timeUp);
    this.#judgeAnswer(text, bytes);
  }

  /** One life of a token, or a look at another path, with an eye on every answer. */
  async beHonest(random: Random, index: number): Promise<void> {
    this.#honest += 1;
    const { url, instanceId, sandbox } = this.#world;
    const topic = `honest/${index}/${this.#honest}`;
    try {
      const actions = oneOf(random, ['R', 'W', 'R,W']);
      const { tokenData: token = '' } = await this.#call('/token/apply', 200, {
        ...applyFields(instanceId),
        actions,
        resources: topic,
      });
      this.#planted.add(token).add(encodeURIComponent(token));
      const issued = sandbox.book.find(token);
      if (issued?.resources.join() !== topic || issued.actions !== actions) {
        this.find(
          `an honest client got a token for ${issued?.resources.join() ?? 'nothing'} instead of ${topic}`,
        );
      }
      await this.#call('/token/query', 200, { token });
      if (random() < 0.3) {
        await this.#call('/token/revoke', 200, { token });
        await this.#call('/token/query', 3, { token });
      }
      const page = await fetch(`${url}/`);
      if (page.status !== 200 || !(await page.text()).includes('emulated')) {
        this.find(`an honest client got ${page.status} for another path`);
      }
    } catch (error) {
      this.find(`an honest client got no answer: ${String(error)}`);
    }
  }

  /** What must hold when all have gone. */
  async lookAround(): Promise<void> {
    const { admin, url, logged, metric } = this.#world;
    // What clients sent before they left may still wait in the kernel, but not behind a newer connection.
    await sendRaw(url, 'GET /-/ready HTTP/1.1\r\nConnection: close\r\n\r\n');
    const quiet = async () =>
      socketsHeld(this.#world) <= this.#mayHold && (await metric('token_proxy_inflight_requests')) === 0;
    await eventually('all is quiet', quiet, 60_000).catch(async () => {
      const inflight = await metric('token_proxy_inflight_requests');
      this.find(
        `${socketsHeld(this.#world)} sockets, not ${this.#mayHold}, are open, ${inflight} calls in flight`,
      );
    });
    for (const healthy of [`${admin}/healthz`, `${admin}/readyz`, `${url}/-/ready`]) {
      const { status } = await fetch(healthy);
      if (status !== 200) this.find(`${healthy} says ${status}`);
    }
    let uncounted: string[] = [];
    await eventually(
      'every call is counted',
      async () => {
        uncounted = await this.#uncounted();
        return uncounted.length === 0;
      },
      5_000,
    ).catch(() => uncounted.forEach((finding) => this.find(finding)));
    const log = logged();
    const defect = /.*internal error.*/.exec(log)?.[0];
    if (defect !== undefined) this.find(defect);
    for (const value of this.#planted) {
      const at = log.indexOf(value);
      if (at >= 0) this.find(`the log shows ${value}: ${log.slice(Math.max(0, at - 300), at + 300)}`);
    }
  }

  async #call(path: string, code: number, fields: Record<string, string>) {
    const { body } = await callOld(this.#world.url, path, fields, this.#world);
    if (body.code !== code) this.find(`an honest ${path} got ${JSON.stringify(body)}`);
    return body;
  }

  async #write(socket: Socket, bytes: Buffer, random: Random): Promise<void> {
    let at = 0;
    for (let pieces = upTo(random, 4); pieces > 0; pieces -= 1) {
      const end = at + upTo(random, bytes.length - at + 1);
      if (socket.writable) socket.write(bytes.subarray(at, end));
      at = end;
      await new Promise((resolve) => setTimeout(resolve, upTo(random, 3)));
    }
    if (socket.writable) socket.write(bytes.subarray(at));
  }

  #judgeAnswer(text: string, bytes: Buffer): void {
    const sent = () => JSON.stringify(bytes.subarray(0, 2_000).toString('latin1'));
    if (text !== '' && !'HTTP/1.1 '.startsWith(text.slice(0, 9))) this.find(`no HTTP for ${sent()}: ${text}`);
    for (const status of statusesIn(text)) {
      this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
      if (unworthy.has(status)) this.find(`${status} for ${sent()}`);
    }
    const token = /"tokenData":"([^"]+)"/.exec(text)?.[1];
    if (token !== undefined && this.#planted.size < 20_000) this.#planted.add(token);
  }

  /** Where a backend saw more calls than were counted. It may see fewer: some are given up before they are sent. */
  async #uncounted(): Promise<string[]> {
    const { sandbox, metrics } = this.#world;
    const seen = { legacy: sandbox.legacy.stats().byAction, gateway: sandbox.gateway.stats().byAction };
    const counted: Record<string, number> = {};
    const series = /^token_proxy_backend_calls_total\{backend="(\w+)",action="(\w+)",outcome="\w+"\} (\d+)/gm;
    for (const [, backend = '', action = '', value] of (await metrics()).matchAll(series)) {
      counted[`${backend} ${action}`] = (counted[`${backend} ${action}`] ?? 0) + Number(value);
    }
    const names = { apply: 'ApplyToken', revoke: 'RevokeToken', query: 'QueryToken' } as const;
    return (['apply', 'revoke', 'query'] as const).flatMap((action) =>
      (['legacy', 'gateway'] as const).flatMap((backend) => {
        const calls = seen[backend][backend === 'legacy' ? action : names[action]] ?? 0;
        const count = counted[`${backend} ${action}`] ?? 0;
        return calls > count ? [`${backend} saw ${calls} calls of ${action}, ${count} were counted`] : [];
      }),
    );
  }
}
