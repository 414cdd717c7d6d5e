import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';

const prefix = 'x-amz-checksum-';

/** S3's checksums, in Base64, by the `<name>` of `x-amz-checksum-<name>`. */
const algorithms: ReadonlyMap<string, (data: Buffer) => string> = new Map([
  ['crc32', (data) => toBase64(4, 0, crc32(data))],
  // Castagnoli's polynomial and the one of the NVMe specification, both reflected.
  ['crc32c', cyclicChecksum(4, 0x82f63b78n)],
  ['crc64nvme', cyclicChecksum(8, 0x9a6c9329ac4bc9b5n)],
  ['sha1', (data) => hash('sha1', data, 'base64')],
  ['sha256', (data) => hash('sha256', data, 'base64')],
]);

/** S3's checksum algorithms, as header names spell them: `crc32`. */
export const checksumAlgorithms: readonly string[] = [...algorithms.keys()];

/** The algorithm of a checksum header or trailer, e.g. `x-amz-checksum-crc32`; `undefined` for any other header. */
export function algorithmOf(header: string): string | undefined {
  return checksumAlgorithms.find((algorithm) => header === prefix + algorithm);
}

/** The checksum of `data`, in Base64. @param algorithm one of {@link checksumAlgorithms} @throws RangeError for any other */
export function checksumOf(algorithm: string, data: Buffer): string {
  const sum = algorithms.get(algorithm);
  if (sum === undefined) {
    throw new RangeError(`${algorithm} is not a checksum of S3: ${checksumAlgorithms.join(', ')}.`);
  }
  return sum(data);
}

/** Makes the function of a reflected CRC. A remainder is two halves of 32 bits, as numbers do not hold 64. */
function cyclicChecksum(bytes: 4 | 8, polynomial: bigint): (data: Buffer) => string {
  const highs = new Uint32Array(256);
  const lows = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let remainder = BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) {
      remainder = remainder & 1n ? (remainder >> 1n) ^ polynomial : remainder >> 1n;
    }
    highs[byte] = Number(remainder >> 32n);
    lows[byte] = Number(remainder & 0xffffffffn);
  }
  return (data) => {
    let high = 0xffffffff;
    let low = 0xffffffff;
    for (const byte of data) {
      const index = (low ^ byte) & 0xff;
      low = ((low >>> 8) | (bytes === 8 ? (high & 0xff) << 24 : 0)) ^ (lows[index] as number);
      high = (high >>> 8) ^ (highs[index] as number);
    }
    return toBase64(bytes, ~high >>> 0, ~low >>> 0);
  };
}

function toBase64(bytes: 4 | 8, high: number, low: number): string {
  const buffer = Buffer.alloc(8);
  buffer.writeUInt32BE(high, 0);
  buffer.writeUInt32BE(low, 4);
  return buffer.toString('base64', 8 - bytes);
}
