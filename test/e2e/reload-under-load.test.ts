// SIGHUP to the real program while it is being called: no call is lost, a key stays where it is, and what the new file
// says holds for the next call. Certificates are followed without even that.
import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { defaultAccount } from '../../src/sandbox/accounts.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/world.ts';
import { makeIdentity } from '../legacy/forward-kit.ts';
import { applyFields } from '../kit/old-clients.ts';
import type { ConfigDocument } from '../kit/proxied-world.ts';
import { patient, serveDocument, startServe, type ServeProcess } from '../kit/serve-process.ts';
import { postOld, startSteadyLoad, type SteadyLoad } from '../kit/steady-load.ts';

const devices = 60;
const latecomer = {
  name: 'latecomer',
  keys: [{ accessKey: 'LTAILATECOMER', secret: 'latecomerSecret0123456789abcdef' }],
  instances: ['post-cn-latecomer'],
} as const;
const [latecomersKey] = latecomer.keys;

describe('a reload under load', () => {
  const agent = new Agent({ keepAlive: true });
  const cleanUps: (() => Promise<void>)[] = [];
  let sandbox: Sandbox;
  let proxy: ServeProcess;
  let load: SteadyLoad;
  const start = async (document: ConfigDocument) => {
    proxy = await startServe(document);
    cleanUps.push(() => proxy.end());
  };
  beforeEach(async () => {
    sandbox = await startSandbox({ accounts: [defaultAccount, latecomer] });
    cleanUps.push(() => sandbox.close());
  });
  afterEach(async () => {
    agent.destroy();
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  /** Calls for one device after the other; as long as a watch lasts, each must stay where it was. */
  const callDevices = () => {
    let watch: Map<number, string> | undefined;
    load = startSteadyLoad(80, async (count) => {
      const device = count % devices;
      const begunIn = watch;
      const fields = applyFields(sandbox.instanceId, { resources: `device/${device}` });
      const { code, message, headers } = await postOld(proxy.url, '/token/apply', fields, sandbox, { agent });
      assert.equal(code, 200, message);
      if (watch === undefined || watch !== begunIn) return;
      const backend = String(headers['x-token-proxy-backend']);
      assert.equal(backend, watch.get(device) ?? backend, `who serves device ${device}`);
      watch.set(device, backend);
    });
    cleanUps.push(() => load.stop());
    return {
      /** Begins a watch; resolves, once it has seen all, with who serves each device. */
      watch: async (): Promise<ReadonlyMap<number, string>> => {
        const begun = (watch = new Map<number, string>());
        while (begun.size < devices && load.failures.length === 0) await soon();
        return begun;
      },
      endWatch: () => (watch = undefined),
    };
  };
  const atGateway = (servedBy: ReadonlyMap<number, string>) =>
    [...servedBy].filter(([, backend]) => backend === 'gateway').map(([device]) => device);

  it('loses no call, moves no key at the same weight, and only from old to new at a higher one', async () => {
    const document = (gatewayPercent: number, more: ConfigDocument = {}) =>
      serveDocument(sandbox, {
        ...patient(sandbox),
        split: { gatewayPercent, fallback: { on: [] } },
        ...more,
      });
    const withTimeout = (ms: number) => ({
      legacy: { url: sandbox.legacy.url, timeout: `${ms}ms` },
      gateway: { endpoint: sandbox.gateway.endpoint, protocol: 'http', timeout: `${ms}ms` },
    });
    const accounts = [...(document(0)['accounts'] as object[]), latecomer];
    const { accessKey, secret } = latecomersKey;
    const applyLate = () =>
      postOld(proxy.url, '/token/apply', applyFields(latecomer.instances[0]), { accessKey, secret });
    const applied = async () => (await applyLate()).headers['x-token-proxy-backend'];

    await start(document(30));
    const { watch, endWatch } = callDevices();
    const before = await watch();
    assert.ok(atGateway(before).length > 0 && atGateway(before).length < devices);
    for (let again = 0; again < 5; again += 1) {
      await proxy.reload(
        document(30, { accounts, backends: withTimeout(20_001 + again), deadline: `${25_001 + again}ms` }),
      );
    }
    const watched = load.ended() + 2 * devices;
    while (load.ended() < watched) await soon();
    endWatch();

    await proxy.reload(document(70, { accounts }));
    const raised = atGateway(await watch());
    endWatch();
    assert.ok(raised.length > atGateway(before).length);
    assert.deepEqual(
      atGateway(before).filter((device) => !raised.includes(device)),
      [],
    );
    await proxy.reload(document(30, { accounts }));
    assert.deepEqual(atGateway(await watch()).sort(), atGateway(before).sort());
    endWatch();

    await proxy.reload(document(100, { accounts }));
    assert.equal(await applied(), 'gateway');
    await proxy.reload(document(100));
    // An account that has left the file is the old service's business again.
    assert.equal(await applied(), 'legacy');
    await load.stop();
    assert.deepEqual(load.failures, []);
  }).timeout(120_000);

  it('serves a rotated certificate to new connections, and breaks none of the calls under way', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'token-proxy-rotation-'));
    cleanUps.push(() => rm(directory, { recursive: true }));
    const [certFile, keyFile] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
    const [first, second] = [makeIdentity(), makeIdentity()];
    await writeFile(certFile, first.cert);
    await writeFile(keyFile, first.key);
    const listen = { host: '127.0.0.1', port: 0, tls: { certFile, keyFile } };
    await start(serveDocument(sandbox, { ...patient(sandbox), listen }));

    const url = `https://${proxy.listeners[0] ?? ''}`;
    const ca = [first.cert, second.cert];
    const keeping = new TlsAgent({ keepAlive: true });
    load = startSteadyLoad(40, async (count) => {
      const options = count % 2 === 0 ? { ca, agent: keeping } : { ca };
      const fields = applyFields(sandbox.instanceId);
      const { code, message } = await postOld(url, '/token/apply', fields, sandbox, options);
      assert.equal(code, 200, message);
    });
    cleanUps.push(() => load.stop());
    const served = () =>
      new Promise<string>((resolve, reject) => {
        const port = Number(new URL(url).port);
        const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca }, () => {
          resolve(socket.getPeerCertificate().fingerprint256);
          socket.destroy();
        });
        socket.once('error', reject);
      });

    const old = await served();
    await writeFile(certFile, second.cert);
    await writeFile(keyFile, second.key);
    while ((await served()) === old) await soon();
    const enough = load.ended() + 40;
    while (load.ended() < enough) await soon();
    await load.stop();
    keeping.destroy();
    assert.deepEqual(load.failures, []);
  }).timeout(120_000);
});

function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
