import type { Json } from './operation.ts';
import { checkStatus, type GivenHeaders, readHeaders } from './response-parts.ts';

/** Members of a problem document (RFC 9457): the kind of problem, and further ones. */
export interface ProblemMembers {
  /** A URI that names the kind of problem. @default about:blank */
  readonly type?: string;
  /** The kind of problem in a few words. @default the words of the status */
  readonly title?: string;
  readonly [member: string]: Json;
}

/**
 * An error that the client sees: its status, its message, its headers and its problem document. Any other error becomes a 500 without
 * details.
 * @example throw new HttpError(404, `There is no message ${id}.`)
 * @example throw new HttpError(409, 'Only 2 pens are left.', {}, { type: 'https://api.example.com/out-of-stock', available: 2 })
 */
export class HttpError extends Error {
  override readonly name: string = 'HttpError';
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly problem: ProblemMembers;

  /**
   * @param statusCode HTTP status, from 400 to 599
   * @param message for the client: the problem document's `detail`
   * @param headers of the response, e.g. `Retry-After`. One that is `undefined` is left out
   * @param problem members of the problem document. `status`, `detail` and `requestId` are not among them
   * @throws RangeError for another status, and TypeError for a header that HTTP cannot carry. The client then sees a 500
   */
  constructor(statusCode: number, message: string, headers?: GivenHeaders, problem: ProblemMembers = {}) {
    super(message);
    checkStatus(statusCode, 400, 'an HttpError');
    this.statusCode = statusCode;
    this.headers = readHeaders(headers);
    this.problem = problem;
  }
}

/**
 * The type of the problem "a request with this `Idempotency-Key` is being executed" (RFC 9457, section 3.1.1). A client that knows it can
 * ask again soon: signed-fetch does so each second. Any other waits as long as `Retry-After` says.
 */
export const REQUEST_IN_PROGRESS = 'urn:problem-type:cross-account-api:request-in-progress';

/** A request with the same `Idempotency-Key` is being executed. */
export class RequestInProgress extends HttpError {
  override readonly name = 'RequestInProgress';

  /** @param secondsLeft the longest time until it has ended */
  constructor(secondsLeft: number) {
    super(
      503,
      'A request with this Idempotency-Key is being executed. Repeat it later.',
      { 'Retry-After': String(secondsLeft) },
      { type: REQUEST_IN_PROGRESS, title: 'Request in progress' },
    );
  }
}

/** The part of a request that was refused, and why. */
export interface RefusedPart {
  readonly in: 'path' | 'query' | 'header' | 'body';
  /** The parameter's name, or a dotted path into the body. Empty for the body itself. */
  readonly path: string;
  readonly message: string;
}

/** A refused part, and the value as its message may show it. */
export interface JudgedPart extends RefusedPart {
  readonly received?: string | undefined;
}

/** The request breaks the operation's schemas. The problem document lists each violation. */
export class InvalidRequest extends HttpError {
  override readonly name = 'InvalidRequest';
  readonly errors: readonly RefusedPart[];
  readonly #parts: readonly JudgedPart[];

  /** @param errors all parts that were refused; at most 20 are shown */
  constructor(errors: readonly JudgedPart[]) {
    const shown = errors.slice(0, MAX_SHOWN).map(shorten);
    const more = errors.length - shown.length;
    const lines = [...shown.map(describe), ...(more > 0 ? [`and ${more} more`] : [])];
    super(400, `The request is invalid: ${lines.join('; ')}`);
    this.errors = shown;
    this.#parts = errors;
  }

  /** The same error for a log: each place and rule, without the value, which can be personal data. */
  withoutValues(): InvalidRequest {
    return new InvalidRequest(this.#parts.map(withoutValue));
  }
}

/** valibot's own messages end with the value, and those of its translations have it. Messages of a schema are its owner's words. */
function withoutValue({ received = '', message, ...place }: JudgedPart): RefusedPart {
  const at = /^["\d-]/.test(received) ? message.lastIndexOf(received) : -1;
  return {
    ...place,
    message: at < 0 ? message : `${message.slice(0, at)}…${message.slice(at + received.length)}`,
  };
}

/** The most parts that an error shows. Lambda limits a response to 6 MB, and the errors of a large body could exceed that. */
export const MAX_SHOWN = 20;
const MAX_CHARACTERS = 300;

const kinds = { path: 'path parameter', query: 'query parameter', header: 'header', body: 'body,' } as const;

function describe({ in: part, path, message }: RefusedPart): string {
  if (path !== '') return `${kinds[part]} ${path}: ${message}`;
  return `the ${part}: ${message}`;
}

function shorten({ in: part, path, message }: RefusedPart): RefusedPart {
  const short = (text: string) => (text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text);
  return { in: part, path: short(path), message: short(message) };
}
