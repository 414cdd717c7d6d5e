import { hash } from 'node:crypto';
import { isoSeconds } from '../core/clock.ts';
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
  'malformed-expiry': { readonly text: string | undefined };
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
  'hash-malformed': { readonly text: string };
  'hash-differs': { readonly declared: string; readonly computed: string };
  'chunks-malformed': { readonly detail: string };
  'chunk-signature': unknown;
  /** A chunk other than the last is smaller than S3 allows. */
  'chunk-too-small': { readonly chunk: number; readonly size: number };
  'length-differs': { readonly declared: string | undefined };
  'trailer-malformed': unknown;
  'checksum-differs': { readonly algorithm: string };
}

type S3Error = readonly [code: string, status: number, message: string, details?: S3Answer['details']];

interface Wording<Facts> {
  readonly kind: WordedFailure['kind'];
  /** The sentence of all services but S3. `undefined`: to them, the request is not signed. */
  general(facts: Facts): string | undefined;
  /** S3's error. `undefined`: to S3, the request is not signed. */
  s3(facts: Facts): S3Error | undefined;
}

/** S3's errors for what is wrong with a signature in the header and in the query. */
const malformed = { header: 'AuthorizationHeaderMalformed', query: 'AuthorizationQueryParametersError' };
// S3 echoes the header as ArgumentValue. It may hold a password or token, so it is left out here.
const argument = { ArgumentName: 'Authorization' };
const unsupportedType = (): S3Error => ['InvalidArgument', 400, 'Unsupported Authorization Type', argument];
const missingQueryParameters: S3Error = [
  malformed.query,
  400,
  'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
];
const noDate: S3Error = [
  'AccessDenied',
  403,
  'AWS authentication requires a valid Date or x-amz-date header',
];

/** A problem with a body. Apart from its hash, only S3 looks at one. */
function ofBody<Facts>(s3: (facts: Facts) => S3Error): Wording<Facts> {
  const message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
  return { kind: 'payload-mismatch', general: () => message, s3 };
}

/**
 * AWS's words for each problem. General: as API Gateway, STS, IAM, Lambda and most other services say it. S3's are from its API
 * reference ("Error responses") and the messages that its clients report.
 */
