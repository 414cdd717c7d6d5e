import {
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { A, B } from '../support/running.ts';
import { type Bed, type Caller, policy, type Statement } from './bed.ts';
import { decisionLine, expectInvocation } from './outcome.ts';

/** Who assumes a role of account 111111111111; `with`: has a policy `Own` that allows everything of STS. */
export const assumers = {
  'user of A with': 'A',
  'user of A without': 'A',
  'user of B with': 'B',
  'user of B without': 'B',
  'session of A with': 'A',
  'session of B with': 'B',
} as const;
type Assumer = keyof typeof assumers;
type Parameters = Readonly<Record<string, string>>;

const root = (accountId: string) => ({ AWS: `arn:aws:iam::${accountId}:root` });
const named = (accountId: string, kind: string, name: string) => ({
  AWS: `arn:aws:iam::${accountId}:${kind}/${name}`,
});
const trust = (Principal: unknown, more: Statement = {}): Statement => ({
  ...{ Sid: 'Trust', Effect: 'Allow', Principal, Action: 'sts:AssumeRole' },
  ...more,
});
const when = (Condition: object): Statement => ({ Condition });
const distrust = (Principal: unknown, more: Statement = {}): Statement => ({
  ...trust(Principal, more),
  ...{ Sid: 'Ban', Effect: 'Deny' },
});
const tagging = { Action: ['sts:AssumeRole', 'sts:TagSession'] };
const naming = { Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'] };

const byTrust = 'allowed: role trust policy Trust';
const byBoth = 'allowed: role trust policy Trust + identity-based policy Own';
const noTrust = 'missing: role trust policy';
const noIdentity = 'missing: identity-based policy';
const ban = 'denied: role trust policy Ban';
const untrusted = (elements: string) => `${noTrust} (Trust: ${elements})`;
const condition = (operator: string, key: string) => untrusted(`condition ${operator} ${key}`);

const teamTag = { 'Tags.member.1.Key': 'team', 'Tags.member.1.Value': 'red' };

type Row = readonly [
  situation: string,
  trust: readonly Statement[],
  who: Assumer,
  decision: string,
  parameters?: Parameters,
];

/** Situation, the role's trust policy, who assumes it, and what decides. */
const rows: readonly Row[] = [
  ['the own account is trusted', [trust(root(A))], 'user of A with', byBoth],
  [
    'the own account is trusted, and leaves it to its policies',
    [trust(root(A))],
    'user of A without',
    noIdentity,
  ],
  ['the own account is trusted, not the other', [trust(root(A))], 'user of B with', untrusted('Principal')],
  ['the other account is trusted', [trust(root(B))], 'user of B with', byBoth],
  ['the other account is trusted by its ID', [trust({ AWS: B })], 'user of B with', byBoth],
  [
    'the other account is trusted, and its user has no policy',
    [trust(root(B))],
    'user of B without',
    noIdentity,
  ],
  ['the other account is trusted, not the own', [trust(root(B))], 'user of A with', untrusted('Principal')],
  ['a session of the own account', [trust(root(A))], 'session of A with', byBoth],
  ['a session of the other account', [trust(root(B))], 'session of B with', byBoth],
  [
    'a user of the own account by name',
    [trust(named(A, 'user', 'trust-without'))],
    'user of A without',
    byTrust,
  ],
  [
    'another user by name',
    [trust(named(A, 'user', 'trust-without'))],
    'user of A with',
    untrusted('Principal'),
  ],
  ['a user of the other account by name', [trust(named(B, 'user', 'trust-with'))], 'user of B with', byBoth],
  [
    'a user of the other account by name, without a policy',
    [trust(named(B, 'user', 'trust-without'))],
    'user of B without',
    noIdentity,
  ],
  ['a role of the own account by name', [trust(named(A, 'role', 'trusted'))], 'session of A with', byTrust],
  ['a role of the other account by name', [trust(named(B, 'role', 'trusted'))], 'session of B with', byBoth],
  [
    'a role by name, not a user',
    [trust(named(B, 'role', 'trusted'))],
    'user of B with',
    untrusted('Principal'),
  ],
  ['everyone', [trust({ AWS: '*' })], 'user of A without', byTrust],
  ['everyone, another account without a policy', [trust({ AWS: '*' })], 'user of B without', noIdentity],
  ['a service', [trust({ Service: 'lambda.amazonaws.com' })], 'user of A with', untrusted('Principal')],
  [
    'another service beside the account',
    [trust({ Service: 'lambda.amazonaws.com', ...root(A) })],
    'user of A with',
    byBoth,
  ],
  ['another action', [trust(root(A), { Action: 'sts:TagSession' })], 'user of A with', untrusted('Action')],
  ['actions with *', [trust(root(A), { Action: 'sts:AssumeRole*' })], 'user of A with', byBoth],
  ['a deny beside an allow', [trust(root(B)), distrust(root(B))], 'user of B with', ban],
  ['a deny of one user', [trust(root(B)), distrust(named(B, 'user', 'trust-with'))], 'user of B with', ban],
  [
    'a deny of one user, not of another',
    [trust(root(B)), distrust(named(B, 'user', 'trust-without'))],
    'user of B with',
    byBoth,
  ],
  [
    'the external ID',
    [trust(root(B), when({ StringEquals: { 'sts:ExternalId': 'abc' } }))],
    'user of B with',
    byBoth,
    { ExternalId: 'abc' },
  ],
  [
    'another external ID',
    [trust(root(B), when({ StringEquals: { 'sts:ExternalId': 'abc' } }))],
    'user of B with',
    condition('StringEquals', 'sts:ExternalId'),
    { ExternalId: 'abd' },
  ],
  [
    'no external ID',
    [trust(root(B), when({ StringEquals: { 'sts:ExternalId': 'abc' } }))],
    'user of B with',
    condition('StringEquals', 'sts:ExternalId'),
  ],
  ['an external ID that nobody asked for', [trust(root(B))], 'user of B with', byBoth, { ExternalId: 'abc' }],
  [
    'aws:PrincipalArn of the role',
    [trust(root(B), when({ ArnEquals: { 'aws:PrincipalArn': named(B, 'role', 'trusted').AWS } }))],
    'session of B with',
    byBoth,
  ],
  [
    'aws:PrincipalArn of the role, asked by a user',
    [trust(root(B), when({ ArnEquals: { 'aws:PrincipalArn': named(B, 'role', 'trusted').AWS } }))],
    'user of B with',
    condition('ArnEquals', 'aws:PrincipalArn'),
  ],
  [
    'aws:PrincipalArn of the session is not what AWS has',
    [trust(root(B), when({ ArnLike: { 'aws:PrincipalArn': 'arn:aws:sts::*:assumed-role/trusted/*' } }))],
    'session of B with',
    condition('ArnLike', 'aws:PrincipalArn'),
  ],
  [
    'aws:PrincipalArn and external ID',
    [
      trust(
        root(B),
        when({
          ArnEquals: { 'aws:PrincipalArn': named(B, 'role', 'trusted').AWS },
          StringEquals: { 'sts:ExternalId': 'abc' },
        }),
      ),
    ],
    'session of B with',
    byBoth,
    { ExternalId: 'abc' },
  ],
  [
    'aws:PrincipalArn and external ID, neither right',
    [
      trust(
        root(B),
        when({
          ArnEquals: { 'aws:PrincipalArn': named(B, 'role', 'trusted').AWS },
          StringEquals: { 'sts:ExternalId': 'abc' },
        }),
      ),
    ],
    'user of B with',
    untrusted('condition ArnEquals aws:PrincipalArn, condition StringEquals sts:ExternalId'),
  ],
  [
    'aws:PrincipalTag',
    [trust(root(B), when({ StringEquals: { 'aws:PrincipalTag/team': 'red' } }))],
    'user of B with',
    byBoth,
  ],
  [
    'another aws:PrincipalTag',
    [trust(root(B), when({ StringEquals: { 'aws:PrincipalTag/team': 'blue' } }))],
    'user of B with',
    condition('StringEquals', 'aws:PrincipalTag/team'),
  ],
  [
    'MFA, which nobody has',
    [trust(root(A), when({ Bool: { 'aws:MultiFactorAuthPresent': 'true' } }))],
    'user of A with',
    condition('Bool', 'aws:MultiFactorAuthPresent'),
  ],
  [
    'aws:SourceIp',
    [trust(root(A), when({ IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }))],
    'user of A with',
    byBoth,
  ],
  [
    'the session name',
    [trust(root(A), when({ StringLike: { 'sts:RoleSessionName': 'mat*' } }))],
    'user of A with',
    byBoth,
  ],
  [
    'another session name',
    [trust(root(A), when({ StringLike: { 'sts:RoleSessionName': 'bat*' } }))],
    'user of A with',
    condition('StringLike', 'sts:RoleSessionName'),
  ],
  [
    'the session name has to be the user name',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
    [trust(root(A), when({ StringEquals: { 'sts:RoleSessionName': '${aws:username}' } }))],
    'user of A with',
    byBoth,
    { RoleSessionName: 'trust-with' },
  ],
  ['tags', [trust(root(A), tagging)], 'user of A with', byBoth, teamTag],
  ['tags without sts:TagSession', [trust(root(A))], 'user of A with', untrusted('Action'), teamTag],
  [
    'a tag with the right value',
    [trust(root(A), { ...tagging, ...when({ StringEquals: { 'aws:RequestTag/team': 'red' } }) })],
    'user of A with',
    byBoth,
    teamTag,
  ],
  [
    'a tag with another value',
    [trust(root(A), { ...tagging, ...when({ StringEquals: { 'aws:RequestTag/team': 'blue' } }) })],
    'user of A with',
    condition('StringEquals', 'aws:RequestTag/team'),
    teamTag,
  ],
  [
    'only these tag keys',
    [
      trust(root(A), {
        ...tagging,
        ...when({ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team', 'cost'] } }),
      }),
    ],
    'user of A with',
    byBoth,
    teamTag,
  ],
  [
    'only other tag keys',
    [trust(root(A), { ...tagging, ...when({ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['cost'] } }) })],
    'user of A with',
    condition('ForAllValues:StringEquals', 'aws:TagKeys'),
    teamTag,
  ],
  [
    'one of these tag keys',
    [trust(root(A), { ...tagging, ...when({ 'ForAnyValue:StringLike': { 'aws:TagKeys': ['te*'] } }) })],
    'user of A with',
    byBoth,
    teamTag,
  ],
  [
    'none of these tag keys',
    [trust(root(A), { ...tagging, ...when({ 'ForAnyValue:StringLike': { 'aws:TagKeys': ['co*'] } }) })],
    'user of A with',
    condition('ForAnyValue:StringLike', 'aws:TagKeys'),
    teamTag,
  ],
  [
    'a transitive tag',
    [
      trust(root(A), {
        ...tagging,
        ...when({ 'ForAllValues:StringEquals': { 'sts:TransitiveTagKeys': ['team'] } }),
      }),
    ],
    'user of A with',
    byBoth,
    { ...teamTag, 'TransitiveTagKeys.member.1': 'team' },
  ],
  ['a source identity', [trust(root(A), naming)], 'user of A with', byBoth, { SourceIdentity: 'ann' }],
  [
    'a source identity without sts:SetSourceIdentity',
    [trust(root(A))],
    'user of A with',
    untrusted('Action'),
    { SourceIdentity: 'ann' },
  ],
  [
    'the right source identity',
    [trust(root(A), { ...naming, ...when({ StringEquals: { 'sts:SourceIdentity': 'ann' } }) })],
    'user of A with',
    byBoth,
    { SourceIdentity: 'ann' },
  ],
  [
    'another source identity',
    [trust(root(A), { ...naming, ...when({ StringEquals: { 'sts:SourceIdentity': 'ann' } }) })],
    'user of A with',
    condition('StringEquals', 'sts:SourceIdentity'),
    { SourceIdentity: 'bob' },
  ],
];

/** Makes the users and sessions that assume roles. */
export async function createAssumers(bed: Bed): Promise<Record<Assumer, Caller>> {
  const Own: Statement = { Sid: 'Own', Effect: 'Allow', Action: 'sts:*', Resource: '*' };
  const of = async (accountId: string) => {
    const holder = await bed.user(accountId, {
      name: 'trust-with',
      statements: [Own],
      tags: { team: 'red' },
    });
    const other = await bed.user(accountId, { name: 'trust-without' });
    const role = await bed.role(accountId, { name: 'trusted', statements: [Own] });
    return [holder, other, await bed.session(role, holder.keys)] as const;
  };
  const [ofA, ofB] = [await of(A), await of(B)];
  return {
    ...{ 'user of A with': ofA[0], 'user of A without': ofA[1], 'session of A with': ofA[2] },
    ...{ 'user of B with': ofB[0], 'user of B without': ofB[1], 'session of B with': ofB[2] },
  };
}

/** Cases of trust policies. */
export function trustCases(bed: () => Bed, who: () => Record<Assumer, Caller>): void {
  const cases = rows.map(([situation, statements, assumer, decision, parameters = {}]) => ({
    ...{ situation, statements, assumer, decision, parameters },
  }));
  test.each(cases)('$situation: $decision', async ({ statements, assumer, decision, parameters }) => {
    const RoleArn = await bed().role(A, { trust: statements });
    const caller = who()[assumer];
    for (const form of ['header', 'query'] as const) {
      const exchange = await bed().sts(
        caller.keys,
        { Action: 'AssumeRole', RoleArn, RoleSessionName: 'matrix', ...parameters },
        { form },
      );
      const { answer, error, event } = exchange;
      const last = event.decisions.at(-1);
      expect(decisionLine(last, { nearest: decision.includes('(') })).toBe(decision);
      expect(event).toMatchObject({ operation: 'AssumeRole', principal: caller.arn });
      const expected = decision.startsWith('allowed')
        ? [200, undefined, undefined]
        : [
            403,
            'AccessDenied',
            `User: ${caller.arn} is not authorized to perform: ${last?.action} on resource: ${RoleArn}`,
          ];
      expect([answer.status, error.type, error.message]).toEqual(expected);
    }
  });
}

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

/** Situation, who assumes the role `plain` (at most 2 hours, trusts both accounts), with what, and the error. */
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
    'the same from another account',
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
    'an ARN that is no role',
    'user of A with',
    { RoleArn: `arn:aws:iam::${A}:user/trust-with` },
    400,
    'ValidationError',
    'Request ARN is invalid',
  ],
  [
    'no ARN',
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
    'a session policy that is no JSON',
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
  [
    'an MFA code of a device that nobody has',
    'user of A with',
    { SerialNumber: `arn:aws:iam::${A}:mfa/x`, TokenCode: '123456' },
    403,
    'AccessDenied',
    /^MultiFactorAuthentication failed/,
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
  [
    'GetSessionToken with session credentials',
    'session of A with',
    { Action: 'GetSessionToken' },
    403,
    'AccessDenied',
    'Cannot call GetSessionToken with session credentials',
  ],
  [
    'DecodeAuthorizationMessage of nothing',
    'user of A with',
    { Action: 'DecodeAuthorizationMessage', EncodedMessage: 'x' },
    400,
    'InvalidAuthorizationMessageException',
    'Message is not valid',
  ],
];

/** Cases of what STS refuses beside signatures and trust. */
export function stsCases(bed: () => Bed, who: () => Record<Assumer, Caller>): void {
  let plain: Promise<string> | undefined;
  test.each(stsRows)('%s', async (_situation, assumer, parameters, status, code, message) => {
    plain ??= bed().role(A, {
      name: 'plain',
      maxSessionDuration: 7_200,
      trust: [trust({ AWS: [root(A).AWS, root(B).AWS] }, { Action: ['sts:AssumeRole', 'sts:TagSession'] })],
    });
    const { answer, error, event } = await bed().sts(who()[assumer].keys, {
      ...{ Action: 'AssumeRole', RoleArn: await plain, RoleSessionName: 'matrix' },
      ...parameters,
    });
    expect([answer.status, error.type]).toEqual([status, code]);
    if (typeof message === 'string') expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
    expect(event).toMatchObject({ status, errorCode: code });
  });

  test('a root user may not assume roles', async () => {
    const keys = bed().running.aws.directory.createRootCredential(A);
    const { answer, error } = await bed().sts(keys, {
      ...{ Action: 'AssumeRole', RoleArn: `arn:aws:iam::${A}:role/plain`, RoleSessionName: 'matrix' },
    });
    expect([answer.status, error]).toEqual([
      403,
      { type: 'AccessDenied', message: 'Roles may not be assumed by root accounts.' },
    ]);
  });

  test('GetCallerIdentity needs no permission, and no deny takes it away', async () => {
    const statements = [{ Effect: 'Deny', Action: '*', Resource: '*' }];
    const caller = await bed().user(A, { statements });
    const { answer } = await bed().sts(caller.keys, { Action: 'GetCallerIdentity' });
    expect([answer.status, answer.body.includes(`<Arn>${caller.arn}</Arn>`)]).toEqual([200, true]);
  });
}

const invoke = { Sid: 'Own', Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' };
const own = 'allowed: identity-based policy Own';

/** Cases of what becomes of sessions when their role changes. */
export function sessionLifeCases(bed: () => Bed, who: () => Record<Assumer, Caller>): void {
  const iam = () => new IAMClient(bed().running.sdk(A));
  const expectGone = async (session: Caller) => {
    const { answer, error } = await bed().invoke('GET /open', session.keys);
    expect([answer.status, error]).toEqual([
      403,
      {
        type: 'UnrecognizedClientException',
        message: 'The security token included in the request is invalid.',
      },
    ]);
  };
  const open = () => `${bed().apiArn()}/dev/GET/open`;

  test('deleting a role ends its sessions, and a new role of that name does not bring them back', async () => {
    const role = await bed().role(A, { name: 'phoenix', statements: [invoke] });
    const session = await bed().session(role, who()['user of A with'].keys);
    expectInvocation(await bed().invoke('GET /open', session.keys), own, session, open());
    await iam().send(new DeleteRolePolicyCommand({ RoleName: 'phoenix', PolicyName: 'inline' }));
    await iam().send(new DeleteRoleCommand({ RoleName: 'phoenix' }));
    await expectGone(session);
    await bed().role(A, { name: 'phoenix', statements: [invoke] });
    await expectGone(session);
  });

  test("taking a role's policy away acts on its live sessions", async () => {
    const role = await bed().role(A, { name: 'stripped', statements: [invoke] });
    const session = await bed().session(role, who()['user of A with'].keys);
    expectInvocation(await bed().invoke('GET /open', session.keys), own, session, open());
    await iam().send(new DeleteRolePolicyCommand({ RoleName: 'stripped', PolicyName: 'inline' }));
    expectInvocation(await bed().invoke('GET /open', session.keys), noIdentity, session, open());
  });

  test('a trust policy that changes acts on the next AssumeRole, not on live sessions', async () => {
    const role = await bed().role(A, { name: 'estranged', statements: [invoke] });
    const { keys } = who()['user of A with'];
    const session = await bed().session(role, keys);
    const document = policy([distrust(root(A))]);
    await iam().send(new UpdateAssumeRolePolicyCommand({ RoleName: 'estranged', PolicyDocument: document }));
    expectInvocation(await bed().invoke('GET /open', session.keys), own, session, open());
    await expect(bed().session(role, keys)).rejects.toThrow('AccessDenied');
  });

  test('a trusted role that is deleted and created again is trusted no more', async () => {
    const name = 'friend';
    await bed().role(A, { name, statements: [{ ...invoke, Action: '*' }] });
    const role = await bed().role(A, { trust: [trust(named(A, 'role', name))] });
    const { keys } = who()['user of A with'];
    const friend = await bed().session(named(A, 'role', name).AWS, keys);
    expect((await bed().session(role, friend.keys)).arn).toContain('assumed-role');
    await iam().send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName: 'inline' }));
    await iam().send(new DeleteRoleCommand({ RoleName: name }));
    await bed().role(A, { name, statements: [{ ...invoke, Action: '*' }] });
    const again = await bed().session(named(A, 'role', name).AWS, keys);
    await expect(bed().session(role, again.keys)).rejects.toThrow('AccessDenied');
  });

  test.each([
    [
      'names a role that does not exist',
      trust(named(A, 'role', 'never')),
      `Invalid principal in policy: "AWS":"arn:aws:iam::${A}:role/never"`,
    ],
    [
      'has NotPrincipal',
      { Effect: 'Deny', NotPrincipal: root(A), Action: 'sts:AssumeRole' },
      'AssumeRole policy must not contain NotPrincipal field.',
    ],
    [
      'has an action of another service',
      trust(root(A), { Action: 's3:GetObject' }),
      'AssumeRole policy may only specify STS AssumeRole actions.',
    ],
    ['names a resource', trust(root(A), { Resource: '*' }), 'Has prohibited field Resource'],
  ])('a trust policy that %s is refused', async (_what, statement, message) => {
    await expect(bed().role(A, { trust: [statement] })).rejects.toMatchObject({
      name: 'MalformedPolicyDocumentException',
      message,
    });
  });

  test('transitive tags are handed on, others are not', async () => {
    const may = { Sid: 'Own', Effect: 'Allow', Action: ['sts:*', 'execute-api:*'], Resource: '*' };
    const first = await bed().role(A, { statements: [may] });
    const second = await bed().role(A, {
      statements: [
        { ...may, Resource: '*', Condition: { StringEquals: { 'aws:PrincipalTag/team': 'red' } } },
      ],
    });
    const { keys } = who()['user of A with'];
    const handedOn = await bed().session(first, keys, { ...teamTag, 'TransitiveTagKeys.member.1': 'team' });
    const kept = await bed().session(first, keys, teamTag);
    const tagged = await bed().session(second, handedOn.keys);
    const untagged = await bed().session(second, kept.keys);
    expectInvocation(await bed().invoke('GET /open', tagged.keys), own, tagged, open());
    expectInvocation(
      await bed().invoke('GET /open', untagged.keys),
      'missing: identity-based policy (Own: condition StringEquals aws:PrincipalTag/team)',
      untagged,
      open(),
    );
    await expect(bed().session(second, handedOn.keys, teamTag)).rejects.toThrow('InvalidParameterValue');
  });

  test('a source identity stays through a chain, and cannot be changed', async () => {
    const may = { Sid: 'Own', Effect: 'Allow', Action: ['sts:*', 'execute-api:*'], Resource: '*' };
    const first = await bed().role(A, { statements: [may] });
    const Condition = { StringEquals: { 'aws:SourceIdentity': 'ann' } };
    const second = await bed().role(A, { statements: [{ ...may, Condition }] });
    const named = await bed().session(first, who()['user of A with'].keys, { SourceIdentity: 'ann' });
    const chained = await bed().session(second, named.keys);
    expectInvocation(await bed().invoke('GET /open', chained.keys), own, chained, open());
    await expect(bed().session(second, named.keys, { SourceIdentity: 'bob' })).rejects.toThrow(
      'is not authorized to perform: sts:SetSourceIdentity',
    );
  });
}
