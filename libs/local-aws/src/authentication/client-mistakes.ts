import { parseJson } from '../core/parse-json.ts';
import type { AwsRequest } from '../core/request.ts';
import { words } from '../core/words.ts';
import { type CanonicalParts, canonicalPath, canonicalQuery, encode } from './canonical-request.ts';
import type { SignatureRules } from './outcome.ts';
import type { Signature } from './read-signature.ts';
import { deriveKey, emptyHash, type KeyScope, sha256 } from './signing.ts';

interface CanonicalMistake {
  readonly mistake: string;
  readonly change: Partial<CanonicalParts>;
}

interface KeyMistake {
  readonly mistake: string;
  key(): Buffer;
}

/** For each mistake, the line that the client signed; several lines if the mistake can be made in several ways. */
type Values = Readonly<Record<string, string | readonly string[]>>;

/** Common mistakes of clients in the canonical request, the most frequent first. */
export function canonicalMistakes(
  request: AwsRequest,
  rules: SignatureRules,
  signature: Signature,
  parts: CanonicalParts,
): CanonicalMistake[] {
  const inLine = (line: 'path' | 'query' | 'payloadHash' | 'method', values: Values) =>
    Object.entries(values).flatMap(([mistake, value]) =>
      [value].flat().map((each): CanonicalMistake => ({ mistake, change: { [line]: each } })),
    );
  return [
    ...inLine('path', paths(request.rawPath, rules.path)),
    ...inLine('query', queries(request.rawQuery, signature)),
    ...inLine('payloadHash', payloads(request.body, parts)),
    ...headerMistakes(parts),
    ...signedHeadersMistakes(signature, parts),
    ...inLine('method', methods(parts)),
  ].filter(({ change }) =>
    Object.entries(change).some(([line, value]) => value !== parts[line as keyof CanonicalParts]),
  );
}

function paths(rawPath: string, mode: SignatureRules['path']): Values {
  const proper = canonicalPath(rawPath, mode);
  const asSent = canonicalPath(rawPath, 'as-sent');
  const encodedTwice = canonicalPath(rawPath, 'normalize-and-double-encode');
  const notNormalized = rawPath.split('/').map(encode).join('/');
  const [, stage = '', ...afterStage] = rawPath.split('/');
  const withoutStage = canonicalPath(`/${afterStage.join('/')}`, mode);
  return {
    ...(mode === 'as-sent'
      ? {
          'Reserved characters of the path were signed as sent: S3 wants all but `A-Z a-z 0-9 - . _ ~ /` percent-encoded.':
            rawPath,
          'The path was normalized or encoded twice: S3 signs it as sent.': encodedTwice,
        }
      : {
          'The path was signed as sent: normalize it and encode it once more before signing.': rawPath,
          'The path was encoded once: encode it twice, as every service but S3 asks.': asSent,
        }),
    'The path was not normalized: resolve `.`, `..` and repeated slashes before signing.': notNormalized,
    'The path was signed decoded: sign it percent-encoded.': decoded(rawPath),
    'The path was signed without its last slash.': proper.replace(/\/$/, ''),
    'The path was signed with a slash at its end, and sent without.': `${proper}/`,
    '`/` was signed instead of the path.': '/',
    'The path was signed without its first segment (the stage).':
      stage === '' || afterStage.length === 0 ? [] : withoutStage,
  };
}

function queries(rawQuery: string, { query }: Signature): Values {
  const proper = canonicalQuery(query);
  const ofSignature = query.filter(([name]) => name.startsWith('X-Amz-'));
  const own = query.filter(([name]) => !name.startsWith('X-Amz-'));
  const sent = rawQuery.split('&').filter((pair) => !pair.startsWith('X-Amz-Signature='));
  const unsorted = query.map(([name, value]) => `${name}=${value}`).join('&');
  const changed = (change: (text: string) => string) =>
    canonicalQuery([...ofSignature, ...own.map(([name, value]) => [change(name), change(value)] as const)]);
  const withoutToken = canonicalQuery(query.filter(([name]) => name !== 'X-Amz-Security-Token'));
  return {
    'The query was not sorted: sort its parameters by name, then by value.': unsorted,
    'The query was signed as sent: sort and encode its parameters.': sent.join('&'),
    'The query was sorted but signed in another encoding than AWS uses (RFC 3986).': sent.sort().join('&'),
    'The query was encoded once more for the signature than it was sent (awscurl does so): sign it as it is sent.':
      changed(encode),
    'The query was signed decoded, or encoded once less than it was sent: sign its names and values percent-encoded.':
      changed(decoded),
    '`+` was signed as a plus sign: in a query it is a space, and a plus sign is sent as `%2B`.':
      proper.replaceAll('%20', '%2B'),
    'A space was signed as `+`: sign it as `%20`.': proper.replaceAll('%20', '+'),
    'A parameter without a value was signed without its `=`.': proper.replace(/=(?=&|$)/g, ''),
    'The query was left out of the signature.': canonicalQuery(ofSignature),
    'The session token was added after signing: sign it with the other parameters.': withoutToken,
    'A parameter was added after signing.': canonicalQuery([...ofSignature, ...own.slice(0, -1)]),
  };
}

