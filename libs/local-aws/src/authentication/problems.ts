import { hash } from 'node:crypto';
import type { AuthenticationFailure, S3Answer, WordedFailure } from './outcome.ts';
import { algorithm, type CredentialScope, terminator } from './signing.ts';
import { formatTimestamp } from './timestamp.ts';

type Form = 'header' | 'query';

interface Times {
  readonly date: Date;
  readonly now: Date;
  readonly allowedSeconds: number;
}

/** What is wrong with a signature, and the facts that AWS's sentence about it has. */
interface Problems {
  absent: unknown;
  /** Both an `Authorization` header and `X-Amz-Algorithm`. */
  'both-forms': unknown;
  'empty-header': unknown;
  /** `Authorization` starts with a `key=value`. */
  'no-algorithm': unknown;
  'not-key-value': { readonly header: string };
  'missing-parameters': { readonly form: Form; readonly names: readonly string[]; readonly header: string };
  'other-algorithm': { readonly form: Form; readonly algorithm: string };
  'not-signed': { readonly names: readonly string[] };
  'malformed-date': { readonly form: Form; readonly text: string };
  /** `X-Amz-Expires` is absent, no number, negative, or over a week. */
  'malformed-expiry': { readonly form: 'query'; readonly text: string | undefined };
  'too-old': Times;
  'too-new': Times & { readonly form: Form };
  'url-expired': Times;
  'malformed-scope': { readonly form: Form; readonly credential: string };
  'other-scope': {
    readonly form: Form;
    readonly scope: CredentialScope;
    /** What each wrong element should have been. */
    readonly expected: Partial<CredentialScope>;
    readonly timestamp: string;
  };
  'hash-missing': unknown;
  'hash-malformed': unknown;
  'hash-differs': unknown;
  'chunks-malformed': { readonly detail: string };
  'chunk-signature': unknown;
  /** A chunk other than the last is smaller than S3 allows. */
  'chunk-too-small': unknown;
  'length-differs': unknown;
  'trailer-malformed': unknown;
  'checksum-differs': { readonly algorithm: string };
}

interface Wording<Facts> {
  readonly kind: WordedFailure['kind'];
  /** AWS's sentence. `undefined`: the request counts as not signed. */
  message(facts: Facts): string | undefined;
  /** S3's code and status. Default: those of the kind. */
  readonly s3?: S3Answer;
}

/** A problem with a body. Apart from its hash, only S3 looks at one. */
function ofBody<Facts = unknown>(
  code: string,
  status: number,
  message: (facts: Facts) => string,
): Wording<Facts> {
  return { kind: 'payload-mismatch', message, s3: { code, status } };
}

/**
 * AWS's words for each problem, as API Gateway, STS, IAM, Lambda and most other services say it. S3 has the same words here, but
 * its own codes and statuses, by which its clients act (API reference, "Error responses").
 */
const words: { readonly [Name in keyof Problems]: Wording<Problems[Name]> } = {
  absent: { kind: 'incomplete', message: () => undefined },
  'both-forms': {
    kind: 'ambiguous',
    message: () => "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
  },
  'empty-header': {
    kind: 'incomplete',
    message: () => "Authorization header cannot be empty: ''.",
  },
  'no-algorithm': {
    kind: 'incomplete',
    message: () =>
      'Authorization header must begin with the algorithm name, which cannot include an equal-sign',
  },
  'not-key-value': {
    kind: 'incomplete',
    message: ({ header }) =>
      `Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '${fingerprint(header)}'.`,
  },
  'missing-parameters': {
    kind: 'incomplete',
    message({ form, names, header }) {
      if (form === 'query') {
        const sentences = names.map((name) => `AWS query-string parameters must include '${name}'.`);
        return `${sentences.join(' ')} Re-examine the query-string parameters.`;
      }
      const sentences = names.map((name) =>
        name === 'Date'
          ? "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
          : `Authorization header requires '${name}' parameter.`,
      );
      return `${sentences.join(' ')} (Hashed with SHA-256 and encoded with Base64) Authorization=${fingerprint(header)}`;
    },
  },
  'other-algorithm': {
    kind: 'incomplete',
    message: ({ form, algorithm: other }) =>
      form === 'query'
        ? undefined
        : `Unsupported AWS 'algorithm': '${excerpt(other)}' (only ${algorithm} for now). `,
  },
  'not-signed': {
    kind: 'unsigned-header',
    message: ({ names }) =>
      names
        .map((name) => (name === 'host' ? "'Host' or ':authority'" : `'${name}'`))
        .map((name) => `${name} must be a 'SignedHeader' in the AWS Authorization.`)
        .join(' '),
  },
  'malformed-date': {
    kind: 'incomplete',
    message: ({ text }) =>
      `Date must be in ISO-8601 'basic format'. Got '${excerpt(text)}'. See http://en.wikipedia.org/wiki/ISO_8601`,
  },
  // S3 alone documents a sentence.
  'malformed-expiry': { kind: 'incomplete', message: ({ text }) => expiresRule(text) },
  'too-old': { kind: 'not-current', message: expired },
  'too-new': {
    kind: 'not-current',
    message({ date, now, allowedSeconds }) {
      const latest = formatTimestamp(shifted(now, allowedSeconds));
      return `Signature not yet current: ${formatTimestamp(date)} is still later than ${latest} (${formatTimestamp(now)} + ${duration(allowedSeconds)})`;
    },
  },
  'url-expired': { kind: 'not-current', message: expired, s3: { code: 'AccessDenied', status: 403 } },
  'malformed-scope': {
    kind: 'incomplete',
    message: ({ credential }) =>
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${excerpt(credential)}'`,
  },
  'other-scope': {
    kind: 'wrong-scope',
    message: ({ scope, expected, timestamp }) =>
      [
        expected.region && 'Credential should be scoped to a valid region. ',
        expected.service && `Credential should be scoped to correct service: '${expected.service}'. `,
        expected.terminator &&
          `Credential should be scoped with a valid terminator: '${terminator}', not '${excerpt(scope.terminator)}'. `,
        expected.date &&
          `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${excerpt(scope.date)}' != '${expected.date}', from '${timestamp}'.`,
      ].join(''),
  },
  'hash-missing': ofBody(
    'InvalidRequest',
    400,
    () => 'Missing required header for this request: x-amz-content-sha256',
  ),
  'hash-malformed': ofBody(
    'InvalidArgument',
    400,
    () => 'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-… or a valid sha256 value.',
  ),
  'hash-differs': ofBody(
    'XAmzContentSHA256Mismatch',
    400,
    () => "The provided 'x-amz-content-sha256' header does not match what was computed.",
  ),
  'chunks-malformed': ofBody(
    'IncompleteBody',
    400,
    ({ detail }) => `The request body is no aws-chunked stream: ${detail}.`,
  ),
  'chunk-signature': ofBody(
    'SignatureDoesNotMatch',
    403,
    () => 'The signature of a chunk does not match the signature you provided.',
  ),
  'chunk-too-small': ofBody(
    'InvalidChunkSizeError',
    403,
    () => 'Only the last chunk is allowed to have a size less than 8192 bytes',
  ),
  'length-differs': ofBody(
    'IncompleteBody',
    400,
    () => 'The number of bytes is not that of the header x-amz-decoded-content-length.',
  ),
  'trailer-malformed': ofBody(
    'MalformedTrailerError',
    400,
    () => 'The trailing data is not well-formed, or not what the header x-amz-trailer announces.',
  ),
  'checksum-differs': ofBody(
    'BadDigest',
    400,
    ({ algorithm: name }) => `The ${name.toUpperCase()} you specified did not match the calculated checksum.`,
  ),
};

