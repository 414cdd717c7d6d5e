import type { Form, Keys, ToSign } from '../sign.testing.ts';
import type { WireRequest } from '../wire.testing.ts';

/** The services, one for each family of error codes. */
export type Service = 'execute-api' | 'sts';

/** Error codes: of `execute-api`, and of `sts`. */
export const codes = {
  missing: ['MissingAuthenticationTokenException', 'MissingAuthenticationToken'],
  incomplete: ['IncompleteSignatureException', 'IncompleteSignature'],
  token: ['UnrecognizedClientException', 'InvalidClientTokenId'],
  expired: ['ExpiredTokenException', 'ExpiredToken'],
  signature: ['InvalidSignatureException', 'SignatureDoesNotMatch'],
} as const;

/** The change to a request before it is sent. */
export interface Situation {
  /** Options that differ when the request is signed. */
  readonly signing?: (now: Date) => Partial<ToSign>;
  /** Other keys to sign with. */
  readonly keys?: (keys: Known) => Keys;
  /** A change after signing. */
  readonly change?: (request: WireRequest) => WireRequest;
  /** Limits the case to this form. Default: both forms, both services. */
  readonly form?: Form;
  readonly service?: Service;
}

/** The keys that the cases sign with. */
export interface Known {
  readonly user: Keys;
  readonly session: Keys;
  readonly otherSession: Keys;
  readonly deleted: Keys;
}

/** A line of the table. */
export type Row = readonly [
  situation: string,
  how: Situation,
  code: keyof typeof codes,
  message: string | RegExp,
];

/** Replaces text in a header. @param name in lower case */
const inHeader = (name: string, from: string | RegExp, to: string) => (request: WireRequest) => ({
  ...request,
  headers: Object.fromEntries(
    Object.entries(request.headers).map(([key, value]) => [
      key,
      key.toLowerCase() === name ? value.replace(from, to) : value,
    ]),
  ),
});
const withoutHeader = (name: string) => (request: WireRequest) => ({
  ...request,
  headers: Object.fromEntries(Object.entries(request.headers).filter(([key]) => key.toLowerCase() !== name)),
});
const withHeader = (name: string, value: string) => (request: WireRequest) => ({
  ...request,
  headers: { ...request.headers, [name]: value },
});
const inPath = (from: string | RegExp, to: string) => (request: WireRequest) => ({
  ...request,
  path: request.path.replace(from, to),
});
/** Replaces text in the signature's parameters, in the query and in the header. */
const inSignature = (from: RegExp, to: string) => (request: WireRequest) =>
  inPath(from, to)(inHeader('authorization', from, to)(request));

const invalidToken = 'The security token included in the request is invalid.';
const mismatch =
  /^The request signature we calculated does not match the signature you provided\. Check your AWS Secret Access Key and signing method\. Consult the service documentation for details\.\n\nThe Canonical String for this request should have been\n'(GET|POST|DELETE)\n\/[^']*\n[0-9a-f]{64}'\n\nThe String-to-Sign should have been\n'AWS4-HMAC-SHA256\n\d{8}T\d{6}Z\n\d{8}\/us-east-1\/(execute-api|sts)\/aws4_request\n[0-9a-f]{64}'\n$/;
const fiveMinutes =
  /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)$/;
const fifteenMinutes =
  /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 15 min\.\)$/;
const notYet = (minutes: number) =>
  new RegExp(
    `^Signature not yet current: \\d{8}T\\d{6}Z is still later than \\d{8}T\\d{6}Z \\(\\d{8}T\\d{6}Z \\+ ${minutes} min\\.\\)$`,
  );
const seconds = (offset: number) => (now: Date) => ({ date: new Date(now.getTime() + offset * 1000) });
const tokenOf = ({ sessionToken = '' }: Keys) => ({ sessionToken });
const flipped = (keys: Keys): Keys => ({ ...keys, sessionToken: `${keys.sessionToken?.slice(0, -4)}AAAA` });

