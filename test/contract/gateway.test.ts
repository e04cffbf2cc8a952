// The gateway contract in front of the least possible server.
import { createCredentials } from '../../src/gateway/credentials.ts';
import type { Gateway } from '../../src/gateway/gateway.ts';
import { createGateway } from '../../src/gateway/openapi.ts';
import { createTransport } from '../../src/gateway/transport.ts';
import { secretOf } from '../kit/secrets.ts';
import { smallGateway } from '../kit/small-gateway.ts';
import { gatewayContract } from './gateway-contract.ts';

const key = { id: 'LTAISANDBOX0001', secret: 'sandboxSecret0123456789abcdefgh' };

gatewayContract('a small server', async () => {
  const server = await smallGateway(key);
  const transport = createTransport();
  const gatewayFor = (accessKeyId: string, secret: string): Gateway => {
    const description = { type: 'caller', accessKeyId, accessKeySecret: secretOf(secret) } as const;
    const credentials = createCredentials(description, { now: Date.now, log: () => undefined });
    return createGateway({ endpoint: server.endpoint, protocol: 'http', credentials, transport });
  };
  return {
    gateway: gatewayFor(key.id, key.secret),
    withWrongSecret: gatewayFor(key.id, `${key.secret}x`),
    withUnknownKey: gatewayFor('LTAIUNKNOWN', key.secret),
    instanceId: 'post-cn-0pp12gl0001',
    otherInstanceId: 'post-cn-0pp12gl0002',
    refuseNext: (refusal) => server.refuseNext(refusal),
    close: async () => {
      await transport.close();
      await server.close();
    },
  };
});
