import {
  AddPermissionCommand,
  CreateFunctionCommand,
  LambdaClient,
  RemovePermissionCommand,
} from '@aws-sdk/client-lambda';
import { decisionLine } from '../../../iam/src/authorization.testing.ts';
import { storedZip } from '../../src/services/lambda/code/stored-zip.ts';
import { A, B } from '../running.testing.ts';
import { sign } from '../sign.testing.ts';
import type { Bed, Statement } from './bed.testing.ts';
import { reasonOf } from './outcome.testing.ts';

const own = 'allowed: identity-based policy Own';

type InvokeRow = readonly [
  situation: string,
  accountId: string,
  statements: readonly Statement[],
  permission: 'none' | 'account' | 'user',
  decision: string,
];
const may: Statement = { Sid: 'Own', Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: '*' };
const ban: Statement = { ...may, Sid: 'Ban', Effect: 'Deny' };

/** Situation, account and policy of the caller, the principal in the function's policy, and the decision on `Invoke`. */
const invokeRows: readonly InvokeRow[] = [
  ['an identity policy', A, [may], 'none', own],
  ['a user without a policy', A, [], 'none', 'missing: identity-based policy'],
  [
    'an identity policy for another function',
    A,
    [{ ...may, Resource: 'arn:aws:lambda:*:*:function:other' }],
    'none',
    'missing: identity-based policy (Own: Resource)',
  ],
  [
    'an identity policy for another action',
    A,
    [{ ...may, Action: 'lambda:GetFunction' }],
    'none',
    'missing: identity-based policy (Own: Action)',
  ],
  ['a deny', A, [may, ban], 'user', 'denied: identity-based policy Ban'],
  ["a function's policy that names the user", A, [], 'user', 'allowed: resource-based policy Door'],
  ["a function's policy that names the own account", A, [], 'account', 'missing: identity-based policy'],
  ['an identity policy alone in another account', B, [may], 'none', 'missing: resource-based policy'],
  ["a function's policy alone for another account", B, [], 'account', 'missing: identity-based policy'],
  [
    "an identity policy and a function's policy for another account",
    B,
    [may],
    'account',
    'allowed: resource-based policy Door + identity-based policy Own',
  ],
  [
    "an identity policy and a function's policy for a user of another account",
    B,
    [may],
    'user',
    'allowed: resource-based policy Door + identity-based policy Own',
  ],
];

/** Cases of `lambda:InvokeFunction`, by identity or resource policy. Dry runs: nothing runs. */
export function lambdaInvokeCases(bed: () => Bed): void {
  const cases = invokeRows.map(([situation, accountId, statements, permission, decision]) => ({
    situation,
    accountId,
    statements,
    permission,
    decision,
  }));
  const title = 'with $situation, the decision is "$decision"';
  test.each(cases)(title, async ({ accountId, statements, permission, decision }) => {
    const caller = await bed().user(accountId, { statements });
    const name = bed().outputs.Unpermitted ?? '';
    const functionArn = `arn:aws:lambda:us-east-1:${A}:function:${name}`;
    const client = new LambdaClient(bed().running.sdk(A));
    if (permission !== 'none') {
      await client.send(
        new AddPermissionCommand({
          FunctionName: name,
          StatementId: 'Door',
          Action: 'lambda:InvokeFunction',
          Principal: permission === 'user' ? caller.arn : accountId,
        }),
      );
    }
    const request = sign(
      {
        host: 'lambda.us-east-1.amazonaws.com',
        method: 'POST',
        service: 'lambda',
        date: bed().running.now(),
        path: `/2015-03-31/functions/${encodeURIComponent(functionArn)}/invocations`,
        headers: { 'X-Amz-Invocation-Type': 'DryRun' },
        body: '{}',
      },
      caller.keys,
    );
    const { answer, error, event } = await bed().running.send(request);
    if (permission !== 'none') {
      await client.send(new RemovePermissionCommand({ FunctionName: name, StatementId: 'Door' }));
    }
    client.destroy();
    expect(decisionLine(event.decisions.at(-1), { nearest: decision.includes('(') })).toBe(decision);
    expect([answer.status, error.type, error.message]).toEqual(
      decision.startsWith('allowed')
        ? [204, undefined, undefined]
        : [
            403,
            'AccessDeniedException',
            `User: ${caller.arn} is not authorized to perform: lambda:InvokeFunction on resource: ${functionArn} ${reasonOf(decision, 'lambda:InvokeFunction')}`,
          ],
    );
  });
}

