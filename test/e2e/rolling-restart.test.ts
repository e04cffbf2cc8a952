// A rolling restart as operators do it: two real processes behind a real HAProxy, each in turn ended by SIGTERM and
// started again under load. Not one call may fail; no client here tries anything twice.
import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox, type Sandbox } from '../../src/sandbox/world.ts';
import { haproxyIsInstalled, startHaproxy, type Balancer } from '../kit/haproxy.ts';
import { applyFields } from '../kit/old-clients.ts';
import { fixedPort } from '../kit/ports.ts';
import type { ConfigDocument } from '../kit/proxied-world.ts';
import { patient, serveDocument, startServe, type ServeProcess } from '../kit/serve-process.ts';
import { postOld, startSteadyLoad, type SteadyLoad } from '../kit/steady-load.ts';

const callsPerSecond = 200;
const installed = haproxyIsInstalled();
const suite = installed || process.env['CI'] !== undefined ? describe : describe.skip;

suite(`a rolling restart behind HAProxy${installed ? '' : ' (haproxy is not installed)'}`, () => {
  interface Replica {
    readonly name: string;
    readonly port: number;
    readonly document: ConfigDocument;
    process: ServeProcess;
  }

  const agent = new Agent({ keepAlive: true });
  const cleanUps: (() => Promise<void>)[] = [];
  let sandbox: Sandbox;
  let directory: string;
  let balancer: Balancer;
  let replicas: Replica[];
  let load: SteadyLoad;

  beforeEach(async () => {
    assert.ok(installed, 'haproxy must be installed where CI is set');
    const unlimited = {
      gateway: { perAccount: null, perAddress: null },
      legacy: { apply: null, query: null },
    };
    sandbox = await startSandbox({ limits: unlimited });
    cleanUps.push(() => sandbox.close());
    directory = await mkdtemp(join(tmpdir(), 'token-proxy-rolling-'));
    cleanUps.push(() => rm(directory, { recursive: true }));
  });
  afterEach(async () => {
    agent.destroy();
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  const begin = async (store: ConfigDocument): Promise<void> => {
    const start = async (name: string): Promise<Replica> => {
      const port = await fixedPort();
      const document = serveDocument(sandbox, {
        listen: { host: '127.0.0.1', port },
        split: { gatewayPercent: 50 },
        ...patient(sandbox),
        limits: {
          perAccount: { apply: 1_000, query: 1_000 },
          perAddress: { apply: 1_000, query: 1_000 },
        },
        drain: { delay: '4s' },
        store,
      });
      const replica = { name, port, document, process: await startServe(document) };
      cleanUps.push(() => replica.process.end());
      return replica;
    };
    replicas = [await start('first'), await start('second')];
    balancer = await startHaproxy(replicas);
    cleanUps.push(() => balancer.stop());
    for (const { name } of replicas) await balancer.sees(name, 'UP');
    const tokens = new Map<number, string>();
    load = startSteadyLoad(callsPerSecond, async (count) => {
      const device = count % 100;
      const token = tokens.get(device);
      const isQuery = token !== undefined && count % 3 === 0;
      const fields = isQuery ? { token } : applyFields(sandbox.instanceId, { resources: `device/${device}` });
      const path = isQuery ? '/token/query' : '/token/apply';
      const { code, message, tokenData } = await postOld(balancer.url, path, fields, sandbox, { agent });
      assert.equal(code, 200, `${path}: ${code} ${message}`);
      if (tokenData !== undefined) tokens.set(device, tokenData);
    });
    cleanUps.push(() => load.stop());
  };

  const restart = async (replica: Replica): Promise<void> => {
    const { program } = replica.process;
    program.child.kill('SIGTERM');
    assert.equal(await program.ended, 0);
    await balancer.sees(replica.name, 'DOWN');
    await replica.process.end();
    replica.process = await startServe(replica.document);
    await balancer.sees(replica.name, 'UP');
  };
  const calls = async (more: number): Promise<void> => {
    const enough = load.ended() + more;
    while (load.ended() < enough) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  const stores: [string, () => ConfigDocument][] = [
    ['that share an lmdb directory', () => ({ type: 'lmdb', path: join(directory, 'data') })],
    ['that remember nothing', () => ({ type: 'memory' })],
  ];
  for (const [which, store] of stores) {
    it(`loses no call of ${callsPerSecond} a second over replicas ${which}`, async () => {
      await begin(store());
      await calls(200);
      for (const replica of replicas) {
        const { requests } = await balancer.state(replica.name);
        await restart(replica);
        await calls(200);
        assert.ok((await balancer.state(replica.name)).requests > requests, 'it is called again');
      }
      await load.stop();
      assert.deepEqual(
        load.failures.map(({ message }) => message),
        [],
      );
    }).timeout(180_000);
  }
});
