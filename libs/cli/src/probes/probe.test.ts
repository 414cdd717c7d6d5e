import { describeExpectation, isAsExpected } from './probe.ts';

const expected = { outcome: '403 AccessDenied', words: 'is not authorized' };

test.each([
  ['the outcome and the words are there', '403 AccessDenied', 'User: a is not authorized to do that', true],
  ['the status is another', '404 AccessDenied', 'User: a is not authorized', false],
  ['the error type is another', '403 ExpiredToken', 'User: a is not authorized', false],
  ['the function behind the API refuses, and not AWS', '403', 'is not authorized', false],
  ['the words are others', '403 AccessDenied', 'denied', false],
  ['nobody answers', 'no answer', 'is not authorized', false],
])('if %s, judging the observation gives the right verdict', (_what, outcome, message, pass) => {
  expect(isAsExpected(expected, { outcome, message })).toBe(pass);
});

test.each([
  ['200', true],
  ['202', true],
  ['404', true],
  ['500', false],
  ['403 AccessDeniedException', false],
  ['another identity', false],
])('%s is expected of a call that may find nothing: %s', (outcome, pass) => {
  expect(isAsExpected({ outcome: '2xx or 404' }, { outcome, message: '' })).toBe(pass);
});

test('4xx is an answer of the function, not of AWS', () => {
  expect(isAsExpected({ outcome: '2xx or 4xx' }, { outcome: '422', message: '' })).toBe(true);
  expect(isAsExpected({ outcome: '2xx or 4xx' }, { outcome: '403 ForbiddenException', message: '' })).toBe(
    false,
  );
});

test('an expectation is described in the form of an observation', () => {
  expect(describeExpectation(expected)).toBe('403 AccessDenied: is not authorized');
  expect(describeExpectation({ outcome: 'denied' })).toBe('denied');
});
