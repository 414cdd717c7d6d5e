import { decide, type PolicyKind } from '@cross-account-api/iam';
import type { NotAuthorized } from '@cross-account-api/iam/explanation';
import { A, B, policies, policy, route, session } from '../../../../iam/src/authorization.testing.ts';
import { linkOfDecision } from '../../call/link-of-decision.ts';
import { differenceFromMessage } from './compare-with-message.ts';

const about = { kind: 'invoke route', title: 'a call' } as const;
const allow = { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' };
const { Principal: _, ...own } = allow;

/** A link that a policy denies, and behind it a missing permission. */
const link = (denying: PolicyKind | undefined) => {
  const deny = { ...allow, Sid: 'Never', Effect: 'Deny' };
  const question = {
    principal: session({ accountId: B, roleName: 'caller' }),
    action: 'execute-api:Invoke',
    resource: route,
    resourceAccountId: A,
    context: {},
    resourcePolicy: policy('resource policy', allow),
  };
  const serviceControl = [[policy('Guardrail', own, { ...deny, Principal: undefined })]];
  const some = {
    ...(denying === 'service control policy' && { serviceControl }),
    ...(denying === 'VPC endpoint policy' && { vpcEndpoint: policy('endpoint', deny, allow) }),
  };
  return linkOfDecision(about, decide(question, policies(some)));
};

const message = (policyKind: PolicyKind, more: Partial<NotAuthorized> = {}): NotAuthorized => ({
  form: 'not authorized',
  principal: `arn:aws:sts::${B}:assumed-role/caller/s`,
  action: 'execute-api:Invoke',
  resource: `arn:aws:execute-api:eu-west-1:********${A.slice(-4)}:abc123/prod/GET/orders`,
  denial: 'explicit',
  policy: policyKind,
  ...more,
});

test.each<[string, Parameters<typeof differenceFromMessage>, RegExp | undefined]>([
  [
    'a service control policy that denies',
    [message('service control policy'), [link('service control policy')], []],
    undefined,
  ],
  [
    'a VPC endpoint policy that denies',
    [message('VPC endpoint policy'), [link('VPC endpoint policy')], []],
    undefined,
  ],
  [
    'a missing permission behind the policy that denies',
    [message('identity-based policy', { denial: 'implicit' }), [link('VPC endpoint policy')], []],
    undefined,
  ],
  [
    'no policy that AWS names',
    [{ ...message('session policy'), policy: undefined } as never, [link(undefined)], []],
    undefined,
  ],
])('nothing differs if a link shows it: %s', (_what, given, expected) => {
  expect(differenceFromMessage(...given)).toBe(expected);
});

test.each<[string, Parameters<typeof differenceFromMessage>, RegExp]>([
  [
    'a service control policy of an account that was not read',
    [message('service control policy'), [link(undefined)], [B]],
    new RegExp(
      `account ${B} were not read.* list-policies-for-target --target-id ${B} --filter SERVICE_CONTROL_POLICY`,
    ),
  ],
  [
    "a resource control policy of the masked resource's account that was not read",
    [message('resource control policy'), [link(undefined)], [A]],
    new RegExp(`account ${A} were not read.* --target-id ${A} --filter RESOURCE_CONTROL_POLICY`),
  ],
  [
    'a resource control policy that was read',
    [message('resource control policy', { resource: `arn:aws:iam::${A}:role/r` }), [link(undefined)], []],
    new RegExp(`Those of account ${A} were read, and none denies it now\\.`),
  ],
  [
    'a policy of the organization by its ARN',
    [
      message('service control policy', { policyArn: `arn:aws:organizations::9:policy/o/s/p-1` }),
      [link(undefined)],
      [B],
    ],
    /the service control policy arn:aws:organizations::9:policy\/o\/s\/p-1\. .*The command above shows it\./,
  ],
  [
    'a VPC endpoint policy that was not read',
    [message('VPC endpoint policy'), [link(undefined)], []],
    /Give the endpoint with --vpc-endpoint, and a profile of the account of the VPC\./,
  ],
  [
    'a session policy',
    [message('session policy'), [link('service control policy')], []],
    /AWS shows it nowhere.* --session-policy\./,
  ],
  [
    'a kind that was read and does not deny',
    [message('resource-based policy'), [link(undefined)], []],
    /Of this kind, nothing that was read denies it now\./,
  ],
  [
    'a kind that was read and allows it',
    [message('resource-based policy', { denial: 'implicit' }), [link('service control policy')], []],
    /Of this kind, nothing that was read lacks an allow now\./,
  ],
])('the difference is named, with the way to read the policy: %s', (_what, given, expected) => {
  const difference = differenceFromMessage(...given);
  expect(difference).toMatch(
    /^AWS named another reason than the links above: the .* The call may fail again after the change above\.$/,
  );
  expect(difference).toMatch(expected);
});

test('a message about an action that no link judges says nothing about the policies', () => {
  expect(
    differenceFromMessage(
      message('resource-based policy', { action: 'lambda:InvokeFunction' }),
      [link(undefined)],
      [],
    ),
  ).toBeUndefined();
});
