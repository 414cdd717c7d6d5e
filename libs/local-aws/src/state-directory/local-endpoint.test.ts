import fc from 'fast-check';
import { whyNotRealAws } from './environment.ts';

const why = (environment: Record<string, string | undefined>) => whyNotRealAws('dev', environment);

test.each([
  '127.0.0.1',
  '127.0.0.1.',
  '127.255.3.4',
  '127.1',
  '0x7f000001',
  '2130706433',
  '0.0.0.0',
  '0',
  'localhost',
  'LOCALHOST.',
  'aws.localhost',
  'aws.localhost.',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::ffff:0.0.0.0]',
])('an endpoint at %s is found, with and without port and path', (host) => {
  for (const value of [`http://${host}`, `http://${host}:4566`, `https://${host}:4566/path`]) {
    expect(why({ AWS_ENDPOINT_URL: value })).toContain(`AWS_ENDPOINT_URL points at local AWS (${value})`);
  }
});

test.each([
  'https://sts.amazonaws.com',
  'https://127.0.0.1.example.com',
  'https://localhost.example.com',
  'https://notlocalhost',
  'http://10.0.0.1',
  'http://[::2]',
  'http://[::ffff:10.0.0.1]',
  'http://user:localhost@example.com',
  'not a URL',
  '',
])('"%s" is not an endpoint on this machine', (value) => {
  expect(why({ AWS_ENDPOINT_URL: value })).toBeUndefined();
});

test('the endpoint of a single service is found too, other variables are ignored', () => {
  const value = 'http://127.0.0.1:4566';
  expect(why({ AWS_ENDPOINT_URL_STS: value })).toContain(
    `AWS_ENDPOINT_URL_STS points at local AWS (${value})`,
  );
  expect(why({ ENDPOINT: value, AWS_ENDPOINT_URLS: value, AWS_ENDPOINT_URL: undefined })).toBe(undefined);
});

test('every address of 127.0.0.0/8 is found, also mapped to IPv6, and of the others only 0.0.0.0', () => {
  const byte = fc.nat(255);
  fc.assert(
    fc.property(fc.oneof(fc.constant(127), byte), byte, byte, byte, (...bytes) => {
      const address = bytes.join('.');
      const local = bytes[0] === 127 || address === '0.0.0.0';
      for (const host of [address, `[::ffff:${address}]`]) {
        expect(why({ AWS_ENDPOINT_URL: `http://${host}:1` }) !== undefined).toBe(local);
      }
    }),
  );
});
