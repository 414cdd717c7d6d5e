/** The actions that a profile needs to explain a stage on real AWS; {@link requiredPermissions} has them as a policy. */
export const requiredActions = [
  'cloudformation:DescribeStacks',
  'cloudformation:ListStackResources',
  'iam:GetRole',
  'iam:ListRolePolicies',
  'iam:GetRolePolicy',
  'iam:ListAttachedRolePolicies',
  'iam:GetPolicy',
  'iam:GetPolicyVersion',
  'lambda:GetFunctionConfiguration',
  'lambda:GetPolicy',
  'apigateway:GET',
] as const;

/** What questions about users (`--principal arn:…:user/…`) need in addition to {@link requiredActions}. */
export const requiredActionsForUsers = [
  'iam:GetUser',
  'iam:ListUserPolicies',
  'iam:GetUserPolicy',
  'iam:ListAttachedUserPolicies',
  'iam:ListGroupsForUser',
  'iam:ListGroupPolicies',
  'iam:GetGroupPolicy',
  'iam:ListAttachedGroupPolicies',
] as const;

/**
 * A policy for the profiles of both accounts. It only allows reading, and of stacks, roles and functions only those of one
 * stage.
 * `sts:GetCallerIdentity` needs no permission.
 * @param stage `*` for all stages
 */
export function requiredPermissions(stage: string) {
  const mine = (prefix: string, suffix = '') => [
    `${prefix}cross-account-api-${stage}${suffix}`,
    `${prefix}cross-account-caller-${stage}${suffix}`,
  ];
  const actions = (service: string, name = /./) =>
    requiredActions.filter((action) => action.startsWith(`${service}:`) && name.test(action));
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'ReadStacks',
        Effect: 'Allow',
        Action: actions('cloudformation'),
        Resource: mine('arn:aws:cloudformation:*:*:stack/', '/*'),
      },
      {
        Sid: 'ReadRoles',
        Effect: 'Allow',
        Action: actions('iam', /Role/),
        Resource: mine('arn:aws:iam::*:role/', '*'),
      },
      {
        Sid: 'ReadManagedPolicies',
        Effect: 'Allow',
        Action: actions('iam', /:GetPolicy/),
        Resource: 'arn:aws:iam::*:policy/*',
      },
      {
        Sid: 'ReadFunctions',
        Effect: 'Allow',
        Action: actions('lambda'),
        Resource: mine('arn:aws:lambda:*:*:function:', '*'),
      },
      {
        Sid: 'ReadApis',
        Effect: 'Allow',
        Action: actions('apigateway'),
        Resource: ['arn:aws:apigateway:*::/restapis/*'],
      },
      {
        Sid: 'ReadUsersForQuestions',
        Effect: 'Allow',
        Action: requiredActionsForUsers,
        Resource: ['arn:aws:iam::*:user/*', 'arn:aws:iam::*:group/*'],
      },
    ],
  } as const;
}
