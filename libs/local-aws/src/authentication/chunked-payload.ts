import { checksumName, matchesChecksum } from './checksums.ts';
import { emptyHash, hmac, isSignature, sha256 } from './signing.ts';
import type { PayloadProblem } from './wording.ts';

/** How a body is framed, by its `x-amz-content-sha256`. */
export interface Framing {
  /** Whether each chunk has a signature. */
  readonly signed: boolean;
  /** Whether headers follow the last chunk. */
  readonly trailer: boolean;
}

/** S3's streaming bodies (`Content-Encoding: aws-chunked`) that are signed with a shared key, or not at all. */
export const framings: ReadonlyMap<string, Framing> = new Map([
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', { signed: true, trailer: false }],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', { signed: true, trailer: true }],
  ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', { signed: false, trailer: true }],
]);

/** What the chunks' signatures are made of. AWS: "Transferring payload in multiple chunks". */
export interface ChunkSigning {
  readonly key: Buffer;
  readonly timestamp: string;
  /** `<date>/<region>/s3/aws4_request` */
  readonly scope: string;
  /** The signature of the request itself: the first chunk's is made of it, and each one's of the one before. */
  readonly seed: string;
}

/** What the request's headers say of the body. */
export interface Announced {
  /** `x-amz-decoded-content-length` */
  readonly decodedLength: string | undefined;
  /** Names in `x-amz-trailer`, in lower case. */
  readonly trailers: readonly string[];
}

/**
 * Takes the chunk framing off a body, and verifies what the framing holds: lengths, the signature of each chunk
 * and of the trailer, checksums.
 */
export function decodeChunks(
  body: Buffer,
  framing: Framing,
  announced: Announced,
  signing: ChunkSigning,
): { readonly payload: Buffer } | PayloadProblem {
  const chunks: Buffer[] = [];
  let previous = signing.seed;
  let position = 0;
  for (;;) {
    const head = readLine(body, position);
    if (head === undefined) return malformed('a chunk has no header line');
    const chunk = chunkHead.exec(head.line);
    if (chunk === null) return malformed('a chunk starts with neither a length nor a length and a signature');
    const length = Number.parseInt(chunk[1] ?? '', 16);
    const end = head.next + length;
    if (end > body.length) return malformed('a chunk is shorter than its length says');
    const data = body.subarray(head.next, end);
    const signature = chunk[2];
    if (framing.signed) {
      if (signature === undefined) return { problem: 'chunk-signature' };
      const text = `AWS4-HMAC-SHA256-PAYLOAD\n${signing.timestamp}\n${signing.scope}\n${previous}\n${emptyHash}\n${sha256(data)}`;
      if (!isSignature(signature, hmac(signing.key, text))) return { problem: 'chunk-signature' };
      previous = signature;
    }
    if (length === 0) {
      position = head.next;
      break;
    }
    const last = chunks.at(-1);
    if (last !== undefined && last.length < minChunk) {
      return { problem: 'chunk-too-small', chunk: chunks.length, size: last.length };
    }
    if (!isLineBreak(body, end)) return malformed('a chunk is longer than its length says');
    chunks.push(data);
    position = end + 2;
  }
  const payload = Buffer.concat(chunks);
  if (String(payload.length) !== announced.decodedLength?.trim()) {
    return { problem: 'length-differs', declared: announced.decodedLength, decoded: payload.length };
  }
  return endProblem(body, position, framing, announced, signing, previous, payload) ?? { payload };
}

/** S3 takes smaller ones only at the end. */
const minChunk = 8192;
const chunkHead = /^([0-9a-fA-F]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/;
const trailerSignature = 'x-amz-trailer-signature';

/** Verifies what follows the last chunk. */
function endProblem(
  body: Buffer,
  start: number,
  framing: Framing,
  announced: Announced,
  signing: ChunkSigning,
  previous: string,
  payload: Buffer,
): PayloadProblem | undefined {
  const lines = linesToTheEnd(body, start);
  if (lines === undefined) return { problem: 'trailer-malformed', detail: 'the last line does not end' };
  const trailers: [string, string][] = [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0) return { problem: 'trailer-malformed', detail: 'a line is no header' };
    trailers.push([line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]);
  }
  const signature = trailers.find(([name]) => name === trailerSignature)?.[1];
  const sent = trailers.filter(([name]) => name !== trailerSignature);
  const names = sent.map(([name]) => name);
  if (
    names.length !== announced.trailers.length ||
    !names.every((name) => announced.trailers.includes(name))
  ) {
    return { problem: 'trailer-malformed', detail: 'the trailers are not those that x-amz-trailer names' };
  }
  if (framing.signed && framing.trailer) {
    const canonical = sent.map(([name, value]) => `${name}:${value}\n`).join('');
    const text = `AWS4-HMAC-SHA256-TRAILER\n${signing.timestamp}\n${signing.scope}\n${previous}\n${sha256(canonical)}`;
    if (signature === undefined || !isSignature(signature, hmac(signing.key, text))) {
      return { problem: 'chunk-signature' };
    }
  }
  const wrong = sent.find(([name, value]) => matchesChecksum(name, value, payload) === false);
  return wrong === undefined ? undefined : { problem: 'checksum-differs', checksum: checksumName(wrong[0]) };
}

/** No header line of a chunk or trailer is longer than this. */
const maxLine = 4096;

function readLine(body: Buffer, start: number): { line: string; next: number } | undefined {
  const end = body.subarray(start, start + maxLine).indexOf('\r\n');
  return end < 0 ? undefined : { line: body.toString('latin1', start, start + end), next: start + end + 2 };
}

/** The lines up to the empty one that ends the body. Some clients leave it out. */
function linesToTheEnd(body: Buffer, start: number): string[] | undefined {
  const lines: string[] = [];
  let position = start;
  while (position < body.length) {
    const read = readLine(body, position);
    if (read === undefined) return undefined;
    position = read.next;
    // Other signers (as in AWS's own example) put an empty line between the trailers and their signature.
    if (read.line !== '') lines.push(read.line);
  }
  return lines;
}

function isLineBreak(body: Buffer, position: number): boolean {
  return body[position] === 0x0d && body[position + 1] === 0x0a;
}

function malformed(detail: string): PayloadProblem {
  return { problem: 'chunks-malformed', detail };
}
