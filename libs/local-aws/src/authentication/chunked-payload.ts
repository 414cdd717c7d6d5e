import { algorithmOf, checksumOf } from './checksums.ts';
import { problem } from './problems.ts';

/** The `x-amz-content-sha256` of a body in unsigned chunks (`Content-Encoding: aws-chunked`), as AWS's SDKs send streams. */
export const UNSIGNED_CHUNKS = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

/** What the request's headers say of the body. */
export interface Announced {
  /** `x-amz-decoded-content-length` */
  readonly decodedLength: string | undefined;
  /** Names in `x-amz-trailer`, in lower case. */
  readonly trailers: readonly string[];
}

/** S3 takes smaller ones only at the end. */
const minChunk = 8192;

/**
 * Removes the chunk framing from a body, and verifies its lengths and checksums.
 * @throws NotAuthenticated
 */
export function decodeChunks(body: Buffer, announced: Announced): Buffer {
  const chunks: Buffer[] = [];
  let position = 0;
  for (;;) {
    const head = readLine(body, position);
    if (head === undefined) throw malformed('a chunk has no header line');
    if (!/^[0-9a-fA-F]{1,8}$/.test(head.line)) throw malformed('a chunk does not begin with its length');
    const length = Number.parseInt(head.line, 16);
    position = head.next;
    if (length === 0) break;
    const last = chunks.at(-1);
    if (last !== undefined && last.length < minChunk) {
      throw problem('chunk-too-small', { chunk: chunks.length, size: last.length });
    }
    const end = position + length;
    if (body.toString('latin1', end, end + 2) !== '\r\n')
      throw malformed('a chunk has not the length that it says');
    chunks.push(body.subarray(position, end));
    position = end + 2;
  }
  const payload = Buffer.concat(chunks);
  if (String(payload.length) !== announced.decodedLength?.trim()) {
    throw problem('length-differs', { declared: announced.decodedLength });
  }
  const trailers = readTrailers(body, position);
  const isAnnounced = trailers.every(([name]) => announced.trailers.includes(name));
  if (!isAnnounced || trailers.length !== announced.trailers.length) throw problem('trailer-malformed', {});
  for (const [name, value] of trailers) {
    const algorithm = algorithmOf(name);
    if (algorithm !== undefined && checksumOf(algorithm, payload) !== value) {
      throw problem('checksum-differs', { algorithm });
    }
  }
  return payload;
}

/** The headers after the last chunk, up to the empty line that ends the body. Some clients leave that line out. */
function readTrailers(body: Buffer, start: number): [name: string, value: string][] {
  const trailers: [string, string][] = [];
  for (let position = start; position < body.length; ) {
    const read = readLine(body, position);
    if (read === undefined) throw problem('trailer-malformed', {});
    position = read.next;
    if (read.line === '') continue;
    const colon = read.line.indexOf(':');
    if (colon <= 0) throw problem('trailer-malformed', {});
    trailers.push([read.line.slice(0, colon).toLowerCase(), read.line.slice(colon + 1).trim()]);
  }
  return trailers;
}

/** No header line of a chunk or trailer is longer than this. */
const maxLine = 4096;

function readLine(body: Buffer, start: number): { line: string; next: number } | undefined {
  const end = body.subarray(start, start + maxLine).indexOf('\r\n');
  return end < 0 ? undefined : { line: body.toString('latin1', start, start + end), next: start + end + 2 };
}

function malformed(detail: string): Error {
  return problem('chunks-malformed', { detail });
}
