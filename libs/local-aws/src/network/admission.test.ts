import fc from 'fast-check';
import * as admission from './admission.ts';
import { isAwsHost, parseAuthority, RequestRefused } from './admission.ts';

/** The result of a decision, or the refusal. */
function decided<Result>(decide: () => Result): Result | RequestRefused {
  try {
    return decide();
  } catch (error) {
    if (error instanceof RequestRefused) return error;
    throw error;
  }
}

const admit = (...request: Parameters<typeof admission.admit>) => decided(() => admission.admit(...request));
const isCustomDomain = (hostname: string) => hostname === 'api.example.com';
const admitConnect = (target: string) => decided(() => admission.admitConnect(target, 4566, isCustomDomain));

const direct = { kind: 'direct', port: 4566 } as const;
const tunnel = { kind: 'tunnel', hostname: 'sts.amazonaws.com' } as const;

describe('a name', () => {
  test.each([
    'sts.amazonaws.com',
    'abc123.execute-api.eu-central-1.amazonaws.com',
    'my.dotted.bucket.s3.us-east-1.amazonaws.com',
    'sts.cn-north-1.amazonaws.com.cn',
    'lambda.us-east-1.api.aws',
    'x.lambda-url.us-east-1.on.aws',
    'sts.eusc-de-east-1.amazonaws.eu',
    'sts.us-iso-east-1.c2s.ic.gov',
  ])('%s is a host of AWS', (host) => expect(isAwsHost(host)).toBe(true));

  test.each([
    'example.com',
    'amazonaws.com',
    'aws',
    'evilamazonaws.com',
    'sts.amazonaws.com.evil.com',
    'amazonaws.com.evil.com',
    '.amazonaws.com',
    'a..amazonaws.com',
    'sts.amazonaws.com.',
    '-x.amazonaws.com',
    'a b.amazonaws.com',
    '127.0.0.1',
    '[::1]',
    '',
    `${'a.'.repeat(150)}amazonaws.com`,
  ])('"%s" is not a host of AWS', (host) => expect(isAwsHost(host)).toBe(false));

  test('that is long and hostile is decided at once', () => {
    expect(isAwsHost(`${'a-'.repeat(200_000)}!`)).toBe(false);
  });
});

describe('an authority', () => {
  test('has a host and may have a port', () => {
    expect(parseAuthority('STS.Amazonaws.com:443')).toEqual({ hostname: 'sts.amazonaws.com', port: 443 });
    expect(parseAuthority('[::1]:80')).toEqual({ hostname: '[::1]', port: 80 });
    expect(parseAuthority('localhost')).toEqual({ hostname: 'localhost' });
  });

  test.each(['', ':443', 'a:', 'a:0', 'a:65536', 'a:1:2', 'u@a', 'a/b', 'a b', '::1', 'a,b', 'a:443 '])(
    'is not %j',
    (text) => expect(parseAuthority(text)).toBeUndefined(),
  );
});

describe('CONNECT', () => {
  test('reaches hosts of AWS on port 443', () => {
    expect(admitConnect('Sts.amazonaws.com:443')).toEqual({ host: 'sts.amazonaws.com' });
  });

  test('reaches a custom domain that is deployed here, on port 443 only', () => {
    expect(admitConnect('API.example.com:443')).toEqual({ host: 'api.example.com' });
    expect(admitConnect('api.example.com:80')).toMatchObject({ status: 403 });
    expect(admitConnect('www.api.example.com:443')).toMatchObject({ status: 403 });
  });

  test('reaches this port itself, for clients that do not know NO_PROXY', () => {
    for (const target of ['127.0.0.1:4566', 'localhost:4566', '[::1]:4566']) {
      expect(admitConnect(target)).toBe('self');
    }
  });

  test.each(['example.com:443', '127.0.0.1:443', '[::1]:443', 'localhost:4567', 'sts.amazonaws.com:80'])(
    'to %s is refused, and the answer says why',
    (target) => {
      const decision = admitConnect(target);
      expect(decision).toMatchObject({ status: 403 });
      expect(decision).toHaveProperty('message', expect.stringContaining(target));
      expect(decision).toHaveProperty('message', expect.stringContaining('only reaches AWS hosts'));
    },
  );

  test.each(['sts.amazonaws.com', '', '/', 'u@sts.amazonaws.com:443', 'http://sts.amazonaws.com:443'])(
    'to %j is malformed',
    (target) => expect(admitConnect(target)).toMatchObject({ status: 400 }),
  );
});

