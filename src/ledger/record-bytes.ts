// A token's record as bytes, few of them, and back. Pure. Later minor versions may add bytes at the end: they are
// overlooked here, and what is added must be such that it may be.
import type { TokenRecord } from './ledger.ts';

/**
 * Format 1: the byte 1; a byte of flags; when the token expires (48 bits, ms since epoch, big-endian); when it was
 * revoked (the same) if the flag says so; account and instance id, each as a byte of length and UTF-8.
 */
const format = 1;
const flags = { gateway: 1, revoked: 2 } as const;

const timeBytes = 6;
const latestMs = 2 ** (8 * timeBytes) - 1;
const headBytes = 2 + timeBytes;

/** Throws a RangeError when account or instance id are longer than 255 bytes. */
export function encodeRecord(record: TokenRecord): Uint8Array {
  const { account, instanceId, backend, revokedAtMs } = record;
  const textsAt = headBytes + (revokedAtMs === undefined ? 0 : timeBytes);
  const bytes = Buffer.allocUnsafe(textsAt + roomFor(account) + roomFor(instanceId));
  bytes[0] = format;
  bytes[1] = (backend === 'gateway' ? flags.gateway : 0) | (revokedAtMs === undefined ? 0 : flags.revoked);
  bytes.writeUIntBE(timeOf(record.expiresAtMs), 2, timeBytes);
  if (revokedAtMs !== undefined) bytes.writeUIntBE(timeOf(revokedAtMs), headBytes, timeBytes);
  writeText(bytes, instanceId, writeText(bytes, account, textsAt));
  return bytes;
}

/** @returns nothing for bytes that are no record of a known format */
export function decodeRecord(bytes: Uint8Array): TokenRecord | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flagByte = buffer[1];
  if (buffer[0] !== format || flagByte === undefined) return undefined;
  const isRevoked = (flagByte & flags.revoked) !== 0;
  const textsAt = headBytes + (isRevoked ? timeBytes : 0);
  const account = textAt(buffer, textsAt);
  const instanceId = account && textAt(buffer, account.end);
  if (account === undefined || instanceId === undefined) return undefined;
  return {
    account: account.text,
    instanceId: instanceId.text,
    backend: (flagByte & flags.gateway) === 0 ? 'legacy' : 'gateway',
    expiresAtMs: buffer.readUIntBE(2, timeBytes),
    ...(isRevoked && { revokedAtMs: buffer.readUIntBE(headBytes, timeBytes) }),
  };
}

/**
 * Whether a record says that its token was revoked; the rest of it is not looked at.
 * @returns nothing for bytes that are no record of a known format
 */
export function saysRevoked(bytes: Uint8Array): boolean | undefined {
  const [formatByte, flagByte] = bytes;
  return formatByte !== format || flagByte === undefined ? undefined : (flagByte & flags.revoked) !== 0;
}

/** Old clients send expiries of up to 16 digits; beyond the year 10889 they are all one. */
function timeOf(ms: number): number {
  return Math.max(0, Math.min(Math.floor(ms), latestMs));
}

function roomFor(text: string): number {
  const length = Buffer.byteLength(text, 'utf8');
  if (length > 0xff) throw new RangeError('an account or instance id of more than 255 bytes');
  return 1 + length;
}

/** @returns where the next text begins */
function writeText(bytes: Buffer, text: string, at: number): number {
  const length = bytes.write(text, at + 1, 'utf8');
  bytes[at] = length;
  return at + 1 + length;
}

function textAt(buffer: Buffer, at: number): { text: string; end: number } | undefined {
  const length = buffer[at];
  const end = at + 1 + (length ?? 0);
  return length === undefined || end > buffer.length
    ? undefined
    : { text: buffer.toString('utf8', at + 1, end), end };
}
