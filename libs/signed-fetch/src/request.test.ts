import { partitions } from '@cross-account-api/iam';
import fc from 'fast-check';
import { codePoint } from './code-point.testing.ts';
import { InvalidPath, SignedFetchOptionError } from './index.ts';
import { readBaseUrl, resolveUrl } from './request.ts';

const base = readBaseUrl('https://abc123.execute-api.eu-west-1.amazonaws.com/dev/');
const root = 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev';

describe('paths that could lead out of the base URL', () => {
  test.each([
    'https://evil.example.com/',
    'HTTPS://evil.example.com',
    'file:///etc/passwd',
    '//evil.example.com',
    '///evil.example.com',
    '/%2Fevil.example.com',
    '/%2fevil.example.com',
    '/%252Fevil.example.com',
    '\\\\evil.example.com',
    '/\\evil.example.com',
    '/%5Cevil.example.com',
    '/a%5c..%5cb',
    '/..',
    '/../prod/messages',
    '/a/../../prod',
    '/./a',
    '/a/.',
    '/%2e%2e/prod',
    '/%2E%2E%2Fprod',
    '/.%2e/prod',
    '/a%2F..%2Fb',
    '/%252e%252e/prod',
    '/%25252e%25252e/prod',
    '/..;x=1/prod',
    '/a/..%3b/b',
    '/.\t./prod',
    '/a\r\nHost: evil.example.com',
    '/a%0d%0ab',
    '/a%00b',
    '\t/a',
    ' /a',
    '/a#b',
    '/100%',
    '/%zz',
    '/%ff%2e%2e%2f..%2f',
    '/\ud800',
    '',
    'messages',
    '@evil.example.com/',
    ':8080/',
    '.evil.example.com/',
    '?a=b',
    `/%${'25'.repeat(20)}41`,
    42,
    null,
    undefined,
    { toString: () => '/messages' },
  ])('the path %p is refused', (path) => {
    expect(() => resolveUrl(base, path)).toThrow(InvalidPath);
  });

  test.each<[unknown, RegExp]>([
    ['a', /must begin with one \//],
    ['//a', /must begin with one \//],
    ['/%2Fa', /must begin with one \//],
    ['/a\\b', /must not contain a backslash or a control character/],
    ['/a%0ab', /must not contain a backslash or a control character/],
    ['/a/%2e%2e', /must not contain the segment \. or \.\./],
    ['/a/./b', /must not contain the segment \. or \.\./],
    ['/a/.;x', /must not contain the segment \. or \.\./],
    ['/a#b', /must not contain # or a bare %: write %23 and %25/],
    ['/a%b', /must not contain # or a bare %/],
    ['/\ud800', /must be well-formed text/],
    [42, /^signedFetch: path "number" must be a string that begins with \/$/],
  ])('the error for the path %p says why', (path, message) => {
    const refused = () => resolveUrl(base, path);
    expect(refused).toThrow(message);
    expect(refused).toThrow(
      expect.objectContaining({ name: 'InvalidPath', code: 'InvalidPath', option: 'path' }),
    );
  });

  test('the error for a long path shows only its start', () => {
    expect(() => resolveUrl(base, `/../${'a'.repeat(200)}`)).toThrow(/path "\/..\/a{95}" must/);
  });

  test('a path that is encoded more than five times is refused', () => {
    expect(resolveUrl(base, `/%${'25'.repeat(4)}41`).href).toBe(`${root}/%${'25'.repeat(4)}41`);
    expect(() => resolveUrl(base, `/%${'25'.repeat(5)}41`)).toThrow(/is encoded too often/);
  });

  test('the error for a path shows the path, but not its query', () => {
    expect(() => resolveUrl(base, '/../x?token=private')).toThrow(
      /path "\/..\/x" must not contain the segment/,
    );
    expect(() => resolveUrl(base, '/../x?token=private')).not.toThrow(/private/);
  });

  test('an accepted path stays below the base URL, and a server reads it unchanged', () => {
    const part = fc.oneof(
      fc.constantFrom(
        '..',
        '.',
        '/',
        '//',
        '\\',
        '%2e',
        '%2F',
        '%5c',
        '%25',
        '#',
        ';',
        '@',
        ':',
        'é',
        ' ',
        '?',
      ),
      fc.string({ unit: codePoint, maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        let href: string;
        try {
          ({ href } = resolveUrl(base, `/${parts.join('')}`));
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidPath);
          return;
        }
        expect(href.startsWith(`${root}/`)).toBe(true);
        expect(new URL(href).href).toBe(href);
        const decoded = unescape(new URL(href).pathname).split(/[/\\]/);
        expect(decoded).not.toContain('..');
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('paths', () => {
  test.each([
    ['/', '/'],
    ['/messages', '/messages'],
    ['/a//b/', '/a//b/'],
    ['/a%2Fb', '/a%2Fb'],
    ['/a%2fb', '/a%2fb'],
    ['/a b', '/a%20b'],
    ['/a+b', '/a+b'],
    ["/!$&'()*,;=:@~", "/!$&'()*,;=:@~"],
    ['/naïve/日本/🎉', '/na%C3%AFve/%E6%97%A5%E6%9C%AC/%F0%9F%8E%89'],
    ['/{a}|[b]"<c>^`', '/%7Ba%7D%7C%5Bb%5D%22%3Cc%3E%5E%60'],
    ['/...', '/...'],
    ['/a..b/.c', '/a..b/.c'],
    ['/100%25', '/100%25'],
  ])('the path %s is sent as %s', (path, sent) => {
    expect(resolveUrl(base, path).href).toBe(root + sent);
  });
});

describe('queries', () => {
  test.each([
    ['/?a=1', undefined, '?a=1'],
    ['/?a=b+c', undefined, '?a=b%20c'],
    ['/??a=b?c', undefined, '?%3Fa=b%3Fc'],
    ['/?a=b%2Bc', undefined, '?a=b%2Bc'],
    ['/?a=&b', undefined, '?a=&b='],
    ['/?&&a=1&', undefined, '?a=1'],
    ['/?&&', undefined, ''],
    ['/?', undefined, ''],
    ['/?b=2&a=1&b=1', undefined, '?b=2&a=1&b=1'],
    ['/?a=1', { b: ['2', 3], c: true, d: undefined, e: '' }, '?a=1&b=2&b=3&c=true&e='],
    ['/', { 'ä/?&=+ ': "!'()*" }, '?%C3%A4%2F%3F%26%3D%2B%20=%21%27%28%29%2A'],
  ])('the path %s with the query %j is sent as %s', (path, query, sent) => {
    expect(resolveUrl(base, path, query).href).toBe(`${root}/${sent}`);
  });

  test.each(['/?=x', '/?=', '/?a=1&=x'])(
    'the path %s is refused, because its query has a parameter without a name',
    (path) => {
      expect(() => resolveUrl(base, path)).toThrow(/query must not have a parameter without a name/);
    },
  );

  test.each([
    [{ '': 'x' }],
    [new URLSearchParams('=x')],
    [{ a: {} }],
    [{ a: null }],
    ['a=1'],
    [[['a', '1']]],
  ])('the query %p is refused', (query) => {
    expect(() => resolveUrl(base, '/', query as never)).toThrow(SignedFetchOptionError);
  });
});

describe('base URLs', () => {
  test.each([
    ['https://abc123.execute-api.eu-west-1.amazonaws.com/dev', undefined, 'eu-west-1', '/dev'],
    ['https://abc123.execute-api.eu-west-1.amazonaws.com', undefined, 'eu-west-1', ''],
    ['https://abc123-vpce-0a1b.execute-api.us-east-2.amazonaws.com/dev', undefined, 'us-east-2', '/dev'],
    ['https://vpce-0a1b-c2.execute-api.us-east-2.vpce.amazonaws.com/dev', undefined, 'us-east-2', '/dev'],
    ['https://abc123.execute-api.cn-north-1.amazonaws.com.cn/dev', undefined, 'cn-north-1', '/dev'],
    ['https://abc123.execute-api.eu-west-1.api.aws/dev', undefined, 'eu-west-1', '/dev'],
    ['https://api.example.com/v1/', 'eu-central-1', 'eu-central-1', '/v1'],
    ['http://127.0.0.1:3000', 'eu-west-1', 'eu-west-1', ''],
    ['http://localhost/dev', 'eu-west-1', 'eu-west-1', '/dev'],
    ['http://[::1]:3000', 'eu-west-1', 'eu-west-1', ''],
  ])('the base URL %s is accepted, and its region is found', (url, region, foundRegion, path) => {
    expect(readBaseUrl(url, region)).toMatchObject({ region: foundRegion, basePath: path });
    expect(readBaseUrl(new URL(url), region)).toMatchObject({ region: foundRegion });
  });

  test.each(partitions.flatMap((partition) => partition.regions.map((region) => ({ region, ...partition }))))(
    'the host of an API in $region says its region',
    ({ region, dnsSuffix, dualStackDnsSuffix }) => {
      for (const domain of [dnsSuffix, `vpce.${dnsSuffix}`, dualStackDnsSuffix]) {
        const url = `https://abc123.execute-api.${region}.${domain}/dev`;
        expect(readBaseUrl(url, undefined)).toMatchObject({ region, basePath: '/dev' });
      }
    },
  );

  test.each([
    [undefined, undefined, 'baseUrl'],
    ['', undefined, 'baseUrl'],
    ['/dev', undefined, 'baseUrl'],
    ['http://abc123.execute-api.eu-west-1.amazonaws.com/dev', undefined, 'baseUrl'],
    ['ftp://abc123.execute-api.eu-west-1.amazonaws.com/dev', undefined, 'baseUrl'],
    ['https://user:private@abc123.execute-api.eu-west-1.amazonaws.com/', undefined, 'baseUrl'],
    ['https://abc123.execute-api.eu-west-1.amazonaws.com/?a=b', undefined, 'baseUrl'],
    ['https://abc123.execute-api.eu-west-1.amazonaws.com/#a', undefined, 'baseUrl'],
    ['https://:private@abc123.execute-api.eu-west-1.amazonaws.com/', undefined, 'baseUrl'],
    ['http://127.0.0.1.example.com/', 'eu-west-1', 'baseUrl'],
    ['http://localhost.example.com/', 'eu-west-1', 'baseUrl'],
    ['http://localhost:80@example.com/', 'eu-west-1', 'baseUrl'],
    ['http://example.com/https:/', 'eu-west-1', 'baseUrl'],
    ['https://abc123.execute-api.eu-west-1.amazonaws.com/', 'us-east-1', 'region'],
    ['https://abc123.execute-api.eu-west-1.amazonaws.com.evil.example.com/', undefined, 'region'],
    ['https://api.example.com', undefined, 'region'],
    ['https://api.example.com', 'EU West', 'region'],
    ['https://api.example.com', 'eu-west-1/sts', 'region'],
  ])('the base URL %p with the region %p is refused: %s', (url, region, option) => {
    const refused = () => readBaseUrl(url, region);
    expect(refused).toThrow(SignedFetchOptionError);
    expect(refused).toThrow(expect.objectContaining({ option }));
    expect(refused).not.toThrow(/private/);
    expect(refused).toThrow(new RegExp(`^signedFetch: ${option} must (be|begin|have) `));
  });
});
