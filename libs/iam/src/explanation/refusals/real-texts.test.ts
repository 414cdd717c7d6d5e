import fc from 'fast-check';
import { meaningOf } from './meaning.ts';
import { readRefusal } from './read-refusal.ts';
import realTexts from './real-texts.json' with { type: 'json' };

test.each(realTexts.texts)('the text of $source is read, and its meaning is known', ({ text, reads }) => {
  const refusal = readRefusal(text);
  expect(refusal).toMatchObject(reads);
  const { means, advice, tellsCause } = meaningOf(refusal as NonNullable<typeof refusal>);
  expect(means).toMatch(/\.$/);
  // With the cause, the remedy. Without it, the call has to be judged.
  expect(tellsCause && advice.length === 0 && refusal?.form !== 'not authorized').toBe(false);
});

/** What surrounds a message, in the tables of bug reports and logs. */
const wrappings: readonly ((message: string) => string)[] = [
  (message) => JSON.stringify({ message }),
  (message) => JSON.stringify({ Message: message }, null, 2),
  (message) =>
    JSON.stringify({ errorMessage: JSON.stringify({ message }), errorType: 'Error', stackTrace: [] }),
  (message) =>
    `<ErrorResponse><Error><Code>AccessDenied</Code><Message>${message}</Message></Error></ErrorResponse>`,
  (message) => `\u001b[31m2026-01-02T03:04:05.678Z\u001b[0m\trequest-1\tERROR\t${message}`,
  (message) =>
    `Traceback (most recent call last):\n  File "a.py", line 1, in <module>\nbotocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the AssumeRole operation: ${message}`,
  (message) =>
    `│ Error: operation error STS: AssumeRole, https response error StatusCode: 403, RequestID: r-1, api error AccessDenied: ${message.replaceAll(' on resource', '\n│ on resource')}\n│`,
  (message) =>
    `Error: ${message}\n    at Object.handler (/var/task/index.js:1:2)\n    at process.processTicksAndRejections`,
  (message) =>
    `${message} (Service: AWSLambda; Status Code: 403; Error Code: AccessDeniedException; Request ID: r-1)`,
];

test('a message is read in the same way, whatever it is wrapped in', () => {
  const messages = [
    'User: arn:aws:iam::111111111111:user/a is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::222222222222:role/b with an explicit deny in a permissions boundary',
    'User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:eu-west-1:********1111:abc123/prod/GET/orders',
    'Forbidden',
    'Missing Authentication Token',
    'The security token included in the request is expired',
    'Cross-account pass role is not allowed.',
  ];
  for (const message of messages) {
    for (const wrap of wrappings) expect(readRefusal(wrap(message))).toEqual(readRefusal(message));
  }
});

test('a text in which no refusal is known is not guessed at', () => {
  fc.assert(
    fc.property(fc.lorem({ mode: 'sentences' }), (text) => {
      expect(readRefusal(text)).toBeUndefined();
    }),
  );
});
