import { decideAgain } from './decide-again.ts';
import {
  apiArn,
  callerRoleArn,
  circumstances,
  type Deployment,
  functionArn,
  invokeRoleArn,
  mayAssume,
  readerOf,
  region,
  role,
  sound,
  trustsLambda,
  withRole,
} from './deployment.testing.ts';
import { answerQuestion } from './question.ts';

const context = { 'sts:ExternalId': 'secretless' };
const forbidden = withRole(sound, role(callerRoleArn, [trustsLambda]));

async function refusalBy(
  deployment: Deployment,
  principal = callerRoleArn,
  action = 'sts:AssumeRole',
  on = invokeRoleArn,
) {
  const asked = { principal, action, resource: on, region };
  const { decision } = await answerQuestion(asked, readerOf(deployment), { ...circumstances, context });
  return decision;
}

test('a refusal is allowed when the policy of its role allows it, and not before', async () => {
  const refusal = await refusalBy(forbidden);
  expect(refusal.allowed).toBe(false);
  expect(await decideAgain(refusal, readerOf(forbidden))).toMatchObject({ allowed: false });
  expect(await decideAgain(refusal, readerOf(sound))).toMatchObject({ allowed: true });
});

test('the current policies decide, in both directions, with the context of the request', async () => {
  const without = await decideAgain(
    { ...(await refusalBy(sound)), request: { ...(await refusalBy(sound)).request, context: {} } },
    readerOf(sound),
  );
  expect(without).toMatchObject({ allowed: false, missing: 'role trust policy' });
  const moved = withRole(forbidden, role(invokeRoleArn, []));
  const narrowed = withRole(moved, role(callerRoleArn, [trustsLambda], mayAssume));
  expect(await decideAgain(await refusalBy(forbidden), readerOf(narrowed))).toMatchObject({
    missing: 'role trust policy',
  });
});

test('a service is decided by the resource’s current policy', async () => {
  const source = { 'aws:SourceArn': `${apiArn}/dev/POST/parcels` };
  const asked = {
    principal: 'apigateway.amazonaws.com',
    action: 'lambda:InvokeFunction',
    resource: functionArn,
    region,
  };
  const { decision } = await answerQuestion(asked, readerOf({ ...sound, functionPolicy: undefined }), {
    ...circumstances,
    context: source,
  });
  const refusal = decision;
  expect(refusal.allowed).toBe(false);
  expect(await decideAgain(refusal, readerOf(sound))).toMatchObject({ allowed: true });
});

test.each([
  ['the role', { ...sound, roles: sound.roles.filter(({ arn }) => arn !== callerRoleArn) }],
  ['the resource', { ...sound, roles: sound.roles.filter(({ arn }) => arn !== invokeRoleArn) }],
])('the result is undefined if %s is gone', async (_what, deployment) => {
  expect(await decideAgain(await refusalBy(forbidden), readerOf(deployment))).toBeUndefined();
});

test('the result is undefined if the policy of the resource is not read', async () => {
  const refusal = await refusalBy(forbidden, callerRoleArn, 's3:GetObject', 'arn:aws:s3:::bucket/key');
  expect(refusal.allowed).toBe(false);
  expect(await decideAgain(refusal, readerOf(sound))).toBeUndefined();
});
