import type { IncomingMessage } from 'node:http';

/** A request's body, or why it could not be read. */
export type BodyOutcome =
  | { readonly outcome: 'complete'; readonly body: Buffer }
  | { readonly outcome: 'too-large' | 'no-room' | 'aborted' };

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

/** What the request says of its body's size, in bytes; `undefined` for a chunked body. */
export function declaredLength(request: IncomingMessage): number | undefined {
  if (request.headers['transfer-encoding'] !== undefined) return undefined;
  return Number(request.headers['content-length'] ?? 0);
}

/**
 * Reads a body whole. A complete body counts as held until the caller releases it; any other outcome has been
 * released already, and what still comes in is thrown away.
 */
export function readBody(request: IncomingMessage, limit: number, held: HeldBytes): Promise<BodyOutcome> {
  const declared = declaredLength(request);
  if (declared === 0) return Promise.resolve({ outcome: 'complete', body: Buffer.alloc(0) });
  if (declared !== undefined && declared > limit) return Promise.resolve({ outcome: 'too-large' });

  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    function settle(outcome: BodyOutcome): void {
      request.off('data', onData).off('end', onEnd).off('close', onAbort);
      if (outcome.outcome !== 'complete') {
        held.release(size);
        request.resume();
      }
      resolve(outcome);
    }
    function onData(chunk: Buffer): void {
      if (size + chunk.length > limit) {
        settle({ outcome: 'too-large' });
      } else if (!held.take(chunk.length)) {
        settle({ outcome: 'no-room' });
      } else {
        size += chunk.length;
        chunks.push(chunk);
      }
    }
    function onEnd(): void {
      settle({
        outcome: 'complete',
        body: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks),
      });
    }
    function onAbort(): void {
      settle({ outcome: 'aborted' });
    }
    // `close` follows an error too; the listener for `error` only keeps it from being thrown.
    request.on('data', onData).on('end', onEnd).on('close', onAbort).on('error', onAbort);
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The headers in the order received, names in lower case. Node hands out each byte of a value as one character;
 * here they are read as UTF-8, as clients sign them, so that no two different values look the same.
 * @returns `undefined` if a value is not UTF-8
 */
export function readHeaders(rawHeaders: readonly string[]): (readonly [string, string])[] | undefined {
  const headers: (readonly [string, string])[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const value = decodeValue(rawHeaders[index + 1] ?? '');
    if (value === undefined) return undefined;
    headers.push([(rawHeaders[index] ?? '').toLowerCase(), value]);
  }
  return headers;
}

function decodeValue(raw: string): string | undefined {
  if (!/[\u0080-\uffff]/.test(raw)) return raw;
  try {
    return utf8.decode(Buffer.from(raw, 'latin1'));
  } catch {
    return undefined;
  }
}
