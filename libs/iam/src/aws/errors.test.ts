import { documentedErrors } from './errors.ts';

test.each([
  [
    'An error occurred (IDPRejectedClaim) when calling the AssumeRoleWithWebIdentity operation: x',
    ['AWS STS'],
  ],
  ['CodeStorageExceededException: Code storage limit exceeded.', ['AWS Lambda']],
  // The name alone fits both.
  ['TooManyRequestsException', ['Amazon API Gateway', 'AWS Lambda']],
  ['TooManyRequestsException: Rate (Service: AWSLambda; Status Code: 429; Error Code: x)', ['AWS Lambda']],
  ['(Service: "Lambda", Status Code: 429) TooManyRequestsException', ['AWS Lambda']],
  ['operation error API Gateway: GetRestApi, api error TooManyRequestsException: x', ['Amazon API Gateway']],
  [
    'An error occurred (TooManyRequestsException) when calling the GetRestApis operation',
    ['Amazon API Gateway'],
  ],
])('AWS says something of the error in: %s', (text, services) => {
  const found = documentedErrors(text);
  expect(found.map(({ service }) => service)).toEqual(services);
  for (const { says } of found) expect(says).toMatch(/^[A-Z].{20,420}\.$/s);
});

test.each([
  'NoSuchBucket: The specified bucket does not exist',
  // Errors of other services with the same names.
  'ResourceNotFoundException (Service: AmazonDynamoDBv2; Status Code: 400)',
  'operation error SQS: SendMessage, api error InvalidInput: x',
  'An error occurred (ConflictException) when calling the CreateWorkspace operation: x',
  'xResourceNotFoundException',
  '',
])('and nothing of the one in: %s', (text) => {
  expect(documentedErrors(text)).toEqual([]);
});
