// Mistakes between listeners: two that want one address, an admin listener open to the network. Pure.
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import type { Finding, KeyPath } from './mistakes.ts';
import type { Outline } from './outline.ts';
import { repeated } from './repetition.ts';

interface Place {
  readonly path: KeyPath;
  readonly host: string;
  readonly port: number;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether an address is reachable from this machine only. A name other than `localhost` counts as not. */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 0) return host.toLowerCase() === 'localhost';
  return loopback.check(host, isIPv4(host) ? 'ipv4' : 'ipv6');
}

/** Mistakes of the public and admin listeners. */
export function listenerMistakes({ listen, admin }: Outline): Finding[] {
  const adminPlace: Place = { path: ['admin'], host: admin?.host ?? '127.0.0.1', port: admin?.port ?? 9464 };
  const places = [...publicPlaces(listen), adminPlace].filter(({ port }) => port !== 0);
  const tokens = admin?.tokens ?? [];
  return [
    ...places.flatMap((place, at) => collision(place, places.slice(0, at))),
    ...repeated(
      tokens.map((token, at) => ({ path: ['admin', 'tokens', at, 'name'], value: token?.name })),
      'token name',
    ),
    ...tokens.flatMap((token, at) => (reserved.has(token?.name ?? '') ? [takenName(at)] : [])),
    ...(tokens.length === 0 && !isLoopback(adminPlace.host) ? [openAdmin] : []),
  ];
}

/** Who changes the weight besides people, as the history has it: nobody is to be taken for them. */
const reserved: ReadonlySet<string> = new Set(['rollout', 'file']);

function takenName(at: number): Finding {
  const message = 'must be neither rollout nor file: the history tells those two from people by their names';
  return { path: ['admin', 'tokens', at, 'name'], message };
}

const openAdmin: Finding = {
  path: ['admin', 'host'],
  message:
    'must be a loopback address such as 127.0.0.1 while admin.tokens is empty: the admin API would be open to the network',
};

function publicPlaces(listen: Outline['listen']): Place[] {
  const listeners = Array.isArray(listen) ? listen : [listen];
  return listeners.map((listener, at) => ({
    path: Array.isArray(listen) ? ['listen', at] : ['listen'],
    host: listener?.host ?? '0.0.0.0',
    port: listener?.port ?? 8080,
  }));
}

function collision(place: Place, earlier: readonly Place[]): Finding[] {
  const other = earlier.find((candidate) => collide(place, candidate) || collide(candidate, place));
  if (other === undefined) return [];
  const [first] = other.path;
  const where = `${first}${other.path[1] === undefined ? '' : `[${other.path[1]}]`}`;
  return [{ path: [...place.path, 'port'], message: `${place.port} is taken on this address by ${where}` }];
}

/** Whether the first claims the address of the second: the same host, or a wildcard that covers it. */
function collide(one: Place, other: Place): boolean {
  if (one.port !== other.port) return false;
  if (one.host.toLowerCase() === other.host.toLowerCase()) return true;
  return one.host === '::' || (one.host === '0.0.0.0' && !isIPv6(other.host));
}
