import { credentialsOfProfile } from './credentials.ts';
import { isMissing, readErrorOf } from './read-error.ts';

function awsError(name: string, message = 'MESSAGE', httpStatusCode?: number): Error {
  return Object.assign(new Error(message), {
    name,
    ...(httpStatusCode === undefined ? {} : { $metadata: { httpStatusCode } }),
  });
}

test.each([
  [awsError('CredentialsProviderError'), 'NO_CREDENTIALS', /aws sso login --profile my-api/],
  [awsError('ExpiredTokenException', 'MESSAGE', 403), 'NO_CREDENTIALS', /no longer valid/],
  [awsError('InvalidClientTokenId', 'MESSAGE', 403), 'NO_CREDENTIALS', /no longer valid/],
  [awsError('AccessDenied', 'MESSAGE', 403), 'MAY_NOT_READ', /MESSAGE .*--required-permissions --stage dev/],
  [awsError('AccessDeniedException', 'MESSAGE', 400), 'MAY_NOT_READ', /--required-permissions/],
  [awsError('ThrottlingException', 'MESSAGE', 400), 'CANNOT_READ', /AWS answered with an error/],
  [
    awsError(
      'SyntaxError',
      'Unexpected token < in JSON\n  Deserialization error: to see the raw response, inspect the hidden field {error}.$response on this object.',
      502,
    ),
    'CANNOT_READ',
    /AWS answered with an error \(an answer with status 502 that is not in AWS's format: Unexpected token < in JSON\)/,
  ],
  [
    Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
    'CANNOT_READ',
    /cannot be reached \(ECONNREFUSED/,
  ],
  ['text', 'CANNOT_READ', /text/],
])('the error %s is explained with what to do', (error, code, message) => {
  const explained = readErrorOf(error, {
    source: credentialsOfProfile('my-api'),
    stage: 'dev',
    command: 'explain',
  });
  expect(explained.code).toBe(code);
  expect(explained.message).toMatch(message);
  expect(explained.message).toContain('my-api');
});

test('the remedy names the command that prints its own permissions', () => {
  const { message } = readErrorOf(awsError('AccessDenied'), {
    source: credentialsOfProfile('my-api'),
    stage: 'dev',
    command: 'verify',
  });
  expect(message).toContain('npm run verify -- --required-permissions --stage dev');
});

test('if the user named the profile, the error names the permission, and no stage', () => {
  const message =
    'User: arn:aws:iam::1:user/a is not authorized to perform: iam:GetRole on resource: role invoke';
  const call = { source: credentialsOfProfile('my-api'), command: 'explain' } as const;
  const explained = readErrorOf(awsError('AccessDenied', message, 403), call);
  expect(explained).toMatchObject({ code: 'MAY_NOT_READ', permission: 'iam:GetRole on role invoke' });
  expect(explained.message).toContain('--required-permissions');
  for (const name of ['AccessDenied', 'ExpiredToken', 'CredentialsProviderError', 'Other']) {
    expect(readErrorOf(awsError(name, 'MESSAGE', 403), call).message).not.toMatch(/stage/);
  }
});

test('an error that is explained already does not change', () => {
  const explained = readErrorOf('x', {
    source: credentialsOfProfile('p'),
    stage: 's',
    command: 'explain',
  });
  expect(readErrorOf(explained, { source: credentialsOfProfile('q'), stage: 's', command: 'explain' })).toBe(
    explained,
  );
});

test.each([
  [awsError('NoSuchEntityException'), true],
  [awsError('NoSuchEntity'), true],
  [awsError('ResourceNotFoundException'), true],
  [awsError('NotFoundException'), true],
  [awsError('ValidationError', 'Stack with id x does not exist'), true],
  [awsError('ValidationError', 'another thing'), false],
  [awsError('AccessDenied'), false],
  [new Error('x'), false],
])('whether the error %s means that something is missing: %s', (error, missing) =>
  expect(isMissing(error)).toBe(missing),
);