function payloads(body: Buffer, parts: CanonicalParts): Values {
  const text = body.toString('utf8');
  const declared = parts.headers.find(([name]) => name === 'x-amz-content-sha256')?.[1];
  return {
    'The body was left out of the signature: an empty one was signed.': emptyHash,
    '`UNSIGNED-PAYLOAD` was signed: this service wants the hash of the body.': 'UNSIGNED-PAYLOAD',
    'The hash of the body that was sent was not the one signed.': sha256(body),
    '`x-amz-content-sha256` is not the hash of the body that was sent: was the body changed after signing?':
      declared ?? [],
    'The JSON body was written anew after signing: sign the very bytes that are sent.':
      rewrittenJson(text).map(sha256),
    'A line break at the end of the body was signed, and not sent.': sha256(`${text}\n`),
    'A line break was added to the body after signing.': sha256(text.replace(/\r?\n$/, '')),
  };
}

function methods({ method: sent }: CanonicalParts): Values {
  const others = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', sent.toLowerCase()];
  return Object.fromEntries(others.map((method) => [`${method} was signed, and ${sent} sent.`, method]));
}

const form = 'application/x-www-form-urlencoded';
const contentTypes = [
  ...['', '; charset=utf-8', ';charset=UTF-8'].map((charset) => `application/json${charset}`),
  form,
  `${form}; charset=utf-8`,
  '',
];

function headerMistakes(parts: CanonicalParts): CanonicalMistake[] {
  const headers = Object.fromEntries(parts.headers);
  const inHeader = (wanted: string, values: Readonly<Record<string, string>>): CanonicalMistake[] =>
    Object.entries(values).map(([mistake, value]) => ({
      mistake,
      change: { headers: parts.headers.map(([name, sent]) => [name, name === wanted ? value : sent]) },
    }));
  const { host = '', 'content-type': sent = '' } = headers;
  const name = host.replace(/:\d{1,5}$/, '');
  return [
    ...inHeader('host', {
      'The host was signed without its port.': name,
      'The host was signed with port 443, and sent without it.': `${name}:443`,
      'The host was signed with port 80, and sent without it.': `${name}:80`,
      'The host was signed in another case than it was sent.': host.toLowerCase(),
      '`localhost` was signed, and another host sent.': host.replace(/^127\.0\.0\.1/, 'localhost'),
      '`127.0.0.1` was signed, and another host sent.': host.replace(/^localhost/, '127.0.0.1'),
    }),
    ...contentTypes.flatMap((type) =>
      inHeader('content-type', {
        [`The content type that was signed ('${type}') is not the one sent ('${sent}').`]: type,
      }),
    ),
    ...Object.keys(headers).flatMap((header) =>
      inHeader(header, { [`The header ${header} was signed empty.`]: '' }),
    ),
  ];
}

function signedHeadersMistakes({ signedHeaders }: Signature, parts: CanonicalParts): CanonicalMistake[] {
  const names = signedHeaders.split(';');
  const byName = new Map(parts.headers);
  const line = (name: string) => [name, byName.get(name) ?? ''] as const;
  const unsorted = names.map((name) => line(name.toLowerCase()));
  const without = parts.headers.filter(([name]) => name !== 'x-amz-security-token');
  return [
    {
      mistake: 'The signed headers are not sorted: sort them by name, in lower case.',
      change: { headers: unsorted, signedHeaders },
    },
    {
      mistake:
        'The session token was left out of the signature: sign `x-amz-security-token` like any `x-amz-*` header.',
      change: { headers: without, signedHeaders: without.map(([name]) => name).join(';') },
    },
    {
      mistake: 'A header was signed that was not sent (or was sent and removed on the way).',
      change: { headers: names.toSorted().map(line), signedHeaders },
    },
  ];
}

/** Services and regions that clients often confuse. */
const usual = {
  service: words('execute-api lambda apigateway sts iam s3 cloudformation logs appsync es'),
  region: words(
    'us-east-1 us-east-2 us-west-2 eu-central-1 eu-west-1 eu-west-2 ap-southeast-1 ap-northeast-1',
  ),
};

/** Common mistakes of clients in the signing key. */
export function keyMistakes(secretAccessKey: string, scope: KeyScope, timestamp: string): KeyMistake[] {
  const start = `AWS4${secretAccessKey}`;
  const dates = [timestamp.slice(0, 8), neighbour(scope.date, -1), neighbour(scope.date, 1)];
  return [
    ...Object.entries({ ...usual, date: dates }).flatMap(([element, values]) => {
      const named = scope[element as keyof KeyScope];
      return values
        .filter((value) => value !== named)
        .map((value) => ({
          mistake: `The signing key was derived for the ${element} '${value}', and the credential scope names '${named}'.`,
          key: () => deriveKey(start, { ...scope, [element]: value }),
        }));
    }),
    {
      mistake: 'The signing key was derived without the prefix `AWS4` before the secret access key.',
      key: () => deriveKey(secretAccessKey, scope),
    },
    ...['\n', ' ', '\r\n'].map((space) => ({
      mistake: 'White space was read as part of the secret access key.',
      key: () => deriveKey(start + space, scope),
    })),
  ];
}

function neighbour(date: string, days: number): string {
  const [, year = '', month = '', day = ''] = /^(\d{4})(\d\d)(\d\d)$/.exec(date) ?? [];
  const time = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day) + days));
  return time.toISOString().slice(0, 10).replaceAll('-', '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function rewrittenJson(text: string): string[] {
  const value = parseJson(text);
  if (value === undefined) return [];
  const json = JSON.stringify(value);
  return [json, JSON.stringify(value, null, 2), json.replaceAll('":', '": ').replaceAll(',"', ', "')];
}
