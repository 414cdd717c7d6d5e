import { type Basis, type Decision, decide } from '@cross-account-api/iam';
import { answerQuestion } from '@cross-account-api/iam/explanation';
import {
  callerRoleArn,
  circumstances,
  invokeRoleArn,
  plain,
  readerOf,
  region,
  role,
  sound,
  trustsLambda,
  withRole,
} from '../../../iam/src/explanation/deployed/deployment.testing.ts';
import type { AuthenticationFailure } from '../authentication/outcome.ts';
import type { FailureRecord, TraceRecord } from '../trace/record.ts';
import { explainEvent, isRefused } from './refusal.ts';
import { renderExplanation } from './render.ts';

const event: TraceRecord = {
  time: '2026-01-02T03:04:05.678Z',
  requestId: 'r1',
  service: 'execute-api',
  operation: 'POST /messages',
  decisions: [],
  status: 403,
  errorCode: 'InvalidSignatureException',
  durationMs: 1,
};
const options = { palette: plain, width: 100 };

const unauthenticated = (failure: FailureRecord): TraceRecord => ({
  ...event,
  refusal: { step: 'authentication', failure },
});
const rendered = (recorded: TraceRecord): string =>
  renderExplanation(explainEvent(recorded), options).join('\n');

describe('a request that is not authenticated', () => {
  const kinds: Record<AuthenticationFailure['kind'], RegExp> = {
    missing: /not signed/,
    incomplete: /parts of it are missing.* MESSAGE/,
    ambiguous: /two signatures\. MESSAGE/,
    'unknown-key': /no such access key\. It is the access key ASIA1\. MESSAGE/,
    'invalid-token': /session token is missing, belongs to another key.* It is the access key ASIA1/,
    'expired-token': /have expired\. It is the access key ASIA1/,
    'not-current': /more than five minutes old when it arrives\. MESSAGE/,
    'wrong-scope': /signed for another service than the one it was sent to\. MESSAGE/,
    'unsigned-header': /must be signed is not\. MESSAGE/,
    'payload-mismatch': /not the one that was signed\. MESSAGE/,
    'signature-mismatch': /no common mistake accounts for it/,
  };
  test.each(Object.entries(kinds) as [AuthenticationFailure['kind'], RegExp][])(
    'because of %s is explained, with advice',
    (kind, reason) => {
      const explained = explainEvent(unauthenticated({ kind, message: 'MESSAGE', accessKeyId: 'ASIA1' }));
      expect(explained.refused).toBe(true);
      expect(explained.reason).toMatch(reason);
      expect(explained.advice).toMatch(/\.$/);
    },
  );
});

test.each([
  [
    'not-current',
    'Signature not yet current: 20260102T030405Z is still later than 20260102T025905Z',
    /from the future/,
  ],
  [
    'wrong-scope',
    "Credential should be scoped to a valid region, not 'eu-west-1'.",
    /signed for another region/,
  ],
] as const)('because of %s is explained as the message says: %s', (kind, message, reason) => {
  expect(explainEvent(unauthenticated({ kind, message })).reason).toMatch(reason);
});

test('a signature for another service is told the service that the message names', () => {
  const failure = {
    kind: 'wrong-scope',
    message: "Credential should be scoped to correct service: 'dynamodb'. ",
  } as const;
  expect(explainEvent(unauthenticated(failure)).advice).toContain('Sign for the service dynamodb.');
});

test('the explanation says that an access key is empty', () => {
  const failure = { kind: 'unknown-key', message: 'MESSAGE', accessKeyId: '' } as const;
  expect(explainEvent(unauthenticated(failure)).reason).toMatch(/signed with an empty access key/);
});

