import type { AwsRequest } from '../core/request.ts';
import {
  type CanonicalParts,
  canonicalPath,
  canonicalQuery,
  type QueryParameter,
} from './canonical-request.ts';
import type { SignatureRules } from './outcome.ts';
import { encode } from './percent-encoding.ts';
import type { Signature } from './read-signature.ts';
import { deriveKey, emptyHash, hmac, type KeyScope, sha256 } from './signing.ts';

/** A mistake in the canonical request, and the lines that it leads to. */
export interface CanonicalMistake {
  readonly mistake: string;
  readonly change: Partial<CanonicalParts>;
}

/** A mistake in the key that the client signed with. */
export interface KeyMistake {
  readonly mistake: string;
  derive(): Buffer;
}

/** The mistakes that clients make in the canonical request, those most often seen first. */
export function canonicalMistakes(
  request: AwsRequest,
  rules: SignatureRules,
  signature: Signature,
  parts: CanonicalParts,
): CanonicalMistake[] {
  return [
    ...pathMistakes(request.rawPath, rules),
    ...queryMistakes(request.rawQuery, signature),
    ...payloadMistakes(request.body, parts),
    ...headerMistakes(parts),
    ...signedHeadersMistakes(signature, parts),
    ...methodMistakes(parts),
  ].filter(({ change }) =>
    Object.entries(change).some(([line, value]) => value !== parts[line as keyof CanonicalParts]),
  );
}

function pathMistakes(rawPath: string, rules: SignatureRules): CanonicalMistake[] {
  const proper = canonicalPath(rawPath, rules.path);
  const path = (mistake: string, value: string): CanonicalMistake => ({ mistake, change: { path: value } });
  const afterStage = rawPath.indexOf('/', 1);
  const whole =
    rules.path === 'as-sent'
      ? 'Reserved characters of the path were signed as sent: S3 wants all but `A-Z a-z 0-9 - . _ ~ /` percent-encoded.'
      : 'The path was signed as sent: normalize it and encode it once more before signing.';
  return [
    path(whole, rawPath),
    rules.path === 'as-sent'
      ? path(
          'The path was normalized or encoded twice: S3 signs it as sent.',
          canonicalPath(rawPath, 'normalize-and-double-encode'),
        )
      : path(
          'The path was encoded once: encode it twice, as every service but S3 asks.',
          canonicalPath(rawPath, 'as-sent'),
        ),
    path(
      'The path was not normalized: resolve `.`, `..` and repeated slashes before signing.',
      rawPath.split('/').map(encode).join('/'),
    ),
    path('The path was signed decoded: sign it percent-encoded.', decoded(rawPath)),
    path('The path was signed without its last slash.', proper.replace(/\/$/, '')),
    path('The path was signed with a slash at its end, and sent without.', `${proper}/`),
    path('`/` was signed instead of the path.', '/'),
    ...(afterStage < 0
      ? []
      : [
          path(
            'The path was signed without its first segment (the stage).',
            canonicalPath(rawPath.slice(afterStage), rules.path),
          ),
        ]),
  ];
}

