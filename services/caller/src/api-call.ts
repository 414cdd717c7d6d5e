import { IDEMPOTENCY_KEY_HEADER } from '@cross-account-api/contract';
import * as v from 'valibot';
import { operations } from '@cross-account-api/operations';

const { postMessage } = operations;

const scalar = v.union([v.string(), v.number(), v.boolean()]);

const apiCallSchema = v.pipe(
  v.unknown(),
  // To valibot, an array is an object.
  v.check((event) => !Array.isArray(event), 'must be an object, not an array'),
  v.strictObject({
    method: v.exactOptional(v.picklist(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])),
    path: v.optional(v.pipe(v.string(), v.startsWith('/', 'must begin with "/"')), postMessage.path),
    query: v.exactOptional(v.record(v.string(), v.union([scalar, v.array(scalar)]))),
    headers: v.exactOptional(v.record(v.string(), v.string())),
    body: v.exactOptional(v.unknown()),
  }),
);

/** The caller's event: the call to make. An empty event sends `POST /messages {"foo":"bar"}`. */
export type ApiCall = v.InferOutput<typeof apiCallSchema>;

/** The call that an empty event makes. */
const defaultCall: ApiCall = {
  method: postMessage.method,
  path: postMessage.path,
  body: postMessage.example.body,
};

/**
 * Reads the function's event. An empty event is absent, `null`, `""` or `{}`.
 * @throws Error that names the wrong member and the rule, before anything is sent
 * @example readApiCall({ path: '/whoami' }) // { path: '/whoami' }
 * @example readApiCall({}) // { method: 'POST', path: '/messages', body: { foo: 'bar' } }
 */
export function readApiCall(event: unknown): ApiCall {
  if (isEmpty(event)) return defaultCall;
  const result = v.safeParse(apiCallSchema, event);
  if (result.success) return result.output;
  const problems = result.issues.map((issue) => `${v.getDotPath(issue) ?? 'the event'}: ${issue.message}`);
  throw new InvalidEvent(
    `The event must be { method?, path?, query?, headers?, body? }; an empty one sends POST /messages. ${problems.join('; ')}`,
  );
}

/** Whether the event has an idempotency key. */
export function hasIdempotencyKey({ headers = {} }: Pick<ApiCall, 'headers'>): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === IDEMPOTENCY_KEY_HEADER.toLowerCase());
}

/**
 * Refuses a key that the API would not remember. With a key, a request is repeated after it may have been executed, by this
 * function and by Lambda. An API that ignores the key would execute it twice.
 * @param honoursKeys whether the API was deployed with the setting `idempotency` when this function was
 * @throws InvalidEvent before anything is sent
 */
export function checkIdempotencyKey(call: Pick<ApiCall, 'headers'>, honoursKeys: boolean): void {
  if (honoursKeys || !hasIdempotencyKey(call)) return;
  throw new InvalidEvent(
    `headers: ${IDEMPOTENCY_KEY_HEADER} must not be sent to an API that remembers no keys (setting idempotency: false in services/stages.yml): it could execute the request twice. Leave the header out: then a request that may have been executed is not repeated. Or set idempotency: true and deploy both services. Nothing was sent.`,
  );
}

/** The event is not an API call. */
export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent';
  readonly code = 'InvalidEvent';
}

function isEmpty(event: unknown): boolean {
  return (
    event === undefined ||
    event === null ||
    event === '' ||
    (typeof event === 'object' && !Array.isArray(event) && Object.keys(event).length === 0)
  );
}