describe('a signature that does not match', () => {
  const canonicalRequest = [
    'POST',
    '/dev/messages',
    '',
    'host:api1.execute-api.eu-west-1.amazonaws.com',
    'x-amz-date:20260102T030405Z',
    '',
    'host;x-amz-date',
    '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  ].join('\n');
  const failure = { kind: 'signature-mismatch', canonicalRequest, stringToSign: 'AWS4\nhash' } as const;
  const emptyBody = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  const withLines = (headers: readonly string[], bodyHash: string) =>
    explainEvent(
      unauthenticated({
        ...failure,
        canonicalRequest: ['POST', '/', '', ...headers, '', 'host', bodyHash].join('\n'),
        accessKeyId: 'ASIA1',
      }),
    );

  test('is not blamed on the secret if nobody can see whether the body was changed', () => {
    const { reason, advice } = withLines(['host:a'], 'ab'.repeat(32));
    expect(reason).toContain('Its body can be another one than was signed');
    expect(advice).not.toContain('most likely');
  });

  test.each([
    ['the request has no body', ['host:a'], emptyBody],
    [
      'the request says the hash of its body',
      ['host:a', `x-amz-content-sha256:${'ab'.repeat(32)}`],
      'ab'.repeat(32),
    ],
  ])('is most likely that of another secret if %s', (_case, headers, bodyHash) => {
    expect(withLines(headers, bodyHash).advice).toContain("most likely used with another key's secret");
  });

  test('is compared with what the client signed, and the first line that differs is marked', () => {
    const clientMistake = {
      mistakes: ['The path was signed without its first segment (the stage).'],
      canonicalRequest: canonicalRequest.replace('/dev/messages', '/messages'),
    };
    const text = rendered(unauthenticated({ ...failure, clientMistake }));
    expect(text).toContain('→ The path was signed without its first segment (the stage).');
    expect(text).toMatch(/^ +1 {2}POST +POST$/m);
    expect(text.split('\n').filter((line) => line.includes('▶'))).toEqual([
      expect.stringMatching(/▶ {2}2 {2}\/dev\/messages +\/messages$/),
    ]);
    expect(text).toContain('First difference, line 2 (path):');
    expect(
      Math.max(
        ...text
          .split('\n')
          .slice(7)
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(100);
  });

  test('is explained by the key if the canonical requests are the same', () => {
    const clientMistake = { mistakes: ['The signing key was derived for the service.'], canonicalRequest };
    const text = rendered(unauthenticated({ ...failure, clientMistake }));
    expect(text).toContain('The canonical requests are the same');
    expect(text).not.toContain('▶');
  });

  test('is shown as the server computed it if the cause is unknown', () => {
    const text = rendered(unauthenticated(failure));
    expect(text).toContain('2  /dev/messages');
    expect(text).toContain('AWS4');
  });

  test('is explained without a mistake if no mistake was sought', () => {
    const text = rendered(unauthenticated({ ...failure, mistakeNotSought: true }));
    expect(text).toContain('too many of them at once to look into this one');
    expect(text).toContain('→ Send it once more on its own');
    expect(text).not.toContain('common mistake');
    expect(text).toContain('2  /dev/messages');
  });
});

async function denial() {
  const deployment = withRole(sound, role(callerRoleArn, [trustsLambda]));
  const asked = { principal: callerRoleArn, action: 'sts:AssumeRole', resource: invokeRoleArn, region };
  const context = { 'sts:ExternalId': 'secretless' };
  return (await answerQuestion(asked, readerOf(deployment), { ...circumstances, context })).decision;
}

test('a denial names who, what, on what, why, and the smallest change', async () => {
  const decision = await denial();
  const refused: TraceRecord = {
    ...event,
    service: 'sts',
    operation: 'AssumeRole',
    principal: decision.principalArn,
    decisions: [decision],
    refusal: { step: 'authorization' },
    errorCode: 'AccessDenied',
  };
  expect(explainEvent(refused)).toMatchObject({ refused: true, remedies: [{ change: 'add statement' }] });
  const text = rendered(refused);
  expect(text).toContain('✘ sts AssumeRole  403 AccessDenied');
  expect(text).toContain('no identity-based policy allows it');
  expect(text).toContain(`who  ${decision.principalArn}`);
  expect(text).toContain('what sts:AssumeRole');
  expect(text).toContain(`add to a policy of ${callerRoleArn}`);
  expect(text).toContain('"Action": "sts:AssumeRole"');
});

test('a function that API Gateway may not invoke is a refusal, too, although the status is 500', async () => {
  const refused = { ...event, status: 500, decisions: [await denial()] };
  expect(isRefused(refused)).toBe(true);
  expect(explainEvent(refused).decision?.allowed).toBe(false);
});

test.each([
  [403, 'MissingAuthenticationTokenException', /^POST \/messages: The API has no such route/],
  [403, 'ForbiddenException', /no such API or stage/],
  [403, 'AccessDeniedException', /before any policy was asked/],
  [404, 'NotFoundException', /^POST \/messages: The HTTP API has no such route/],
  [401, 'UnauthorizedException', /^POST \/messages: .+ Local AWS does not judge it and answers 401/],
])('the refusal %i %s, which came before any policy was asked, is explained', (status, errorCode, reason) => {
  const refused = { ...event, status, errorCode };
  expect(isRefused(refused)).toBe(true);
  expect(explainEvent(refused).reason).toMatch(reason);
});

test('a request that no route matches is explained with the routes that there are', () => {
  const routes = ['GET /orders/{id}', 'POST /orders'];
  const rest = {
    ...event,
    errorCode: 'MissingAuthenticationTokenException',
    operation: 'GET /order',
    routes,
  };
  expect(explainEvent(rest).advice).toBe(
    'The stage has GET /orders/{id}, POST /orders. Compare method and path with the routes that are deployed, or deploy the route.',
  );
  const http = { ...rest, status: 404, errorCode: 'NotFoundException' };
  expect(explainEvent(http).advice).toContain('The stage has GET /orders/{id}, POST /orders.');
  expect(explainEvent({ ...rest, routes: [] }).advice).toContain('The stage has no route.');
});

test('a request to a route without an authorizer is explained as such, whatever its function answers', () => {
  const { errorCode: _, ...rest } = event;
  const onOpenRoute = { ...rest, service: 'execute-api', operation: 'POST /messages' };
  const { reason, advice, refused } = explainEvent({ ...onOpenRoute, status: 403 });
  expect(refused).toBe(true);
  expect(reason).toBe(
    'POST /messages: IAM was not asked: the route has no authorizer, so anybody may call it. Its integration answered.',
  );
  expect(advice).toContain('Add "authorizer: aws_iam" to the route\'s event');
  expect(explainEvent({ ...onOpenRoute, status: 200 }).reason).toBe(
    'Anybody may call POST /messages: the route has no authorizer, so IAM was not asked.',
  );
  // With a signer, IAM was asked.
  const principal = 'arn:aws:iam::111111111111:user/a';
  expect(explainEvent({ ...onOpenRoute, principal, status: 403 }).reason).not.toContain('no authorizer');
});

test.each([
  [200, undefined, 'nothing had to be decided'],
  [404, 'NoSuchEntity', 'It failed afterwards: 404 NoSuchEntity'],
  [502, undefined, 'It failed afterwards: 502'],
])(
  'a request with status %s that was allowed is not a refusal, and is explained on request',
  (status, code, reason) => {
    const { errorCode: _, ...rest } = event;
    const passed = { ...rest, service: 'iam', status, ...(code === undefined ? {} : { errorCode: code }) };
    expect(isRefused(passed)).toBe(false);
    expect(explainEvent(passed).reason).toContain(reason);
  },
);

test('a request that has succeeded since needs no remedy', async () => {
  const decision = await denial();
  const refused = { ...event, decisions: [decision], refusal: { step: 'authorization' } as const };
  const { errorCode: _, ...rest } = event;
  const later = { ...rest, requestId: 'r2', status: 200 };
  const explanation = explainEvent(refused, later);
  expect(explanation.remedies).toEqual([]);
  const text = renderExplanation(explanation, options).join('\n');
  expect(text).toContain('✔ The same has succeeded since: execute-api POST /messages  200');
  expect(text).toContain('request r2');
  expect(text).not.toContain('proposed');
});

test('a request that is allowed now needs no remedy, and one that is not gets that of today', async () => {
  const decision = await denial();
  const refused = { ...event, decisions: [decision], refusal: { step: 'authorization' } as const };
  const today = { ...decision, allowed: true, decidedBy: [] } as unknown as Basis & Decision;
  const explanation = explainEvent(refused, undefined, today);
  expect(explanation).toMatchObject({ allowedNow: true, remedies: [], decision: { allowed: false } });
  const text = renderExplanation(explanation, options).join('\n');
  expect(text).toContain('✔ Allowed now; invoke again.');
  expect(text).not.toContain('add to');
  expect(explainEvent(refused, undefined, decision)).toMatchObject({
    remedies: [{ change: 'add statement' }],
  });
});

test('a role that does not exist is the reason, and no trust policy is proposed for it', async () => {
  const decision = decide(
    {
      principal: { type: 'Service', service: 'lambda.amazonaws.com' },
      action: 'sts:AssumeRole',
      resource: 'arn:aws:iam::111111111111:role/gone',
      resourceAccountId: '111111111111',
      context: {},
    },
    { identity: [], boundary: undefined, serviceControl: [], resourceControl: [] },
  );
  const text = rendered({ ...event, decisions: [decision], refusal: { step: 'authorization' } });
  expect(text).toContain('there is no such role');
  expect(text).toContain('No change is proposed.');
  expect(text).not.toContain('trust policy');
});

test('the failure of a function is explained by its error and the line of its source', () => {
  const failed: TraceRecord = {
    ...event,
    status: 502,
    errorCode: 'InternalServerErrorException',
    failure: {
      functionArn: 'arn:aws:lambda:eu-central-1:111111111111:function:messages',
      errorType: 'ReferenceError',
      errorMessage: '__dirname is not defined',
      stack: ['at file:///var/task/src/messages.mjs:3:7'],
    },
  };
  const location = 'at load (services/api/src/messages.ts:1:2)';
  const text = renderExplanation({ ...explainEvent(failed), location }, options).join('\n');
  expect(text).toMatch(/^✘ execute-api POST \/messages {2}502 InternalServerErrorException\n/);
  expect(text).toContain('its function failed. messages: ReferenceError: __dirname is not defined\n');
  expect(text).toContain(`\n    ${location}`);
});
