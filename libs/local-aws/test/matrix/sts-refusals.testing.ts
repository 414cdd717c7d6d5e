import { A, B } from '../running.testing.ts';
import { type Assumer, type Parameters, root, teamTag, trust } from './assumers.testing.ts';
import { type Bed, type Caller, policy } from './bed.testing.ts';

type StsRow = readonly [
  situation: string,
  who: Assumer,
  parameters: Parameters,
  status: number,
  code: string,
  message: string | RegExp,
];

const constraint = (value: string, name: string, rule: string) =>
  `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: ${rule}`;
const sessionNameRule = 'Member must satisfy regular expression pattern: [\\w+=,.@-]*';
const roleChaining =
  'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.';

/** Situation, caller and parameters of AssumeRole for the role `plain` (at most 2 hours, trusts both accounts), and error. */
const stsRows: readonly StsRow[] = [
  [
    'a duration under 900 s',
    'user of A with',
    { DurationSeconds: '899' },
    400,
    'ValidationError',
    constraint('899', 'durationSeconds', 'Member must have value greater than or equal to 900'),
  ],
  [
    'a duration over 12 hours',
    'user of A with',
    { DurationSeconds: '43201' },
    400,
    'ValidationError',
    constraint('43201', 'durationSeconds', 'Member must have value less than or equal to 43200'),
  ],
  [
    "a duration over the role's maximum",
    'user of A with',
    { DurationSeconds: '7201' },
    400,
    'ValidationError',
    'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
  ],
  [
    'a duration over an hour by role chaining',
    'session of A with',
    { DurationSeconds: '3601' },
    400,
    'ValidationError',
    roleChaining,
  ],
  [
    'such a duration from another account',
    'session of B with',
    { DurationSeconds: '3601' },
    400,
    'ValidationError',
    roleChaining,
  ],
  [
    'a session name of one character',
    'user of A with',
    { RoleSessionName: 'x' },
    400,
    'ValidationError',
    constraint('x', 'roleSessionName', 'Member must have length greater than or equal to 2'),
  ],
  [
    'a session name of 65 characters',
    'user of A with',
    { RoleSessionName: 'x'.repeat(65) },
    400,
    'ValidationError',
    constraint('x'.repeat(65), 'roleSessionName', 'Member must have length less than or equal to 64'),
  ],
  [
    'a session name with a space',
    'user of A with',
    { RoleSessionName: 'a b' },
    400,
    'ValidationError',
    constraint('a b', 'roleSessionName', sessionNameRule),
  ],
  [
    'a role that does not exist',
    'user of A with',
    { RoleArn: `arn:aws:iam::${A}:role/nobody` },
    403,
    'AccessDenied',
    `User: arn:aws:iam::${A}:user/trust-with is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::${A}:role/nobody`,
  ],
  [
    'a role of an account that does not exist',
    'user of A with',
    { RoleArn: 'arn:aws:iam::999999999999:role/nobody' },
    403,
    'AccessDenied',
    `User: arn:aws:iam::${A}:user/trust-with is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::999999999999:role/nobody`,
  ],
  [
    'the ARN of a user',
    'user of A with',
    { RoleArn: `arn:aws:iam::${A}:user/trust-with` },
    400,
    'ValidationError',
    'Request ARN is invalid',
  ],
  [
    'a text that is not an ARN',
    'user of A with',
    { RoleArn: 'plainplainplainplainplain' },
    400,
    'ValidationError',
    'plainplainplainplainplain is invalid',
  ],
  [
    'an external ID of one character',
    'user of A with',
    { ExternalId: 'x' },
    400,
    'ValidationError',
    constraint('x', 'externalId', 'Member must have length greater than or equal to 2'),
  ],
  [
    'a session policy that is not JSON',
    'user of A with',
    { Policy: 'x' },
    400,
    'MalformedPolicyDocument',
    /./,
  ],
  [
    'a session policy with a principal',
    'user of A with',
    { Policy: policy([{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }]) },
    400,
    'MalformedPolicyDocument',
    /./,
  ],
  [
    'a session policy ARN that does not exist',
    'user of A with',
    { 'PolicyArns.member.1.arn': `arn:aws:iam::${A}:policy/none` },
    400,
    'MalformedPolicyDocument',
    /./,
  ],
  [
    'the same tag twice',
    'user of A with',
    { ...teamTag, 'Tags.member.2.Key': 'Team', 'Tags.member.2.Value': 'x' },
    400,
    'InvalidParameterValue',
    'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
  ],
  [
    'a transitive key without its tag',
    'user of A with',
    { 'TransitiveTagKeys.member.1': 'team' },
    400,
    'InvalidParameterValue',
    'The specified transitive tag key must be included in the requested tags.',
  ],
  ['no action', 'user of A with', { Action: '' }, 501, 'NotImplemented', /./],
  [
    'an unknown action',
    'user of A with',
    { Action: 'AssumeEverything' },
    501,
    'NotImplemented',
    /sts:AssumeEverything/,
  ],
];

/** Cases of refusals by STS, except for signatures and trust. */
export function stsCases(bed: () => Bed, who: () => Record<Assumer, Caller>): void {
  let plain: Promise<string> | undefined;
  test.each(stsRows)('STS refuses %s', async (_situation, assumer, parameters, status, code, message) => {
    plain ??= bed().role(A, {
      name: 'plain',
      maxSessionDuration: 7_200,
      trust: [trust({ AWS: [root(A).AWS, root(B).AWS] }, { Action: ['sts:AssumeRole', 'sts:TagSession'] })],
    });
    const { answer, error, event } = await bed().sts(who()[assumer].keys, {
      ...('Action' in parameters
        ? {}
        : { Action: 'AssumeRole', RoleArn: await plain, RoleSessionName: 'matrix' }),
      ...parameters,
    });
    expect([answer.status, error.type]).toEqual([status, code]);
    if (typeof message === 'string') expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
    expect(event).toMatchObject({ status, errorCode: code });
  });

  test('STS answers GetCallerIdentity without a permission, even if a policy denies it', async () => {
    const statements = [{ Effect: 'Deny', Action: '*', Resource: '*' }];
    const caller = await bed().user(A, { statements });
    const { answer } = await bed().sts(caller.keys, { Action: 'GetCallerIdentity' });
    expect([answer.status, answer.body.includes(`<Arn>${caller.arn}</Arn>`)]).toEqual([200, true]);
  });
}
