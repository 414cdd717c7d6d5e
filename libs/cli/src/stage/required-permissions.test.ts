import { requiredPermissions as permissionsOfVerify } from '../commands/verify/required-permissions.ts';
import { workInPairProject } from '../project/pair.testing.ts';
import { requiredPermissions } from './required-permissions.ts';
import {
  actionsToExplain,
  actionsToExplainUsers,
  furtherReads,
  requiredActionsForOrganizations,
  requiredActionsForReview,
} from './stage-permissions.ts';

// required-permissions.stages.test.ts walks a chain with them.

workInPairProject();

test('each action is in the policy once, and only reads', () => {
  const actions = requiredPermissions('dev').Statement.flatMap(({ Action }) => [...Action]);
  expect(actions.toSorted()).toEqual(
    [
      ...[actionsToExplain, actionsToExplainUsers, requiredActionsForReview].flat(),
      ...requiredActionsForOrganizations,
    ].toSorted(),
  );
  for (const action of actions) expect(action).toMatch(/:(Get|List|Describe|GET)/);
});

test.each([
  ['no further settings', {}, ['ReadOrganizations']],
  [
    'a private API',
    { privateApi: { vpcEndpointIds: ['vpce-1'] } },
    ['ReadOrganizations', 'ReadVpcEndpoints'],
  ],
  [
    'a custom domain',
    { customDomain: { name: 'api.example.com', certificateArn: 'arn' } },
    ['ReadOrganizations', 'ReadDomain'],
  ],
])('a stage with %s may read what belongs to it', (_what, settings, sids) => {
  const scope = { partition: 'aws', callerRoleNames: [], callers: [], api: 'a', caller: 'c', ...settings };
  expect(furtherReads(scope as Parameters<typeof furtherReads>[0]).map(({ Sid }) => Sid)).toEqual(sids);
});

test('the policies of explain and verify fit into the 2,048 characters that IAM allows a user', () => {
  for (const policy of [requiredPermissions('local'), permissionsOfVerify('local')]) {
    // IAM does not count spaces.
    expect(JSON.stringify(policy).length).toBeLessThanOrEqual(2_048);
  }
});