function queryMistakes(rawQuery: string, signature: Signature): CanonicalMistake[] {
  const query = (mistake: string, value: string): CanonicalMistake => ({ mistake, change: { query: value } });
  const own = (parameters: readonly QueryParameter[]): QueryParameter[] =>
    parameters.filter(([name]) => !name.startsWith('X-Amz-'));
  const signatureParameters = signature.query.filter(([name]) => name.startsWith('X-Amz-'));
  const unsorted = signature.query.map(([name, value]) => `${name}=${value}`).join('&');
  const sentPairs = rawQuery.split('&').filter((pair) => !pair.startsWith('X-Amz-Signature='));
  return [
    query('The query was not sorted: sort its parameters by name, then by value.', unsorted),
    query('The query was signed as sent: sort and encode its parameters.', sentPairs.join('&')),
    query(
      'The query was sorted but signed in another encoding than AWS uses (RFC 3986).',
      [...sentPairs].sort().join('&'),
    ),
    query(
      '`+` was signed as a plus sign: in a query it is a space, and a plus sign is sent as `%2B`.',
      canonicalQuery(signature.query).replaceAll('%20', '%2B'),
    ),
    query(
      'A space was signed as `+`: sign it as `%20`.',
      canonicalQuery(signature.query).replaceAll('%20', '+'),
    ),
    query(
      'A parameter without a value was signed without its `=`.',
      canonicalQuery(signature.query).replace(/=(?=&|$)/g, ''),
    ),
    query('The query was left out of the signature.', canonicalQuery(signatureParameters)),
    query(
      'The session token was added after signing: sign it with the other parameters.',
      canonicalQuery(signature.query.filter(([name]) => name !== 'X-Amz-Security-Token')),
    ),
    query(
      'A parameter was added after signing.',
      canonicalQuery([...signatureParameters, ...own(signature.query).slice(0, -1)]),
    ),
  ];
}

function payloadMistakes(body: Buffer, parts: CanonicalParts): CanonicalMistake[] {
  const payload = (mistake: string, payloadHash: string): CanonicalMistake => ({
    mistake,
    change: { payloadHash },
  });
  const declared = parts.headers.find(([name]) => name === 'x-amz-content-sha256')?.[1];
  const text = body.toString('utf8');
  const rewritten = rewrittenJson(text);
  return [
    payload('The body was left out of the signature: an empty one was signed.', emptyHash),
    payload('`UNSIGNED-PAYLOAD` was signed: this service wants the hash of the body.', 'UNSIGNED-PAYLOAD'),
    payload('The hash of the body that was sent was not the one signed.', sha256(body)),
    ...(declared === undefined
      ? []
      : [
          payload(
            '`x-amz-content-sha256` is not the hash of the body that was sent: was the body changed after signing?',
            declared,
          ),
        ]),
    ...rewritten.map((json) =>
      payload(
        'The JSON body was written anew after signing: sign the very bytes that are sent.',
        sha256(json),
      ),
    ),
    payload('A line break at the end of the body was signed, and not sent.', sha256(`${text}\n`)),
    payload('A line break was added to the body after signing.', sha256(text.replace(/\r?\n$/, ''))),
  ];
}

function headerMistakes(parts: CanonicalParts): CanonicalMistake[] {
  const changed = (mistake: string, wanted: string, value: string): CanonicalMistake => ({
    mistake,
    change: { headers: parts.headers.map(([name, sent]) => [name, name === wanted ? value : sent] as const) },
  });
  const host = parts.headers.find(([name]) => name === 'host')?.[1] ?? '';
  const name = host.replace(/:\d{1,5}$/, '');
  const contentType = parts.headers.find(([header]) => header === 'content-type')?.[1] ?? '';
  return [
    changed('The host was signed without its port.', 'host', name),
    changed('The host was signed with port 443, and sent without it.', 'host', `${name}:443`),
    changed('The host was signed with port 80, and sent without it.', 'host', `${name}:80`),
    changed('The host was signed in another case than it was sent.', 'host', host.toLowerCase()),
    changed(
      '`localhost` was signed, and another host sent.',
      'host',
      host.replace(/^127\.0\.0\.1/, 'localhost'),
    ),
    changed(
      '`127.0.0.1` was signed, and another host sent.',
      'host',
      host.replace(/^localhost/, '127.0.0.1'),
    ),
    ...[
      'application/json',
      'application/json; charset=utf-8',
      'application/json;charset=UTF-8',
      'application/x-www-form-urlencoded',
      'application/x-www-form-urlencoded; charset=utf-8',
      '',
    ].map((type) =>
      changed(
        `The content type that was signed ('${type}') is not the one sent ('${contentType}').`,
        'content-type',
        type,
      ),
    ),
    ...parts.headers.map(([header]) => changed(`The header ${header} was signed empty.`, header, '')),
  ];
}

