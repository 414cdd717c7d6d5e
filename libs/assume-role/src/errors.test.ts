import { roleArn } from './fake-sts.testing.ts';
import {
  AssumeRoleDenied,
  AssumeRoleOptionError,
  CredentialsUnavailable,
  isAssumeRoleError,
} from './index.ts';

const caller = 'arn:aws:sts::222222222222:assumed-role/caller-dev/caller';

test('AssumeRoleOptionError is a TypeError that names the option', () => {
  const error = new AssumeRoleOptionError('tags', 'is null.');
  expect(error).toBeInstanceOf(TypeError);
  expect(error).toMatchObject({
    name: 'AssumeRoleOptionError',
    code: 'AssumeRoleOptionError',
    option: 'tags',
  });
  expect(error.stack).toMatch(/^AssumeRoleOptionError: assumeRole: tags is null\.\n/);
});

test('AssumeRoleDenied says who was refused which role, and where to look', () => {
  const error = new AssumeRoleDenied({ roleArn, caller, requestId: 'id-1' }, true);
  expect(error).toMatchObject({
    name: 'AssumeRoleDenied',
    code: 'AssumeRoleDenied',
    roleArn,
    caller,
    requestId: 'id-1',
  });
  expect(error.message.split('\n')).toEqual([
    `STS does not let ${caller} assume ${roleArn}. STS does not say why, so check all of these:`,
    `1. The role exists, its trust policy allows sts:AssumeRole to ${caller}, and each condition holds.`,
    '2. The external ID (this call sent one) equals sts:ExternalId in the trust policy.',
    "3. The caller's own policy allows sts:AssumeRole on the role, and no boundary or organization policy denies it.",
    '4. IAM takes seconds to spread a change. If one was just made, in either account, call again after a minute.',
    'STS request ID: id-1',
  ]);
});

test('AssumeRoleDenied names the further actions that the call needs', () => {
  const facts = { roleArn, caller, requestId: undefined };
  const { message } = new AssumeRoleDenied(facts, false, ['sts:TagSession']);
  expect(message.split('\n').slice(4)).toEqual([
    "4. Both the trust policy and the caller's own policy also allow sts:TagSession, as this call needs it.",
    expect.stringMatching(/^5\. IAM takes seconds/),
  ]);
});

test('AssumeRoleDenied omits caller and request ID if STS sends none', () => {
  const { message } = new AssumeRoleDenied({ roleArn, caller: undefined, requestId: undefined }, false);
  expect(message).toMatch(/^STS does not let this caller assume arn:/);
  expect(message).toContain('(this call sent none)');
  expect(message).toMatch(/call again after a minute\.$/);
});

test('CredentialsUnavailable says what happened and what to do', () => {
  const facts = { roleArn, reasonCode: 'Throttling', attempts: 2, requestId: 'id-1' };
  const error = new CredentialsUnavailable(facts, 'slow down', 'Wait');
  expect(error).toMatchObject({
    name: 'CredentialsUnavailable',
    code: 'CredentialsUnavailable',
    roleArn,
    attempts: 2,
    reasonCode: 'Throttling',
    requestId: 'id-1',
  });
  expect(error.message).toBe(
    `No credentials of ${roleArn} (attempts: 2): Throttling: slow down (STS request ID: id-1). Wait.`,
  );
  const first = { ...facts, attempts: 1, requestId: undefined };
  expect(new CredentialsUnavailable(first, 'slow down', 'Wait').message).toBe(
    `No credentials of ${roleArn} (attempts: 1): Throttling: slow down. Wait.`,
  );
});

const denied = { roleArn, caller, requestId: 'id-1' };
const unavailable = { roleArn, attempts: 2, reasonCode: 'Timeout', requestId: undefined };

test('isAssumeRoleError recognizes both errors of assuming a role, and their code tells which one it is', () => {
  const error: unknown = new CredentialsUnavailable(unavailable, 'no answer', 'Call again');
  expect(isAssumeRoleError(new AssumeRoleDenied(denied, true))).toBe(true);
  if (!isAssumeRoleError(error) || error.code !== 'CredentialsUnavailable') throw error;
  const { attempts }: CredentialsUnavailable = error;
  expect(attempts).toBe(2);
});

/** Loaded outside of a test: otherwise test:mutation would judge all code that runs when a module is loaded by that test alone. */
const copy = anotherCopy();

function anotherCopy(): typeof import('./index.ts') {
  let loaded: typeof import('./index.ts') | undefined;
  jest.isolateModules(() => {
    loaded = jest.requireActual('./index.ts');
  });
  return loaded as typeof import('./index.ts');
}

test('isAssumeRoleError recognizes the error of another copy of this package, for which instanceof fails', () => {
  const error: unknown = new copy.AssumeRoleDenied(denied, true);
  expect(error).not.toBeInstanceOf(AssumeRoleDenied);
  expect(isAssumeRoleError(error)).toBe(true);
});

test.each([
  ['the error of an option', new AssumeRoleOptionError('tags', 'is null.')],
  ['any other error', new Error('no')],
  ['an object with the code of an error', { code: 'AssumeRoleDenied', roleArn }],
  ['no object', undefined],
  ['null', null],
])('isAssumeRoleError does not recognize %s', (_what, value) => {
  expect(isAssumeRoleError(value)).toBe(false);
});
