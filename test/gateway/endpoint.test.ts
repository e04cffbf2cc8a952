// Names of the gateway endpoints; no network.
import assert from 'node:assert/strict';
import { gatewayEndpoint } from '../../src/gateway/endpoint.ts';

describe('the endpoint of the gateway', () => {
  it('follows from the region', () => {
    assert.equal(
      gatewayEndpoint({ regionId: 'mq-internet-access' }),
      'onsmqtt.mq-internet-access.aliyuncs.com',
    );
  });

  it('is the configured one where there is one', () => {
    assert.equal(gatewayEndpoint({ regionId: 'cn-hangzhou', endpoint: '127.0.0.1:1' }), '127.0.0.1:1');
  });
});
