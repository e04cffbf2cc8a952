// The least that can stand in for the gateway service: checks the signature, issues and forgets tokens.
// No quotas and no permissions; the emulator has those.
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { queryPairs, signatureVerifies } from './acs3-check.ts';

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

export interface SmallGateway {
  /** `host:port`. */
  readonly endpoint: string;
  refuseNext(refusal: Refusal): void;
  close(): Promise<void>;
}

/** @param key the one account key that it knows */
export async function smallGateway(key: {
  readonly id: string;
  readonly secret: string;
}): Promise<SmallGateway> {
  const live = new Map<string, string>();
  const revoked = new Set<string>();
  const nonces = new Set<unknown>();
  let pending: Refusal | undefined;

  const refusalOf = (request: http.IncomingMessage): Refusal | undefined => {
    const planned = pending;
    pending = undefined;
    if (planned !== undefined) return planned;
    const { method = '', url = '', headers } = request;
    if (!headers.authorization?.includes(`Credential=${key.id},`)) {
      return { status: 404, code: 'InvalidAccessKeyId.NotFound', message: 'unknown key' };
    }
    if (!signatureVerifies({ method, url, headers, body: '' }, key.secret)) {
      return { status: 400, code: 'SignatureDoesNotMatch', message: 'wrong signature' };
    }
    if (nonces.has(headers['x-acs-signature-nonce'])) {
      return { status: 400, code: 'SignatureNonceUsed', message: 'replayed' };
    }
    nonces.add(headers['x-acs-signature-nonce']);
    return undefined;
  };

  const perform = (action: unknown, parameters: Map<string, string>): object | undefined => {
    const instance = parameters.get('InstanceId') ?? '';
    if (action === 'ApplyToken') {
      const token = randomBytes(48).toString('base64');
      live.set(token, instance);
      return { Token: token };
    }
    const token = parameters.get('Token') ?? '';
    if (live.get(token) !== instance) return undefined;
    if (action === 'RevokeToken') revoked.add(token);
    return action === 'RevokeToken' ? {} : { TokenStatus: !revoked.has(token) };
  };

  const server = http.createServer((request, response) => {
    request.resume();
    const unknownToken = { status: 400, code: 'ParameterCheckFailed', message: 'unknown token' };
    const refused = refusalOf(request);
    const done = refused
      ? undefined
      : perform(request.headers['x-acs-action'], new Map(queryPairs(request.url ?? '')));
    const { status, code, message } = refused ?? unknownToken;
    const RequestId = randomUUID().toUpperCase();
    response.writeHead(done === undefined ? status : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ RequestId, ...(done ?? { HostId: 'h', Code: code, Message: message }) }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    refuseNext: (refusal) => {
      pending = refusal;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
