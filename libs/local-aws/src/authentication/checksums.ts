import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** The checksums that S3 takes in a header or trailer `x-amz-checksum-<name>`, each in Base64. */
const algorithms: ReadonlyMap<string, (data: Buffer) => string> = new Map([
  ['crc32', (data) => word(crc32(data))],
  ['crc32c', (data) => word(crc32c(data))],
  ['crc64nvme', crc64nvme],
  ['sha1', (data) => hash('sha1', data, 'base64')],
  ['sha256', (data) => hash('sha256', data, 'base64')],
]);

const prefix = 'x-amz-checksum-';

/**
 * Compares a body with a checksum header or trailer.
 * @param name in lower case, e.g. `x-amz-checksum-crc32`
 * @returns `undefined` if the name is not that of a checksum
 */
export function matchesChecksum(name: string, value: string, data: Buffer): boolean | undefined {
  if (!name.startsWith(prefix)) return undefined;
  const algorithm = algorithms.get(name.slice(prefix.length));
  return algorithm === undefined ? undefined : algorithm(data) === value;
}

/** The algorithms, as the names of headers have them: `crc32`. */
export const checksumAlgorithms: readonly string[] = [...algorithms.keys()];

/** Whether a header has the checksum of a body, by its name in lower case. */
export function isChecksumHeader(name: string): boolean {
  return name.startsWith(prefix) && algorithms.has(name.slice(prefix.length));
}

/**
 * The checksum of some data, in Base64.
 * @param algorithm one of {@link checksumAlgorithms}
 * @throws RangeError for any other
 */
export function checksumOf(algorithm: string, data: Buffer): string {
  const sum = algorithms.get(algorithm);
  if (sum === undefined) {
    throw new RangeError(`${algorithm} is not a checksum of S3: ${checksumAlgorithms.join(', ')}.`);
  }
  return sum(data);
}

/** The name of a checksum as S3 writes it in messages, e.g. `CRC32`. */
export function checksumName(header: string): string {
  return header.slice(prefix.length).toUpperCase();
}

function word(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes.toString('base64');
}

/** Castagnoli's polynomial, reflected. */
const crc32cTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ 0x82f63b78 : remainder >>> 1;
  }
  return remainder >>> 0;
});

function crc32c(data: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = ((crc32cTable[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8)) >>> 0;
  return (crc ^ 0xffffffff) >>> 0;
}

/** The NVMe specification's 64-bit polynomial, reflected; each remainder as a high and a low half. */
const polynomial = 0x9a6c9329ac4bc9b5n;
const crc64High = new Uint32Array(256);
const crc64Low = new Uint32Array(256);
for (let byte = 0; byte < 256; byte += 1) {
  let remainder = BigInt(byte);
  for (let bit = 0; bit < 8; bit += 1) {
    remainder = remainder & 1n ? (remainder >> 1n) ^ polynomial : remainder >> 1n;
  }
  crc64High[byte] = Number(remainder >> 32n);
  crc64Low[byte] = Number(remainder & 0xffffffffn);
}

function crc64nvme(data: Buffer): string {
  let high = 0xffffffff;
  let low = 0xffffffff;
  for (const byte of data) {
    const index = (low ^ byte) & 0xff;
    low = ((low >>> 8) | ((high & 0xff) << 24)) ^ (crc64Low[index] as number);
    high = (high >>> 8) ^ (crc64High[index] as number);
  }
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(~high >>> 0, 0);
  bytes.writeUInt32BE(~low >>> 0, 4);
  return bytes.toString('base64');
}
