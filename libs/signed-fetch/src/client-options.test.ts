import { setUp } from './client.testing.ts';
import { useFakeTime } from './fake-api.testing.ts';

useFakeTime();

describe('options', () => {
  test.each<[string, Record<string, unknown>]>([
    ['baseUrl', { baseUrl: 'nowhere' }],
    ['credentials', { credentials: undefined }],
    ['credentials', { credentials: { accessKeyId: 'AKIAEXAMPLE123456789' } }],
    ['timeoutMs', { timeoutMs: '10' }],
    ['marginMs', { marginMs: -1 }],
    ['maxResponseBytes', { maxResponseBytes: 0 }],
    ['retry', { retry: 3 }],
    ['retry.baseDelayMs', { retry: { baseDelayMs: 0 } }],
    ['headers', { headers: { Host: 'x' } }],
    ['headers', { headers: { 'user-agent': 'a\nb' } }],
    ['userAgent', { userAgent: 'a' }],
    ['fetch', { fetch: 'fetch' }],
    ['timeout', { timeout: 3 }],
  ])('%s is refused when the client is made', (option, options) => {
    expect(() => setUp([], options)).toThrow(
      expect.objectContaining({ name: 'SignedFetchOptionError', code: 'SignedFetchOptionError', option }),
    );
  });
});
