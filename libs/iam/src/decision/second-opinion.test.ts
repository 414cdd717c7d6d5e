import fc from 'fast-check';
import {
  A,
  allowAll,
  allowLogs,
  B,
  identity,
  invoke,
  invokeRoute,
  limited,
  policies,
  policy,
  type RawStatement,
  resource,
  route,
  session,
  sessionArn,
  variable,
} from '../authorization.testing.ts';
import type { AssumedRole } from '../principal.ts';
import { decide } from './authorizer.ts';
import type { AuthorizationRequest } from './decision.ts';
import type { ApplicablePolicies } from './policy-source.ts';
import { secondOpinion } from './second-opinion.testing.ts';

function ownResult(question: AuthorizationRequest, given: ApplicablePolicies): string {
  const decision = decide(question, given);
  if (decision.allowed) return 'Allowed';
  return decision.denial === 'explicit' ? 'ExplicitlyDenied' : 'ImplicitlyDenied';
}

/** Statements of every make, of the parts that both implementations read alike. */
const statements = fc
  .record({
    effect: fc.constantFrom('Allow', 'Allow', 'Deny'),
    action: fc.constantFrom<RawStatement>(
      { Action: '*' },
      { Action: 'execute-api:Invoke' },
      { Action: ['sts:*', 'EXECUTE-API:in?oke', 'logs:Get*'] },
      { Action: 'execute-api:ManageConnections' },
      { NotAction: 'execute-api:*' },
      { NotAction: ['iam:*', 'sts:*'] },
    ),
    resource: fc.constantFrom<RawStatement>(
      { Resource: '*' },
      { Resource: route },
      { Resource: [`${route}2`, 'arn:aws:execute-api:*:*:abc123/*/GET/h?llo'] },
      {
        Resource: `arn:aws:execute-api:us-east-1:${A}:abc123/${variable('aws:PrincipalTag/stage')}/GET/hello`,
      },
      { Resource: `arn:aws:execute-api:us-east-1:${B}:abc123/*` },
      { NotResource: `${route}*` },
      { NotResource: 'arn:aws:execute-api:eu-west-1:*:abc123/*' },
    ),
    condition: fc.constantFrom<RawStatement>(
      {},
      {},
      { StringEquals: { 'aws:PrincipalTag/stage': ['prod', 'dev'] } },
      { StringNotEquals: { 'aws:PrincipalTag/stage': 'prod' } },
      { StringLike: { 'aws:userid': '*:te?t' }, Bool: { 'aws:SecureTransport': 'true' } },
      { StringEqualsIgnoreCase: { 'aws:PrincipalTag/stage': 'PROD' } },
      { StringNotLike: { 'aws:PrincipalArn': 'arn:*:role/in*' } },
      { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::*:role/*` } },
      { ArnNotEquals: { 'aws:PrincipalArn': `arn:aws:iam::${A}:role/caller` } },
      { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '192.168.1.1'] } },
      { NotIpAddress: { 'aws:SourceIp': '10.1.0.0/16' } },
      { NumericGreaterThan: { 'aws:MultiFactorAuthAge': 100 } },
      { NumericLessThanEqualsIfExists: { 'aws:MultiFactorAuthAge': 100 } },
      { DateLessThan: { 'aws:CurrentTime': '2026-06-01T00:00:00Z' } },
      { Null: { 'aws:MultiFactorAuthAge': 'true' } },
      { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] } },
      { 'ForAnyValue:StringLike': { 'aws:TagKeys': 'a*' } },
    ),
  })
  .map(({ effect, action, resource, condition }) => ({
    Effect: effect,
    ...action,
    ...resource,
    ...(Object.keys(condition).length === 0 ? {} : { Condition: condition }),
  }));

const documents = fc.array(statements, { minLength: 1, maxLength: 3 });
const principals = fc.constantFrom<unknown>(
  { AWS: `arn:aws:iam::${A}:role/invoke` },
  { AWS: sessionArn },
  { AWS: A },
  { AWS: [`arn:aws:iam::${B}:root`, `arn:aws:iam::${A}:user/alice`] },
  { Service: 'apigateway.amazonaws.com' },
);
const contexts = fc.record(
  {
    'aws:PrincipalTag/stage': fc.constantFrom('prod', 'dev', 'Prod'),
    'aws:SecureTransport': fc.constantFrom('true', 'false'),
    'aws:SourceIp': fc.constantFrom('10.1.2.3', '10.2.3.4', '192.168.1.1'),
    'aws:MultiFactorAuthAge': fc.constantFrom('50', '100', '200'),
    'aws:CurrentTime': fc.constantFrom('2026-05-31T23:59:59Z', '2026-06-01T00:00:00Z'),
    'aws:TagKeys': fc.constantFrom(['a'], ['a', 'c'], ['b']),
  },
  { requiredKeys: [] },
);

test('local AWS and iam-simulate make the same decisions', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        account: fc.constantFrom(A, B),
        identity: documents,
        boundary: fc.option(documents, { nil: undefined }),
        serviceControl: fc.array(documents, { maxLength: 2 }),
        resource: fc.option(fc.tuple(principals, documents), { nil: undefined }),
        context: contexts,
      }),
      async (given) => {
        const principal: AssumedRole = session({ accountId: given.account });
        const [named, granted] = given.resource ?? [];
        const question = invoke(principal, {
          context: given.context,
          ...(granted && {
            resourcePolicy: policy('resource', ...granted.map((each) => ({ ...each, Principal: named }))),
          }),
        });
        const applicable = policies({
          identity: [policy('identity', ...given.identity)],
          boundary: given.boundary && policy('boundary', ...given.boundary),
          serviceControl: given.serviceControl.map((level, index) => [policy(`scp ${index}`, ...level)]),
        });
        expect(ownResult(question, applicable)).toBe(await secondOpinion(question, applicable));
      },
    ),
    { numRuns: 300 },
  );
});

test('local AWS and iam-simulate make the same decisions on resource control policies', async () => {
  const object = { action: 's3:GetObject', resource: 'arn:aws:s3:::bucket/key' };
  const rcps = fc.array(
    fc.record({
      Effect: fc.constant('Deny'),
      Principal: fc.constant('*'),
      Action: fc.constantFrom('s3:*', 's3:GetObject', 's3:PutObject', 'sts:*'),
      Resource: fc.constantFrom('*', object.resource, 'arn:aws:s3:::other/*'),
      Condition: fc.constantFrom(
        {},
        { StringNotEqualsIfExists: { 'aws:PrincipalAccount': B } },
        { BoolIfExists: { 'aws:SecureTransport': 'false' } },
      ),
    }),
    { minLength: 1, maxLength: 3 },
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(A, B), rcps, contexts, async (accountId, statements, context) => {
      const question = invoke(session({ accountId }), {
        ...object,
        context,
        resourcePolicy: policy('bucket', { ...allowAll, Principal: '*', Resource: object.resource }),
      });
      const given = policies({ ...identity(allowAll), resourceControl: [policy('rcp', ...statements)] });
      expect(ownResult(question, given)).toBe(await secondOpinion(question, given));
    }),
  );
});

describe('local AWS differs from iam-simulate, because that differs from AWS,', () => {
  const asterisk = invoke(session(), { resource: route.replace('hello', '*') });
  const local = invoke(session(), { context: { 'aws:SourceIp': '127.0.0.1' } });
  const today = invoke(session(), { context: { 'aws:CurrentTime': '2026-06-01T00:00:00Z' } });
  const on = (condition: RawStatement) => identity({ ...allowAll, Condition: condition });
  test.each<[string, AuthorizationRequest, Partial<ApplicablePolicies>, own: string, theirs: string]>([
    [
      'for a wildcard instead of the ID of an API',
      invoke(session()),
      identity({ ...invokeRoute, Resource: `arn:aws:execute-api:us-east-1:${A}:*/prod/GET/hello` }),
      'Allowed',
      'ImplicitlyDenied',
    ],
    ['for an asterisk in a path', asterisk, identity(invokeRoute), 'ImplicitlyDenied', 'Allowed'],
    [
      'for a region with the characters of a regular expression',
      invoke(session()),
      identity({ ...invokeRoute, Resource: route.replace('us-east-1', 'us.east.1') }),
      'ImplicitlyDenied',
      'Allowed',
    ],
    [
      'for the range of all addresses',
      local,
      on({ IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } }),
      'Allowed',
      'ImplicitlyDenied',
    ],
    [
      'for a date in seconds',
      today,
      on({ DateGreaterThan: { 'aws:CurrentTime': '4102444800' } }),
      'ImplicitlyDenied',
      'Allowed',
    ],
    [
      'for a variable without a value',
      local,
      on({ StringNotEquals: { 'aws:SourceIp': variable('aws:PrincipalTag/ip') } }),
      'Allowed',
      'ImplicitlyDenied',
    ],
    [
      'for ArnNotLike and a value that is not an ARN',
      invoke(session(), { context: { 'aws:SourceArn': 'no ARN' } }),
      on({ ArnNotLike: { 'aws:SourceArn': 'arn:aws:iam::*:role/*' } }),
      'Allowed',
      'ImplicitlyDenied',
    ],
    [
      'for a set operator with IfExists',
      local,
      on({ 'ForAnyValue:StringEqualsIfExists': { 'aws:TagKeys': 'a' } }),
      'Allowed',
      'ImplicitlyDenied',
    ],
    [
      'for a session that the resource policy names',
      invoke(limited(allowLogs), resource({ AWS: sessionArn })),
      {},
      'Allowed',
      'ImplicitlyDenied',
    ],
  ])('%s', async (_, question, some, own, theirs) => {
    const given = policies(some);
    expect([ownResult(question, given), await secondOpinion(question, given)]).toEqual([own, theirs]);
  });

  test('for an ARN that iam-data does not know', async () => {
    const question = invoke(session(), {
      action: 'apigateway:POST',
      resource: 'arn:aws:apigateway:us-east-1::/restapis/abc/deployments',
    });
    expect(ownResult(question, policies(identity(allowAll)))).toBe('Allowed');
    await expect(secondOpinion(question, policies(identity(allowAll)))).rejects.toThrow('no.resource.types');
  });
});