function signedHeadersMistakes(signature: Signature, parts: CanonicalParts): CanonicalMistake[] {
  const names = signature.signedHeaders.split(';');
  const byName = new Map(parts.headers);
  const without = parts.headers.filter(([name]) => name !== 'x-amz-security-token');
  return [
    {
      mistake: 'The signed headers are not sorted: sort them by name, in lower case.',
      change: {
        headers: names.map((name) => [name.toLowerCase(), byName.get(name.toLowerCase()) ?? ''] as const),
        signedHeaders: signature.signedHeaders,
      },
    },
    {
      mistake:
        'The session token was left out of the signature: sign `x-amz-security-token` like any `x-amz-*` header.',
      change: { headers: without, signedHeaders: without.map(([name]) => name).join(';') },
    },
    {
      mistake: 'A header was signed that was not sent (or was sent and removed on the way).',
      change: {
        headers: [...names].sort().map((name) => [name, byName.get(name) ?? ''] as const),
        signedHeaders: signature.signedHeaders,
      },
    },
  ];
}

function methodMistakes(parts: CanonicalParts): CanonicalMistake[] {
  return ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', parts.method.toLowerCase()].map(
    (method) => ({ mistake: `${method} was signed, and ${parts.method} sent.`, change: { method } }),
  );
}

const services = [
  'execute-api',
  'lambda',
  'apigateway',
  'sts',
  'iam',
  's3',
  'cloudformation',
  'logs',
  'appsync',
  'es',
];
const regions = [
  'us-east-1',
  'us-east-2',
  'us-west-2',
  'eu-central-1',
  'eu-west-1',
  'eu-west-2',
  'ap-southeast-1',
  'ap-northeast-1',
];

/** The mistakes that clients make in deriving the signing key: the credential scope says one thing, the key another. */
export function keyMistakes(secretAccessKey: string, scope: KeyScope, timestamp: string): KeyMistake[] {
  const derived = (mistake: string, change: Partial<KeyScope>, secret = secretAccessKey): KeyMistake => ({
    mistake,
    derive: () => deriveKey(secret, { ...scope, ...change }),
  });
  const key = (name: string, used: string, named: string): string =>
    `The signing key was derived for the ${name} '${used}', and the credential scope names '${named}'.`;
  const dates = new Set([timestamp.slice(0, 8), neighbour(scope.date, -1), neighbour(scope.date, 1)]);
  dates.delete(scope.date);
  return [
    ...services
      .filter((service) => service !== scope.service)
      .map((service) => derived(key('service', service, scope.service), { service })),
    ...regions
      .filter((region) => region !== scope.region)
      .map((region) => derived(key('region', region, scope.region), { region })),
    ...[...dates].map((date) => derived(key('date', date, scope.date), { date })),
    {
      mistake: 'The signing key was derived without the prefix `AWS4` before the secret access key.',
      derive: () => {
        const date = hmac(secretAccessKey, scope.date);
        return hmac(hmac(hmac(date, scope.region), scope.service), 'aws4_request');
      },
    },
    ...['\n', ' ', '\r\n'].map((space) =>
      derived('White space was read as part of the secret access key.', {}, `${secretAccessKey}${space}`),
    ),
  ];
}

function neighbour(date: string, days: number): string {
  const time = Date.UTC(
    Number(date.slice(0, 4)),
    Number(date.slice(4, 6)) - 1,
    Number(date.slice(6, 8)) + days,
  );
  return Number.isNaN(time) ? date : new Date(time).toISOString().slice(0, 10).replaceAll('-', '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function rewrittenJson(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text);
    return [
      JSON.stringify(value),
      JSON.stringify(value, null, 2),
      JSON.stringify(value).replaceAll('":', '": ').replaceAll(',"', ', "'),
    ];
  } catch {
    return [];
  }
}