/** S3's code and status for a kind of failure. Clients go on with the region that it names. */
function s3AnswerTo(
  kind: WordedFailure['kind'],
  { form = 'header', expected = {} }: { readonly form?: Form; readonly expected?: Partial<CredentialScope> },
): S3Answer {
  switch (kind) {
    case 'ambiguous':
      return { code: 'InvalidArgument', status: 400 };
    case 'unsigned-header':
      return { code: 'AccessDenied', status: 403 };
    case 'not-current':
      return { code: 'RequestTimeTooSkewed', status: 403 };
    default:
      return {
        code: form === 'query' ? 'AuthorizationQueryParametersError' : 'AuthorizationHeaderMalformed',
        status: 400,
        ...(expected.region !== undefined && { details: { Region: expected.region } }),
      };
  }
}

/** A request that is not authenticated. It does not leave this folder: {@link failureIn} makes it a value. */
export class NotAuthenticated extends Error {
  /** The failure in the words of a service. */
  readonly failureFor: (signingName: string) => AuthenticationFailure;

  constructor(failureFor: (signingName: string) => AuthenticationFailure) {
    super('The request is not authenticated.');
    this.failureFor = failureFor;
  }
}

/** Makes the error for a problem with a signature. */
export function problem<Name extends keyof Problems>(name: Name, facts: Problems[Name]): NotAuthenticated {
  const { kind, message: wordingOf, s3 }: Wording<Problems[Name]> = words[name];
  return new NotAuthenticated((signingName) => {
    const message = wordingOf(facts);
    if (message === undefined) return { kind: 'missing' };
    if (signingName !== 's3') return { kind, message };
    return { kind, message, s3: s3 ?? s3AnswerTo(kind, Object(facts)) };
  });
}

/** What `work` returns, or why the request is not authenticated, in the words of a service. */
export function failureIn<Result>(signingName: string, work: () => Result): Result | AuthenticationFailure {
  try {
    return work();
  } catch (error) {
    if (error instanceof NotAuthenticated) return error.failureFor(signingName);
    throw error;
  }
}

function expired({ date, now, allowedSeconds }: Times): string {
  const earliest = formatTimestamp(shifted(now, -allowedSeconds));
  return `Signature expired: ${formatTimestamp(date)} is now earlier than ${earliest} (${formatTimestamp(now)} - ${duration(allowedSeconds)})`;
}

function expiresRule(text = ''): string {
  if (!/^-?\d+$/.test(text)) return 'X-Amz-Expires should be a number';
  return text.startsWith('-')
    ? 'X-Amz-Expires must be non-negative'
    : 'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds';
}

/** AWS once echoed the `Authorization` header. As people put tokens and passwords into it, it now sends a hash. */
function fingerprint(header: string): string {
  return hash('sha256', header, 'base64');
}

/** What a client sent, short enough for a message. */
function excerpt(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 120)}…`;
}

function shifted(date: Date, seconds: number): Date {
  return new Date(date.getTime() + seconds * 1000);
}

function duration(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60} min.` : `${seconds} sec.`;
}
