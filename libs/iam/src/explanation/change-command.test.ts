import { changeCommand } from './change-command.ts';
import type { Remedy } from './remedy.ts';

type Added = Extract<Remedy, { change: 'add statement' }>;

const A = '111111111111';
const B = '222222222222';
const api = `arn:aws:execute-api:eu-west-1:${A}:abc123/prod/GET/orders`;
const statement = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: api };
const document = { Version: '2012-10-17', Statement: [statement] };
const text = JSON.stringify(document);
const command = (change: Omit<Added, 'change'>) =>
  changeCommand({ change: 'add statement', ...change }, (account) => `aws --profile ${account}`);

test.each<[string, Omit<Added, 'change'>, string]>([
  [
    'the trust policy of a role with a path',
    {
      kind: 'role trust policy',
      where: `the trust policy of arn:aws:iam::${A}:role/team/r`,
      statement,
      document,
    },
    `aws --profile ${A} iam update-assume-role-policy --role-name r --policy-document '${text}'`,
  ],
  [
    'a boundary',
    {
      kind: 'permissions boundary',
      where: `the permissions boundary arn:aws:iam::${A}:policy/b`,
      statement,
      document,
    },
    `aws --profile ${A} iam create-policy-version --policy-arn arn:aws:iam::${A}:policy/b --policy-document '${text}' --set-as-default`,
  ],
  [
    'an API, which is deployed',
    { kind: 'resource-based policy', where: 'resource policy of API a', statement, document },
    `aws --profile ${A} apigateway update-rest-api --region eu-west-1 --rest-api-id abc123 --patch-operations '${JSON.stringify([{ op: 'replace', path: '/policy', value: text }])}' && aws --profile ${A} apigateway create-deployment --region eu-west-1 --rest-api-id abc123 --stage-name prod`,
  ],
  [
    'a VPC endpoint',
    {
      kind: 'VPC endpoint policy',
      where: 'policy of VPC endpoint vpce-1a2b',
      statement: {
        ...statement,
        Condition: { ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::${B}:role/r` } },
      },
      document,
    },
    `aws --profile ${B} ec2 modify-vpc-endpoint --region eu-west-1 --vpc-endpoint-id vpce-1a2b --policy-document '${text}'`,
  ],
])('the command for %s', (_what, change, expected) => {
  expect(command(change)).toBe(expected);
});

test('two statements of one role get two policies, and the same statement the same', () => {
  const of = (kind: string, Resource: string) =>
    command({
      kind: 'identity-based policy',
      where: `a policy of arn:aws:iam::${A}:${kind}/team/x`,
      statement: { ...statement, Resource },
    });
  expect(of('role', api)).toMatch(
    new RegExp(
      `^aws --profile ${A} iam put-role-policy --role-name x --policy-name Allow-execute-api-Invoke-[0-9a-f]{8} `,
    ),
  );
  expect(of('user', api)).toContain(' iam put-user-policy --user-name x ');
  expect(of('role', api)).toBe(of('role', api));
  expect(of('role', api)).not.toBe(of('role', `${api}2`));
});

test('two permissions of one function get two IDs, which Lambda takes, and the same permission the same', () => {
  const idOf = (sourceArn: string) =>
    / --statement-id ([\w-]{1,100}) --/.exec(
      command({
        kind: 'resource-based policy',
        where: 'resource policy of function f',
        statement: {
          Effect: 'Allow',
          Principal: { Service: 'apigateway.amazonaws.com' },
          Action: 'lambda:InvokeFunction',
          Resource: `arn:aws:lambda:eu-west-1:${A}:function:f`,
          Condition: { ArnLike: { 'aws:SourceArn': sourceArn } },
        },
      }) ?? '',
    )?.[1];
  const deep = `${api}/${'a-long-segment/'.repeat(8)}`;
  expect(idOf(api)).toMatch(/^execute-api-eu-west-1-111111111111-abc123-prod-GET-orders-[0-9a-f]{8}$/);
  expect(idOf(`${deep}first`)).toBeDefined();
  expect(idOf(`${deep}first`)).not.toBe(idOf(`${deep}second`));
  // Neither a path parameter nor its braces are in the ID.
  expect(idOf(`${api}/{id}`)).not.toBe(idOf(`${api}/id`));
  expect(idOf(api)).toBe(idOf(api));
});

test.each<[string, Omit<Added, 'change'>]>([
  [
    'a role of IAM Identity Center',
    {
      kind: 'identity-based policy',
      where: `a policy of arn:aws:iam::${A}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef`,
      statement,
    },
  ],
  ['a session policy', { kind: 'session policy', where: 'the session policy', statement, document }],
  [
    'a boundary that is not known by its ARN',
    { kind: 'permissions boundary', where: 'the permissions boundary b', statement, document },
  ],
  [
    'a resource of another service',
    {
      kind: 'resource-based policy',
      where: 'b',
      statement: { ...statement, Resource: 'arn:aws:s3:::b' },
      document,
    },
  ],
])('there is no command for %s', (_what, change) => {
  expect(command(change)).toBeUndefined();
});

test("a quote in a policy does not end the shell's word", () => {
  const change = {
    kind: 'role trust policy',
    where: `the trust policy of arn:aws:iam::${A}:role/r`,
    statement,
  } as const;
  const found = command({ ...change, document: { Statement: [{ Sid: "it's $(here)" }] } });
  expect(found).toContain(`'{"Statement":[{"Sid":"it'\\''s $(here)"}]}'`);
});
