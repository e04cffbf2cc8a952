// Who is calling: the peer's address, or what trusted proxies in front say it is. And who may.
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** The address of the client behind a request; `unknown` once the socket is gone. */
export type ClientAddress = (request: IncomingMessage) => string;

/** A set of addresses and CIDRs, asked by address. */
export interface AddressSet {
  readonly isEmpty: boolean;
  has(address: string): boolean;
}

const mappedPrefix = /^::ffff:(?=\d+\.)/i;

/** @param entries addresses or CIDRs, as the configuration has validated them */
export function addressSet(entries: readonly string[]): AddressSet {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return {
    isEmpty: entries.length === 0,
    has: (address) => {
      const family = isIP(address);
      return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
    },
  };
}

/**
 * Reads X-Forwarded-For from the right, only as far as trusted proxies wrote it: whatever stands further left may be
 * made up by the client.
 */
export function createClientAddress(trusted: AddressSet): ClientAddress {
  return (request) => {
    let address = plain(request.socket.remoteAddress ?? 'unknown');
    if (trusted.isEmpty || !trusted.has(address)) return address;
    const header = request.headers['x-forwarded-for'];
    const hops = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',');
    for (const hop of hops.reverse()) {
      if (hop.trim() === '') continue;
      address = plain(withoutPort(hop.trim()));
      // A trusted proxy wrote something else than an address: whoever it was, it was not the proxy.
      if (isIP(address) === 0) return 'unknown';
      if (!trusted.has(address)) break;
    }
    return address;
  };
}

const withPort = /^(?:\[([^\]]*)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$/;

/** Some balancers write `ip:port` and `[ip]:port`. */
function withoutPort(hop: string): string {
  const [, v6, v4] = withPort.exec(hop) ?? [];
  return v6 ?? v4 ?? hop;
}

function plain(address: string): string {
  return address.startsWith('::') ? address.replace(mappedPrefix, '') : address;
}
