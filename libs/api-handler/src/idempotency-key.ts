import { HttpError } from './http-error.ts';
import { type Headers, requestHeader } from './request-header.ts';

/** The header that makes a request safe to repeat (draft-ietf-httpapi-idempotency-key-header). */
const HEADER = 'Idempotency-Key';

/** Reads the header as it was sent. Returns `undefined` if the request does not have it. */
export function keyHeaderOf(event: Headers): string | undefined {
  return requestHeader(event, HEADER);
}

/** Reads the key of a request; `undefined` if it has none. @throws {@link HttpError} 400 if the key is not valid */
export function idempotencyKeyOf(event: Headers): string | undefined {
  const key = keyHeaderOf(event);
  if (key !== undefined && !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new HttpError(400, `${HEADER} must have 1 to 255 visible ASCII characters.`);
  }
  return key;
}

/**
 * Refuses a request with a key to an operation without idempotency. Its sender would repeat a request that was executed. By HTTP, every
 * method except `POST` and `PATCH` may be repeated, so a key changes nothing there.
 * @throws {@link HttpError} 400
 */
export function refuseKey(event: Headers, method: string): void {
  const mayBeRepeated = !/^(POST|PATCH)$/i.test(method);
  if (mayBeRepeated || idempotencyKeyOf(event) === undefined) return;
  throw new HttpError(
    400,
    `This route does not remember requests, so it would execute a repetition again. Send the request without ${HEADER}, and do not repeat it if it may have been executed.`,
  );
}
