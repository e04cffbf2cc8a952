// The transport over TLS: certificates are verified, a failed or hanging handshake has sent nothing.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { assertFailed, okAnswer, wireBench } from '../kit/wire-bench.ts';

describe('the transport over TLS', () => {
  const bench = wireBench();
  const resumed: boolean[] = [];
  let folder = '';
  let certificate = '';
  let tlsServer: tls.Server;
  let port = 0;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-tls-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
    const names = ['-addext', 'subjectAltName=DNS:localhost'];
    execFileSync('openssl', [...request, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    certificate = readFileSync(cert, 'utf8');
    tlsServer = tls.createServer({ key: readFileSync(key), cert: certificate }, (socket) => {
      resumed.push(socket.isSessionReused());
      socket.on('error', () => socket.destroy());
      let answered = 0;
      socket.on('data', () => {
        answered += 1;
        if (answered < 3) socket.write(okAnswer);
        else socket.end();
      });
    });
    tlsServer.on('tlsClientError', () => undefined);
    tlsServer.listen(0, '127.0.0.1');
    await once(tlsServer, 'listening');
    port = (tlsServer.address() as AddressInfo).port;
  });

  after(async () => {
    await new Promise((resolve) => tlsServer.close(resolve));
    rmSync(folder, { recursive: true });
  });

  const sendTls = (host: string) => bench.sendTo('https', `${host}:${port}`);

  it('is unconnected when the certificate is self-signed', async () => {
    bench.use();
    const result = await sendTls('localhost');
    assertFailed(result, 'unconnected');
    assert.equal(result.kind === 'failure' && result.detail, 'DEPTH_ZERO_SELF_SIGNED_CERT');
  });

  it('is unconnected when the certificate is for another name', async () => {
    bench.use({ ca: certificate });
    const result = await sendTls('127.0.0.1');
    assertFailed(result, 'unconnected');
    assert.equal(result.kind === 'failure' && result.detail, 'ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('answers over a trusted connection, and knows a reused one that dies before an answer', async () => {
    bench.use({ ca: certificate });
    assert.equal((await sendTls('localhost')).kind, 'answer');
    assert.equal((await sendTls('localhost')).kind, 'answer');
    assertFailed(await sendTls('localhost'), 'broken', true);
    assert.equal((await sendTls('localhost')).kind, 'answer');
    assert.deepEqual(resumed.slice(-2), [false, true], 'the next connection resumes the TLS session');
  });

  for (const [what, timeoutMs, connectTimeoutMs, cause] of [
    ['the connect time-out, as unconnected', 5_000, 40, 'unconnected'],
    ['the deadline, as a time-out', 40, 5_000, 'timeout'],
  ] as const) {
    it(`ends a handshake that hangs with ${what}`, async () => {
      const silent = net.createServer((socket) => socket.on('error', () => undefined).resume());
      silent.listen(0, '127.0.0.1');
      await once(silent, 'listening');
      bench.use({ connectTimeoutMs });
      const { port: silentPort } = silent.address() as AddressInfo;
      assertFailed(await bench.sendTo('https', `127.0.0.1:${silentPort}`, { timeoutMs }), cause);
      await new Promise((resolve) => silent.close(resolve));
    });
  }
});