describe('a request', () => {
  test.each(['127.0.0.1:4566', 'localhost:4566', '[::1]:4566', 'LOCALHOST:4566'])(
    'for %s is for this machine',
    (host) => expect(admit('/', [host], direct)).toMatchObject({ loopback: true }),
  );

  test.each(['sts.amazonaws.com', 'sts.amazonaws.com:4566', 'sts.amazonaws.com:443'])(
    'for %s is for AWS',
    (host) => expect(admit('/', [host], direct)).toMatchObject({ host, loopback: false }),
  );

  test.each([
    'evil.example',
    'evil.example:4566',
    '127.0.0.1',
    'localhost:1',
    '10.0.0.1:4566',
    'localhost.evil.example:4566',
  ])('for %s is refused: a web page could have sent it', (host) =>
    expect(admit('/', [host], direct)).toMatchObject({ status: 403 }),
  );

  test('has one Host header', () => {
    expect(admit('/', [], direct)).toMatchObject({ status: 400 });
    expect(admit('/', ['localhost:4566', 'localhost:4566'], direct)).toMatchObject({
      status: 400,
    });
    expect(admit('/', ['localhost:4566, evil.example'], direct)).toMatchObject({ status: 400 });
  });

  test('in a tunnel is for the host that the tunnel was opened for', () => {
    expect(admit('/', ['sts.amazonaws.com:443'], tunnel)).toMatchObject({ loopback: false });
    for (const host of ['iam.amazonaws.com', '127.0.0.1:4566', 'sts.amazonaws.com:80']) {
      expect(admit('/', [host], tunnel)).toMatchObject({ status: 421 });
    }
    expect(admit('http://sts.amazonaws.com/', ['sts.amazonaws.com'], tunnel)).toMatchObject({
      status: 400,
    });
  });

  test('to the proxy in absolute form is answered for AWS and for this port, with the same Host', () => {
    expect(admit('http://s3.amazonaws.com/a%2Fb?c', ['s3.amazonaws.com'], direct)).toEqual({
      host: 's3.amazonaws.com',
      loopback: false,
      rawPath: '/a%2Fb',
      rawQuery: 'c',
    });
    expect(admit('http://s3.amazonaws.com', ['s3.amazonaws.com:80'], direct)).toMatchObject({
      rawPath: '/',
    });
    expect(admit('http://s3.amazonaws.com?x', ['s3.amazonaws.com'], direct)).toMatchObject({
      rawPath: '/',
      rawQuery: 'x',
    });
    expect(admit('http://127.0.0.1:4566/x', ['127.0.0.1:4566'], direct)).toMatchObject({
      loopback: true,
    });
  });

  test.each([
    ['http://example.com/', 'example.com', 403],
    ['http://example.com/', 's3.amazonaws.com', 403],
    ['http://s3.amazonaws.com:8080/', 's3.amazonaws.com:8080', 403],
    ['http://s3.amazonaws.com/', 'sts.amazonaws.com', 400],
    ['http://u:p@s3.amazonaws.com/', 's3.amazonaws.com', 400],
    ['https://s3.amazonaws.com/', 's3.amazonaws.com', 400],
    ['ftp://s3.amazonaws.com/', 's3.amazonaws.com', 400],
    ['*', 's3.amazonaws.com', 400],
    ['s3.amazonaws.com:443', 's3.amazonaws.com', 400],
  ])('to the proxy for %s with the Host %s is refused with %d', (target, host, status) => {
    expect(admit(target, [host], direct)).toMatchObject({ status });
  });

  test('keeps path and query to the byte', () => {
    const target = fc.stringMatching(/^\/[!"$-~]{0,40}$/);
    fc.assert(
      fc.property(target, (text) => {
        const decision = admit(text, ['localhost:4566'], direct);
        if (decision instanceof RequestRefused) throw decision;
        const { rawPath, rawQuery } = decision;
        expect([rawPath, `${rawPath}?`]).toContain(text.slice(0, text.length - rawQuery.length));
        expect(rawPath).not.toContain('?');
      }),
    );
  });

  test('of any form is admitted for its own host or refused', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string(), { maxLength: 2 }), (text, hosts) => {
        const decision = admit(text, hosts, direct);
        if (decision instanceof RequestRefused) expect(decision.status).toBeGreaterThanOrEqual(400);
        else expect(hosts).toEqual([decision.host]);
      }),
    );
  });
});
