// Several listeners, plain and TLS, in front of one house.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeIdentity } from '../legacy/forward-kit.ts';
import { applyFields, callOld, signedParameters } from '../kit/old-clients.ts';
import { startProxiedWorld, type ProxiedWorld } from '../kit/proxied-world.ts';

describe('several listeners', () => {
  let directory: string;
  let world: ProxiedWorld;
  const first = makeIdentity();
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'token-proxy-tls-'));
    await writeFile(join(directory, 'cert.pem'), first.cert);
    await writeFile(join(directory, 'key.pem'), first.key);
    const tls = { certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem') };
    world = await startProxiedWorld({
      config: () => ({
        listen: [
          { host: '127.0.0.1', port: 0 },
          { host: '127.0.0.1', port: 0, tls },
        ],
      }),
    });
  });
  after(async () => {
    await world.close();
    await rm(directory, { recursive: true });
  });

  /** Applies over TLS, trusting exactly this certificate. */
  const applyOverTls = (ca: string) =>
    new Promise<string>((resolve, reject) => {
      const query = new URLSearchParams(signedParameters(applyFields(world.instanceId), world)).toString();
      const port = world.proxy.addresses[1]?.port ?? 0;
      const options = {
        host: '127.0.0.1',
        servername: 'localhost',
        port,
        path: `/token/apply?${query}`,
        ca,
        agent: false,
      };
      request(options, (response) => {
        let body = '';
        response.on('data', (chunk) => (body += String(chunk))).on('end', () => resolve(body));
      })
        .on('error', reject)
        .end();
    });

  it('serve the same, plain and over TLS', async () => {
    const plain = await callOld(world.url, '/token/apply', applyFields(world.instanceId), world);
    assert.equal(plain.body.code, 200);
    assert.match(await applyOverTls(first.cert), /"code":200/);
  });

  it('tell when their certificates end', async () => {
    const end = await world.metric(
      'token_proxy_certificate_not_after_timestamp_seconds{listener="listen[1]"}',
    );
    assert.ok(end > Date.now() / 1000);
  });

  it('take over a rotated certificate without a restart, and keep the old one while the files do not fit', async () => {
    const second = makeIdentity();
    await writeFile(join(directory, 'cert.pem'), second.cert);
    while (!world.logged().includes('changed certificate refused'))
      await new Promise((resolve) => setTimeout(resolve, 50));
    assert.match(await applyOverTls(first.cert), /"code":200/);
    await writeFile(join(directory, 'key.pem'), second.key);
    const served = async () => (await applyOverTls(second.cert).catch(() => '')).includes('"code":200');
    while (!(await served())) await new Promise((resolve) => setTimeout(resolve, 50));
  }).timeout(30_000);
});
