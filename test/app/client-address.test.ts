import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { addressSet, createClientAddress } from '../../src/app/client-address.ts';

const from = (remoteAddress: string | undefined, forwarded?: string): IncomingMessage =>
  ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } }) as unknown as IncomingMessage;

describe('the address of a client', () => {
  const behind = createClientAddress(addressSet(['10.0.0.0/8', '::1', '192.0.2.7']));
  const table: [string, IncomingMessage, string][] = [
    ['is the peer when nobody is trusted in front', from('203.0.113.9', '1.1.1.1'), '203.0.113.9'],
    ['is what the trusted proxy says', from('10.0.0.1', '203.0.113.9'), '203.0.113.9'],
    [
      'is the last hop that no trusted proxy wrote',
      from('10.0.0.1', '6.6.6.6, 203.0.113.9, 10.2.2.2'),
      '203.0.113.9',
    ],
    ['is the leftmost when all are trusted', from('10.0.0.1', '10.3.3.3, 10.2.2.2'), '10.3.3.3'],
    [
      'is unknown when a trusted proxy wrote no address',
      from('10.0.0.1', '203.0.113.9, garbage, 10.2.2.2'),
      'unknown',
    ],
    ['comes without the port that some balancers write', from('10.0.0.1', '203.0.113.9:4711'), '203.0.113.9'],
    ['comes without brackets', from('10.0.0.1', '[2001:db8::5]:4711'), '2001:db8::5'],
    ['is the proxy when it says nothing', from('10.0.0.1'), '10.0.0.1'],
    ['knows IPv4 in IPv6 clothing', from('::ffff:10.0.0.1', '::ffff:203.0.113.9'), '203.0.113.9'],
    ['knows IPv6', from('::1', '2001:db8::5'), '2001:db8::5'],
    ['is unknown when the socket is gone', from(undefined), 'unknown'],
  ];
  for (const [what, request, address] of table) {
    it(what, () => assert.equal(behind(request), address));
  }

  it('ignores X-Forwarded-For altogether without trusted proxies', () => {
    assert.equal(createClientAddress(addressSet([]))(from('10.0.0.1', '1.1.1.1')), '10.0.0.1');
  });
});

describe('a set of addresses', () => {
  it('holds addresses and networks of both families, and nothing that is no address', () => {
    const set = addressSet(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32']);
    for (const address of ['10.255.0.1', '192.0.2.7', '2001:db8:1::1']) assert.ok(set.has(address), address);
    for (const address of ['11.0.0.1', '192.0.2.8', '2001:db9::1', 'unknown', ''])
      assert.ok(!set.has(address), address);
  });
});