const words: { readonly [Name in keyof Problems]: Wording<Problems[Name]> } = {
  absent: { kind: 'incomplete', general: () => undefined, s3: () => undefined },
  'both-forms': {
    kind: 'ambiguous',
    general: () => "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
    s3: () => [
      'InvalidArgument',
      400,
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
      argument,
    ],
  },
  'empty-header': {
    kind: 'incomplete',
    general: () => "Authorization header cannot be empty: ''.",
    s3: () => undefined,
  },
  'no-algorithm': {
    kind: 'incomplete',
    general: () =>
      'Authorization header must begin with the algorithm name, which cannot include an equal-sign',
    s3: unsupportedType,
  },
  'not-key-value': {
    kind: 'incomplete',
    general: ({ header }) =>
      `Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '${fingerprint(header)}'.`,
    s3: unsupportedType,
  },
  'missing-parameters': {
    kind: 'incomplete',
    general({ form, names, header }) {
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
    s3({ form, names }) {
      if (form === 'query') return missingQueryParameters;
      const sentence =
        'the authorization header requires three components: Credential, SignedHeaders, and Signature.';
      return names.every((name) => name === 'Date') ? noDate : malformedHeader(sentence);
    },
  },
  'other-algorithm': {
    kind: 'incomplete',
    general: ({ form, algorithm: other }) =>
      form === 'query'
        ? undefined
        : `Unsupported AWS 'algorithm': '${excerpt(other)}' (only ${algorithm} for now). `,
    s3: ({ form }) =>
      form === 'query'
        ? [malformed.query, 400, `X-Amz-Algorithm only supports "${algorithm} and AWS4-ECDSA-P256-SHA256"`]
        : unsupportedType(),
  },
  'not-signed': {
    kind: 'unsigned-header',
    general: ({ names }) =>
      names
        .map((name) => (name === 'host' ? "'Host' or ':authority'" : `'${name}'`))
        .map((name) => `${name} must be a 'SignedHeader' in the AWS Authorization.`)
        .join(' '),
    s3: ({ names }) => [
      'AccessDenied',
      403,
      'There were headers present in the request which were not signed',
      { HeadersNotSigned: names.join(', ') },
    ],
  },
  'malformed-date': {
    kind: 'incomplete',
    general: ({ text }) =>
      `Date must be in ISO-8601 'basic format'. Got '${excerpt(text)}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    s3: ({ form }) =>
      form === 'header'
        ? noDate
        : [malformed.query, 400, `X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`],
  },
  'malformed-expiry': {
    kind: 'incomplete',
    // No other service than S3 documents a sentence.
    general: ({ text }) => expiresRule(text),
    s3: ({ text }) =>
      text === undefined ? missingQueryParameters : [malformed.query, 400, expiresRule(text)],
  },
  'too-old': { kind: 'not-current', general: expired, s3: tooSkewed },
  'too-new': {
    kind: 'not-current',
    general({ date, now, allowedSeconds }) {
      const latest = formatTimestamp(shifted(now, allowedSeconds));
      return `Signature not yet current: ${formatTimestamp(date)} is still later than ${latest} (${formatTimestamp(now)} + ${duration(allowedSeconds)})`;
    },
    s3({ form, ...times }) {
      if (form === 'header') return tooSkewed(times);
      const details = { 'X-Amz-Date': formatTimestamp(times.date), ServerTime: isoSeconds(times.now) };
      return ['AccessDenied', 403, 'Request is not yet valid', details];
    },
  },
  'url-expired': {
    kind: 'not-current',
    general: expired,
    s3: ({ date, now, allowedSeconds }) => [
      'AccessDenied',
      403,
      'Request has expired',
      {
        'X-Amz-Expires': String(allowedSeconds),
        Expires: isoSeconds(shifted(date, allowedSeconds)),
        ServerTime: isoSeconds(now),
      },
    ],
  },
  'malformed-scope': {
    kind: 'incomplete',
    general: ({ credential }) =>
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${excerpt(credential)}'`,
    s3: ({ form }) =>
      badScope(
        form,
        `the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/${terminator}".`,
      ),
  },
  'other-scope': {
    kind: 'wrong-scope',
    general: ({ scope, expected, timestamp }) =>
      [
        expected.region && 'Credential should be scoped to a valid region. ',
        expected.service && `Credential should be scoped to correct service: '${expected.service}'. `,
        expected.terminator &&
          `Credential should be scoped with a valid terminator: '${terminator}', not '${excerpt(scope.terminator)}'. `,
        expected.date &&
          `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${excerpt(scope.date)}' != '${expected.date}', from '${timestamp}'.`,
      ].join(''),
    s3: ({ form, scope, expected }) =>
      badScope(form, s3ScopeSentence(scope, expected), expected.region && { Region: expected.region }),
  },
  'hash-missing': ofBody(() => [
    'InvalidRequest',
    400,
    'Missing required header for this request: x-amz-content-sha256',
  ]),
  'hash-malformed': ofBody(({ text }) => [
    'InvalidArgument',
    400,
    'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
    { ArgumentName: 'x-amz-content-sha256', ArgumentValue: text.slice(0, 120) },
  ]),
  'hash-differs': ofBody(({ declared, computed }) => [
    'XAmzContentSHA256Mismatch',
    400,
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
    { ClientComputedContentSHA256: declared, S3ComputedContentSHA256: computed },
  ]),
  'chunks-malformed': ofBody(({ detail }) => [
    'IncompleteBody',
    400,
    `The request body is no aws-chunked stream: ${detail}.`,
  ]),
  'chunk-signature': ofBody(() => [
    'SignatureDoesNotMatch',
    403,
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  ]),
  'chunk-too-small': ofBody(({ chunk, size }) => [
    'InvalidChunkSizeError',
    403,
    'Only the last chunk is allowed to have a size less than 8192 bytes',
    { Chunk: String(chunk), BadChunkSize: String(size) },
  ]),
  'length-differs': ofBody(({ declared }) =>
    declared === undefined
      ? ['MissingContentLength', 411, 'You must provide the Content-Length HTTP header.']
      : [
          'IncompleteBody',
          400,
          'You did not provide the number of bytes specified by the Content-Length HTTP header',
        ],
  ),
  'trailer-malformed': ofBody(() => [
    'MalformedTrailerError',
    400,
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
  ]),
  'checksum-differs': ofBody(({ algorithm: name }) => [
    'BadDigest',
    400,
    `The ${name.toUpperCase()} you specified did not match the calculated checksum.`,
  ]),
};

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
  const { kind, general, s3 }: Wording<Problems[Name]> = words[name];
  return new NotAuthenticated((signingName) => {
    if (signingName !== 's3') {
      const message = general(facts);
      return message === undefined ? { kind: 'missing' } : { kind, message };
    }
    const [code, status, message, details = {}] = s3(facts) ?? [];
    if (code === undefined || status === undefined || message === undefined) return { kind: 'missing' };
    return { kind, message, s3: { code, status, details } };
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

function malformedHeader(sentence: string): S3Error {
  return [malformed.header, 400, `The authorization header is malformed; ${sentence}`];
}

function badScope(form: Form, sentence: string, details?: S3Answer['details'] | ''): S3Error {
  const [code, status, message] =
    form === 'header'
      ? malformedHeader(sentence)
      : [malformed.query, 400, `Error parsing the X-Amz-Credential parameter; ${sentence}`];
  return [code, status, message, details || {}];
}

function s3ScopeSentence(scope: CredentialScope, expected: Partial<CredentialScope>): string {
  if (expected.service !== undefined) {
    return `incorrect service "${scope.service.slice(0, 40)}". This endpoint belongs to "${expected.service}".`;
  }
  if (expected.terminator !== undefined) {
    return `incorrect terminal "${scope.terminator.slice(0, 40)}". This endpoint uses "${terminator}".`;
  }
  if (expected.region !== undefined) {
    return `the region '${scope.region.slice(0, 40)}' is wrong; expecting '${expected.region}'`;
  }
  return /^\d{8}$/.test(scope.date)
    ? `Invalid credential date "${scope.date}". This date is not the same as X-Amz-Date: "${expected.date}".`
    : `incorrect date format "${scope.date.slice(0, 40)}". This date in the credential must be in the format "yyyyMMdd".`;
}

function tooSkewed({ date, now, allowedSeconds }: Times): S3Error {
  const details = {
    RequestTime: formatTimestamp(date),
    ServerTime: isoSeconds(now),
    MaxAllowedSkewMilliseconds: String(allowedSeconds * 1000),
  };
  const message = 'The difference between the request time and the current time is too large.';
  return ['RequestTimeTooSkewed', 403, message, details];
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
