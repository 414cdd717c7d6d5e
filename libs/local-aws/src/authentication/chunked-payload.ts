import type { KeyObject } from 'node:crypto';
import { type AwsRequest, header } from '../core/request.ts';
import { algorithmOf, checksumOf } from './checksums.ts';
import { payloadMismatch } from './outcome.ts';
import { emptyHash, hmac, isSignature, sha256 } from './signing.ts';

interface Framing {
  readonly signed: boolean;
  /** Whether headers follow the last chunk. */
  readonly trailer: boolean;
}

/** S3's streaming bodies (`Content-Encoding: aws-chunked`), signed with a shared key or unsigned, by `x-amz-content-sha256`. */
export const framings: ReadonlyMap<string, Framing> = new Map([
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', { signed: true, trailer: false }],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', { signed: true, trailer: true }],
  ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', { signed: false, trailer: true }],
]);

/** The inputs of the chunks' signatures. AWS: "Transferring payload in multiple chunks". */
interface ChunkSigning {
  readonly key: KeyObject;
  readonly timestamp: string;
  /** `<date>/<region>/s3/aws4_request` */
  readonly scope: string;
  /** The signature of the request. The first chunk's signature covers it. Each later chunk's covers the one before. */
  readonly seed: string;
}

/** Removes the chunk framing of a body, and verifies lengths, checksums and signatures. @throws NotAuthenticated */
export function decodeChunks(request: AwsRequest, framing: Framing, signing: ChunkSigning): Buffer {
  const { body } = request;
  const chunks: Buffer[] = [];
  let previous = signing.seed;
  let position = 0;
  for (;;) {
    const head = readLine(body, position);
    if (head === undefined) throw malformed('a chunk has no header line');
    const [, size, signature] =
      /^([0-9a-fA-F]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(head.line) ?? [];
    if (size === undefined) {
      throw malformed('a chunk starts with neither a length nor a length and a signature');
    }
    const length = Number.parseInt(size, 16);
    const end = head.next + length;
    if (end > body.length) throw malformed('a chunk is shorter than its length says');
    const data = body.subarray(head.next, end);
    if (framing.signed) {
      checkSignature(signature, 'PAYLOAD', [previous, emptyHash, sha256(data)], signing);
      previous = signature ?? '';
    }
    position = head.next;
    if (length === 0) break;
    const last = chunks.at(-1);
    if (last !== undefined && last.length < minChunk) {
      const message = 'Only the last chunk is allowed to have a size less than 8192 bytes';
      throw payloadMismatch('InvalidChunkSizeError', message, 403);
    }
    if (body.toString('latin1', end, end + 2) !== '\r\n') {
      throw malformed('a chunk is longer than its length says');
    }
    chunks.push(data);
    position = end + 2;
  }
  const payload = Buffer.concat(chunks);
  if (String(payload.length) !== header(request, 'x-amz-decoded-content-length')?.trim()) {
    const message = 'The number of bytes is not that of the header x-amz-decoded-content-length.';
    throw payloadMismatch('IncompleteBody', message);
  }
  const trailers = readTrailers(body, position);
  const sent = trailers.filter(([name]) => name !== trailerSignature);
  const names = (header(request, 'x-amz-trailer') ?? '').split(',');
  const announced = names.map((name) => name.trim().toLowerCase()).filter((name) => name !== '');
  const isAnnounced = sent.every(([name]) => announced.includes(name));
  if (!isAnnounced || sent.length !== announced.length) throw malformedTrailer();
  if (framing.signed && framing.trailer) {
    const canonical = sent.map(([name, value]) => `${name}:${value}\n`).join('');
    const signature = trailers.find(([name]) => name === trailerSignature)?.[1];
    checkSignature(signature, 'TRAILER', [previous, sha256(canonical)], signing);
  }
  for (const [name, value] of sent) {
    const algorithm = algorithmOf(name);
    if (algorithm !== undefined && checksumOf(algorithm, payload) !== value) {
      const message = `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`;
      throw payloadMismatch('BadDigest', message);
    }
  }
  return payload;
}

/** In bytes. S3 takes a smaller chunk only at the end. */
const minChunk = 8192;
const trailerSignature = 'x-amz-trailer-signature';

function checkSignature(
  signature: string | undefined,
  what: 'PAYLOAD' | 'TRAILER',
  lines: readonly string[],
  { key, timestamp, scope }: ChunkSigning,
): void {
  const text = [`AWS4-HMAC-SHA256-${what}`, timestamp, scope, ...lines].join('\n');
  if (signature === undefined || !isSignature(signature, hmac(key, text))) {
    const message = 'The signature of a chunk does not match the signature you provided.';
    throw payloadMismatch('SignatureDoesNotMatch', message, 403);
  }
}

/** The headers after the last chunk, up to the empty line that ends the body. Some clients leave that line out. */
function readTrailers(body: Buffer, start: number): [name: string, value: string][] {
  const trailers: [string, string][] = [];
  for (let position = start; position < body.length; ) {
    const read = readLine(body, position);
    if (read === undefined) throw malformedTrailer();
    position = read.next;
    // Other signers (as in AWS's own example) put an empty line between the trailers and their signature.
    if (read.line === '') continue;
    const colon = read.line.indexOf(':');
    if (colon <= 0) throw malformedTrailer();
    trailers.push([read.line.slice(0, colon).toLowerCase(), read.line.slice(colon + 1).trim()]);
  }
  return trailers;
}

const maxLine = 4096;

function readLine(body: Buffer, start: number): { line: string; next: number } | undefined {
  const end = body.subarray(start, start + maxLine).indexOf('\r\n');
  return end < 0 ? undefined : { line: body.toString('latin1', start, start + end), next: start + end + 2 };
}

function malformed(detail: string): Error {
  return payloadMismatch('IncompleteBody', `The request body is not an aws-chunked stream: ${detail}.`);
}

function malformedTrailer(): Error {
  const message = 'The trailing data is not well-formed, or not what the header x-amz-trailer announces.';
  return payloadMismatch('MalformedTrailerError', message);
}