/** Situation, the change to the signed request, and the error. */
export const situations: readonly Row[] = [
  [
    'no signature',
    { form: 'header', change: withoutHeader('authorization') },
    'missing',
    'Missing Authentication Token',
  ],
  [
    'an empty Authorization header',
    { form: 'header', change: inHeader('authorization', /.*/, '') },
    'incomplete',
    "Authorization header cannot be empty: ''.",
  ],
  [
    'a bearer token',
    { form: 'header', change: inHeader('authorization', /.*/, 'Bearer abc') },
    'incomplete',
    /^Invalid key=value pair \(missing equal-sign\) in Authorization header \(hashed with SHA-256 and encoded with Base64\): '[\w+/=]{44}'\.$/,
  ],
  [
    'only parameters',
    { form: 'header', change: inHeader('authorization', /^AWS4-HMAC-SHA256 /, '') },
    'incomplete',
    'Authorization header must begin with the algorithm name, which cannot include an equal-sign',
  ],
  [
    'no parameters at all',
    { form: 'header', change: inHeader('authorization', / .*/, '') },
    'incomplete',
    /^Authorization header requires 'Credential' parameter\. Authorization header requires 'Signature' parameter\. Authorization header requires 'SignedHeaders' parameter\. \(Hashed with SHA-256 and encoded with Base64\) Authorization=[\w+/=]{44}$/,
  ],
  [
    'no Credential',
    { form: 'header', change: inHeader('authorization', /Credential=[^,]*, /, '') },
    'incomplete',
    /^Authorization header requires 'Credential' parameter\. \(Hashed/,
  ],
  [
    'no Credential',
    { form: 'query', change: inPath(/X-Amz-Credential=[^&]*&?/, '') },
    'incomplete',
    "AWS query-string parameters must include 'X-Amz-Credential'. Re-examine the query-string parameters.",
  ],
  [
    'no SignedHeaders',
    { form: 'header', change: inHeader('authorization', /SignedHeaders=[^,]*, /, '') },
    'incomplete',
    /^Authorization header requires 'SignedHeaders' parameter\. \(Hashed/,
  ],
  [
    'no SignedHeaders',
    { form: 'query', change: inPath(/X-Amz-SignedHeaders=[^&]*&?/, '') },
    'incomplete',
    "AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the query-string parameters.",
  ],
  [
    'no Signature',
    { form: 'header', change: inHeader('authorization', /, Signature=.*/, '') },
    'incomplete',
    /^Authorization header requires 'Signature' parameter\. \(Hashed/,
  ],
  [
    'no Signature',
    { form: 'query', change: inPath(/X-Amz-Signature=[^&]*&?/, '') },
    'incomplete',
    "AWS query-string parameters must include 'X-Amz-Signature'. Re-examine the query-string parameters.",
  ],
  [
    'no date',
    { form: 'header', change: withoutHeader('x-amz-date') },
    'incomplete',
    /^Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header\. \(Hashed/,
  ],
  [
    'no date',
    { form: 'query', change: inPath(/X-Amz-Date=[^&]*&?/, '') },
    'incomplete',
    "AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.",
  ],
  [
    'a date in words',
    { form: 'header', change: inHeader('x-amz-date', /.*/, 'yesterday') },
    'incomplete',
    "Date must be in ISO-8601 'basic format'. Got 'yesterday'. See http://en.wikipedia.org/wiki/ISO_8601",
  ],
  [
    'another algorithm',
    { form: 'header', change: inHeader('authorization', 'AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA1') },
    'incomplete',
    "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1' (only AWS4-HMAC-SHA256 for now). ",
  ],
  [
    'a signature in header and query',
    { form: 'query', change: withHeader('Authorization', 'AWS4-HMAC-SHA256 Credential=a') },
    'signature',
    "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
  ],
  [
    'a credential of four elements',
    { form: 'header', change: inHeader('authorization', '/aws4_request', '') },
    'incomplete',
    /^Credential must have exactly 5 slash-delimited elements, e\.g\. keyid\/date\/region\/service\/term, got 'AKIA/,
  ],
  [
    'a scope for another region',
    { signing: () => ({ region: 'eu-west-1' }) },
    'signature',
    'Credential should be scoped to a valid region. ',
  ],
  [
    'a scope for another service',
    { service: 'execute-api', signing: () => ({ service: 'apigateway' }) },
    'signature',
    "Credential should be scoped to correct service: 'execute-api'. ",
  ],
  [
    'a scope for another service',
    { service: 'sts', signing: () => ({ service: 'iam' }) },
    'signature',
    "Credential should be scoped to correct service: 'sts'. ",
  ],
  [
    'a scope for another region and service',
    { service: 'execute-api', signing: () => ({ region: 'eu-west-1', service: 's3x' }) },
    'signature',
    "Credential should be scoped to a valid region. Credential should be scoped to correct service: 'execute-api'. ",
  ],
  [
    'a scope with another terminator',
    { change: inSignature(/aws4_request/, 'aws5_request') },
    'signature',
    "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. ",
  ],
  [
    'a scope with another date',
    { change: inSignature(/(\/|%2F)20\d{6}(\/|%2F)/, '$120200101$2') },
    'signature',
    /^Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20200101' != '\d{8}', from '\d{8}T\d{6}Z'\.$/,
  ],
  [
    'a clock 6 minutes behind',
    { service: 'execute-api', form: 'header', signing: seconds(-360) },
    'signature',
    fiveMinutes,
  ],
  ['a clock 6 minutes ahead', { service: 'execute-api', signing: seconds(360) }, 'signature', notYet(5)],
  [
    'a clock 16 minutes behind',
    { service: 'sts', form: 'header', signing: seconds(-960) },
    'signature',
    fifteenMinutes,
  ],
  ['a clock 16 minutes ahead', { service: 'sts', signing: seconds(960) }, 'signature', notYet(15)],
  [
    'an X-Amz-Expires that has passed',
    { form: 'query', signing: (now) => ({ ...seconds(-61)(now), expiresSeconds: 60 }) },
    'signature',
    /^Signature expired: /,
  ],
  [
    'an X-Amz-Expires of more than a week',
    { form: 'query', signing: () => ({ expiresSeconds: 604_801 }) },
    'incomplete',
    /^X-Amz-Expires must be less than a week/,
  ],
  [
    'an unknown access key',
    { keys: ({ user }) => ({ ...user, accessKeyId: 'AKIAAAAAAAAAAAAAAAAA' }) },
    'token',
    invalidToken,
  ],
  ['an access key that was deleted', { keys: ({ deleted }) => deleted }, 'token', invalidToken],
  [
    'temporary credentials without their token',
    { keys: ({ session: { sessionToken: _, ...rest } }) => rest },
    'token',
    invalidToken,
  ],
  [
    "temporary credentials with another session's token",
    { keys: ({ session, otherSession }) => ({ ...session, ...tokenOf(otherSession) }) },
    'token',
    invalidToken,
  ],
  [
    'temporary credentials with a garbled token',
    { keys: ({ session }) => flipped(session) },
    'token',
    invalidToken,
  ],
  [
    'a token for a key without one',
    { keys: ({ user, session }) => ({ ...user, ...tokenOf(session) }) },
    'token',
    invalidToken,
  ],
  [
    'a wrong secret',
    { keys: ({ user }) => ({ ...user, secretAccessKey: 'x'.repeat(40) }) },
    'signature',
    mismatch,
  ],
  [
    'a wrong secret of a session',
    { keys: ({ session }) => ({ ...session, secretAccessKey: 'x'.repeat(40) }) },
    'signature',
    mismatch,
  ],
  [
    'another signature',
    { change: inSignature(/Signature=[0-9a-f]{8}/, 'Signature=00000000') },
    'signature',
    mismatch,
  ],
  [
    'half a signature',
    { change: inSignature(/Signature=([0-9a-f]{32})[0-9a-f]{32}/, 'Signature=$1') },
    'signature',
    mismatch,
  ],
  [
    'the signature in capitals',
    {
      form: 'header',
      change: (request) =>
        inHeader(
          'authorization',
          /[0-9a-f]{64}$/,
          (/[0-9a-f]{64}$/.exec(request.headers.Authorization ?? '')?.[0] ?? '').toUpperCase(),
        )(request),
    },
    'signature',
    mismatch,
  ],
  [
    'a signed header that is missing',
    {
      form: 'header',
      signing: () => ({ headers: { 'X-Note': '1', 'Content-Type': 'application/x-www-form-urlencoded' } }),
      change: withoutHeader('x-note'),
    },
    'signature',
    mismatch,
  ],
  [
    'a signed header that was changed',
    {
      form: 'header',
      signing: () => ({ headers: { 'X-Note': '1', 'Content-Type': 'application/x-www-form-urlencoded' } }),
      change: inHeader('x-note', '1', '2'),
    },
    'signature',
    mismatch,
  ],
  [
    'another query',
    { service: 'execute-api', change: inPath('color=red', 'color=blue') },
    'signature',
    mismatch,
  ],
  [
    'an additional parameter',
    { service: 'execute-api', change: inPath('color=red', 'color=red&x=1') },
    'signature',
    mismatch,
  ],
  [
    'a missing parameter',
    { service: 'execute-api', change: inPath('color=red&', '') },
    'signature',
    mismatch,
  ],
  ['another path', { service: 'execute-api', change: inPath('/open', '/items/1') }, 'signature', mismatch],
  [
    'another method',
    { service: 'execute-api', change: (request) => ({ ...request, method: 'POST' }) },
    'signature',
    mismatch,
  ],
  [
    'a body that was not signed',
    { service: 'execute-api', change: (request) => ({ ...request, body: 'x' }) },
    'signature',
    mismatch,
  ],
  [
    'another body than the signed one',
    {
      service: 'sts',
      form: 'header',
      change: (request) => ({ ...request, body: request.body.replace('2011', '%32011') }),
    },
    'signature',
    mismatch,
  ],
  [
    'another date within the five minutes',
    { form: 'header', change: inHeader('x-amz-date', /\d{6}Z$/, ''), signing: () => ({}) },
    'incomplete',
    /^Date must be/,
  ],
  [
    'a host that is not signed',
    { form: 'header', change: inHeader('authorization', /SignedHeaders=[^,]*/, 'SignedHeaders=x-amz-date') },
    'signature',
    /^'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization\./,
  ],
  [
    'an x-amz- header that was not signed',
    { change: withHeader('x-amz-meta-note', '1') },
    'signature',
    "'x-amz-meta-note' must be a 'SignedHeader' in the AWS Authorization.",
  ],
  [
    'x-amz-content-sha256 of another body',
    {
      form: 'header',
      signing: () => ({
        headers: {
          'X-Amz-Content-Sha256': '0'.repeat(64),
          'Content-Type': 'application/x-www-form-urlencoded',
        },
      }),
    },
    'signature',
    /./,
  ],
  [
    'expired temporary credentials',
    { keys: ({ otherSession }) => otherSession },
    'expired',
    'The security token included in the request is expired',
  ],
];
