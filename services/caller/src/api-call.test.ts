import { readApiCall } from './api-call.ts';

test.each([{}, undefined, null, ''])(
  'an empty event (%j) is POST /messages with the example of the contract',
  (event) => {
    expect(readApiCall(event)).toEqual({ method: 'POST', path: '/messages', body: { foo: 'bar' } });
  },
);

test('an event says which call to make', () => {
  const event = {
    method: 'GET',
    path: '/whoami',
    query: { a: ['1', '2'] },
    headers: { accept: 'application/json' },
  };
  expect(readApiCall(event)).toEqual(event);
});

test.each([
  ['a path without a slash at its start', { path: 'whoami' }, /path: must begin with "\/"/],
  ['an unknown method', { method: 'CONNECT' }, /method: /],
  ['a misspelt member', { pth: '/whoami' }, /pth/],
  ['a header that is no text', { headers: { a: 1 } }, /headers\.a: /],
  ['a list', [1], /the event: must be an object, not an array/],
  ['an empty list', [], /the event: must be an object, not an array/],
])('%s is refused, and named', (_what, event, message) => {
  expect(() => readApiCall(event)).toThrow(message);
  expect(() => readApiCall(event)).toThrow(expect.objectContaining({ code: 'InvalidEvent' }));
});