const mayCreate: Statement = { ...may, Sid: 'Create', Action: 'lambda:*' };
const mayPass: Statement = { ...may, Sid: 'Pass', Action: 'iam:PassRole' };
const toLambda = { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } };
const toOthers = { StringEquals: { 'iam:PassedToService': 'events.amazonaws.com' } };
const lambdaTrust: Statement = {
  Effect: 'Allow',
  Principal: { Service: 'lambda.amazonaws.com' },
  Action: 'sts:AssumeRole',
};
const eventsTrust: Statement = { ...lambdaTrust, Principal: { Service: 'events.amazonaws.com' } };
const mayNotPass = (element: string) =>
  `missing: identity-based policy${element === '' ? '' : ` (Pass: ${element})`}`;

/** Situation, the policy of the creator of a function, the trust policy of the function's role, and the outcome. */
const roleRows: readonly (readonly [string, readonly Statement[], Statement, string])[] = [
  ['a role that trusts Lambda', [mayCreate, mayPass], lambdaTrust, 'allowed: identity-based policy Pass'],
  [
    'iam:PassRole to Lambda',
    [mayCreate, { ...mayPass, Condition: toLambda }],
    lambdaTrust,
    'allowed: identity-based policy Pass',
  ],
  ['a user without iam:PassRole', [mayCreate], lambdaTrust, mayNotPass('')],
  [
    'iam:PassRole to another service',
    [mayCreate, { ...mayPass, Condition: toOthers }],
    lambdaTrust,
    mayNotPass('condition StringEquals iam:PassedToService'),
  ],
  ['a role that does not trust Lambda', [mayCreate, mayPass], eventsTrust, 'InvalidParameterValueException'],
];

/** Cases of roles that are passed to functions. */
export function functionRoleCases(bed: () => Bed): void {
  test.each(roleRows)('CreateFunction checks %s', async (situation, statements, trust, outcome) => {
    const { running } = bed();
    const caller = await bed().user(A, { statements });
    const Role = await bed().role(A, { trust: [trust] });
    const client = new LambdaClient({ ...running.sdk(A), credentials: caller.keys });
    const created = client.send(
      new CreateFunctionCommand({
        FunctionName: `of-${situation.replace(/\W/g, '-')}`,
        Role,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { ZipFile: storedZip({ 'index.js': 'exports.handler = async () => {};' }) },
      }),
    );
    if (outcome.startsWith('allowed')) expect((await created).Role).toBe(Role);
    else if (outcome.startsWith('missing')) {
      await expect(created).rejects.toMatchObject({
        name: 'AccessDeniedException',
        message: `User: ${caller.arn} is not authorized to perform: iam:PassRole on resource: ${Role} because no identity-based policy allows the iam:PassRole action`,
      });
    } else {
      await expect(created).rejects.toMatchObject({
        name: outcome,
        message: 'The role defined for the function cannot be assumed by Lambda.',
      });
    }
    client.destroy();
    const event = running.aws.trace.events().findLast(({ operation }) => operation === 'CreateFunction');
    const passing = event?.decisions.find(({ action }) => action === 'iam:PassRole');
    const line = outcome.startsWith('Invalid') ? 'allowed: identity-based policy Pass' : outcome;
    expect(decisionLine(passing, { nearest: line.includes('(') })).toBe(line);
  });
}
