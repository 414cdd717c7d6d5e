/**
 * Types: what must not compile does not compile. `tsc` checks this file; nothing runs it.
 */
import { S3Client } from '@aws-sdk/client-s3';
import { STS, STSClient } from '@aws-sdk/client-sts';
import middy from '@middy/core';
import {
  type AssumedRole,
  AssumeRoleDenied,
  AssumeRoleOptionError,
  assumeRole,
  type ContextWithRole,
  CredentialsUnavailable,
  createAssumedRole,
  type RoleCredentials,
} from './index.ts';

const roleArn = 'arn:aws:iam::111111111111:role/api-dev-invoke';
const expectType = <Type>(_value: Type): void => {};

// The handler's context has exactly the roles that were put there.
middy<unknown, unknown>()
  .use(assumeRole({ roleArn }))
  .use(assumeRole({ roleArn, contextKey: 'reader' }))
  .handler(async (_event, context) => {
    expectType<AssumedRole>(context.assumedRole);
    expectType<AssumedRole>(context.reader);
    expectType<string>(context.functionName);
    // @ts-expect-error: no such role was put there
    context.writer;
    // @ts-expect-error: a role cannot be replaced
    context.reader = context.assumedRole;
    // @ts-expect-error: credentials are asked for, not read
    context.reader.accessKeyId;
  });
middy<unknown, unknown>()
  .use(assumeRole({ roleArn, contextKey: 'reader' }))
  // @ts-expect-error: with the option contextKey, the role is not under the default
  .handler(async (_event, { assumedRole }) => assumedRole);
expectType<(context: ContextWithRole<'reader'>) => AssumedRole>((context) => context.reader);

// Options.
assumeRole({
  roleArn,
  sessionName: undefined,
  durationSeconds: undefined,
  externalId: undefined,
  parameters: undefined,
  region: undefined,
  client: undefined,
  attemptTimeoutMs: undefined,
  logger: undefined,
  contextKey: undefined,
  fetch: undefined,
});
const readonlyLists = {
  PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }],
  Tags: [{ Key: 'team', Value: 'a' }],
  TransitiveTagKeys: ['team'],
} as const;
assumeRole({ roleArn, parameters: readonlyLists });
// @ts-expect-error: a role needs an ARN
assumeRole({ sessionName: 'caller' });
// @ts-expect-error: an unknown option
assumeRole({ roleArn, sessionname: 'caller' });
// @ts-expect-error: one option says when to fetch
assumeRole({ roleArn, prefetch: true });
// @ts-expect-error: there are three moments
assumeRole({ roleArn, fetch: 'lazy' });
// @ts-expect-error: seconds are a number
assumeRole({ roleArn, durationSeconds: '3600' });
// @ts-expect-error: tags are strings
assumeRole({ roleArn, parameters: { Tags: [{ Key: 'team', Value: 1 }] } });
// @ts-expect-error: the role is given by the option roleArn
assumeRole({ roleArn, parameters: { RoleArn: roleArn } });
// @ts-expect-error: time cannot be injected
assumeRole({ roleArn, runtime: { now: Date.now } });
// @ts-expect-error: a provider does not belong to a context
createAssumedRole({ roleArn, contextKey: 'reader' });
// @ts-expect-error: a provider fetches at the first use, or by prefetch()
createAssumedRole({ roleArn, fetch: 'init' });
// @ts-expect-error: not a client
createAssumedRole({ roleArn, client: {} });
// @ts-expect-error: an STSClient takes only commands of the same version of the SDK, so `client` takes an STS
createAssumedRole({ roleArn, client: new STSClient({}) });
createAssumedRole({ roleArn, client: new STS({}), externalId: process.env.EXTERNAL_ID });

// AWS SDK v3 clients accept the provider as credentials.
const role = createAssumedRole({ roleArn });
new S3Client({ credentials: role });
new S3Client({ credentials: role.beginInvocation(1_000).role });
expectType<() => Promise<RoleCredentials>>(role.getCredentials);
// @ts-expect-error: credentials cannot be changed
role().then((credentials) => (credentials.accessKeyId = ''));
// @ts-expect-error: the rejected credentials must be told by their key
role.invalidate({});
// @ts-expect-error: say whether to finish
role.beginInvocation(1_000).end();

// Errors can be told apart by their class and by their code.
export function remedy(error: AssumeRoleDenied | CredentialsUnavailable | AssumeRoleOptionError): string {
  switch (error.code) {
    case 'AssumeRoleDenied':
      return error.caller ?? error.roleArn;
    case 'CredentialsUnavailable':
      return `${error.reasonCode} ${error.attempts}`;
    case 'AssumeRoleOptionError':
      return error.option;
  }
}
export function isOurs(error: unknown): boolean {
  return (
    error instanceof AssumeRoleDenied ||
    error instanceof CredentialsUnavailable ||
    error instanceof AssumeRoleOptionError
  );
}
