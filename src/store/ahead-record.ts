// A record as bytes of a place in a write-ahead file, and back. Pure.
import { crc32 } from 'node:zlib';

export interface AheadRecord {
  /** SHA-256 by which the record goes. */
  readonly digest: Uint8Array;
  readonly value: Uint8Array;
  /** Of a record in LMDB: when it leaves, ms since epoch (see lmdb-records.ts). */
  readonly version: number;
}

/** Bytes of a place; a file has several, one after the other. */
export const placeBytes = 512;

/** Format 1: the byte 1; the value's length (16 bits); digest; version (double); CRC-32 of all that and the value; the value. */
const format = 1;
const digestAt = 3;
const digestBytes = 32;
const versionAt = digestAt + digestBytes;
const checksumAt = versionAt + 8;
const valueAt = checksumAt + 4;
const largestValue = placeBytes - valueAt;

/** @returns how many bytes of the place it takes; nothing where it is too large, and then nothing is written */
export function writePlace(place: Buffer, { digest, value, version }: AheadRecord): number | undefined {
  if (value.length > largestValue) return undefined;
  place[0] = format;
  place.writeUInt16BE(value.length, 1);
  place.set(digest, digestAt);
  place.writeDoubleBE(version, versionAt);
  place.set(value, valueAt);
  const end = valueAt + value.length;
  place.writeUInt32BE(checksumOf(place, end), checksumAt);
  return end;
}

/** Records of a file, whole ones only: a place may never have been written, or not to its end. */
export function readPlaces(file: Buffer): AheadRecord[] {
  const records: AheadRecord[] = [];
  for (let at = 0; at < file.length; at += placeBytes) {
    const record = readPlace(file.subarray(at, at + placeBytes));
    if (record !== undefined) records.push(record);
  }
  return records;
}

function readPlace(place: Buffer): AheadRecord | undefined {
  if (place.length < valueAt || place[0] !== format) return undefined;
  const end = valueAt + place.readUInt16BE(1);
  if (end > place.length || checksumOf(place, end) !== place.readUInt32BE(checksumAt)) return undefined;
  return {
    digest: place.subarray(digestAt, digestAt + digestBytes),
    value: place.subarray(valueAt, end),
    version: place.readDoubleBE(versionAt),
  };
}

function checksumOf(place: Buffer, end: number): number {
  return crc32(place.subarray(valueAt, end), crc32(place.subarray(0, checksumAt)));
}
