import type { IncomingMessage } from 'node:http';
import type { NetworkLimits } from './limits.ts';
import { malformed, noRoom, RequestRefused, tooLarge } from './refusal.ts';

/** Counts the bytes of all bodies that are held at one time. */
export interface HeldBytes {
  /** @returns whether there is room for so many more; they then count until they are released. */
  take(bytes: number): boolean;
  release(bytes: number): void;
}

/** @param limit how many bytes may be held at one time */
export function countHeldBytes(limit: number): HeldBytes {
  let held = 0;
  return {
    take(bytes) {
      if (held + bytes > limit) return false;
      held += bytes;
      return true;
    },
    release(bytes) {
      held -= bytes;
    },
  };
}

/** The size of the body that the request declares, in bytes; `undefined` for a chunked body. */
export function declaredLength(request: IncomingMessage): number | undefined {
  if (request.headers['transfer-encoding'] !== undefined) return undefined;
  return Number(request.headers['content-length'] ?? 0);
}

/**
 * Reads a body whole. It counts as held until the caller releases it; `undefined` if the client broke off.
 * @throws RequestRefused, and throws away what still comes in
 */
export async function readBody(
  request: IncomingMessage,
  limits: NetworkLimits,
  held: HeldBytes,
): Promise<Buffer | undefined> {
  if (declaredLength(request) === 0) return Buffer.alloc(0);
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('error', () => {}); // the loop gets the error while it runs; later, it makes no difference
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      if (size + chunk.length > limits.bodyBytes) throw tooLarge(limits);
      if (!held.take(chunk.length)) throw noRoom(limits);
      size += chunk.length;
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    held.release(size);
    request.resume();
    if (error instanceof RequestRefused) throw error;
    return undefined;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The headers in the order received, names in lower case. Values are read as UTF-8, as clients sign them.
 * @throws RequestRefused if a value is not UTF-8
 */
export function readHeaders(rawHeaders: readonly string[]): (readonly [string, string])[] {
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), decodeValue(rawHeaders[index + 1] ?? '')] as const] : [],
  );
}

function decodeValue(raw: string): string {
  if (!/[\u0080-\uffff]/.test(raw)) return raw;
  try {
    return utf8.decode(Buffer.from(raw, 'latin1'));
  } catch {
    throw malformed('A header value is not valid UTF-8.');
  }
}
