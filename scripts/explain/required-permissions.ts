const USERS = 'ReadUsersForQuestions';

/**
 * A policy for the profiles of both accounts, to explain a stage on real AWS. It only allows reading, and of stacks, roles and
 * functions only those of one stage. `sts:GetCallerIdentity` needs no permission.
 * @param stage `*` for all stages
 */
export function requiredPermissions(stage: string) {
  return {
    Version: '2012-10-17',
    Statement: [
      ...chainStatements(stage),
      allow(
        USERS,
        [
          'iam:GetUser',
          'iam:ListUserPolicies',
          'iam:GetUserPolicy',
          'iam:ListAttachedUserPolicies',
          'iam:ListGroupsForUser',
          'iam:ListGroupPolicies',
          'iam:GetGroupPolicy',
          'iam:ListAttachedGroupPolicies',
        ],
        ['arn:aws:iam::*:user/*', 'arn:aws:iam::*:group/*'],
      ),
    ],
  };
}

/**
 * The statements that walking the chain of a stage takes.
 * @param stage `*` for all stages
 */
export function chainStatements(stage: string): readonly Statement[] {
  const named = (prefix: string, suffix: string) => [
    `${prefix}cross-account-api-${stage}${suffix}`,
    `${prefix}cross-account-caller-${stage}${suffix}`,
  ];
  return [
    allow(
      'ReadStacks',
      ['cloudformation:DescribeStacks', 'cloudformation:ListStackResources'],
      named('arn:aws:cloudformation:*:*:stack/', '/*'),
    ),
    allow(
      'ReadRoles',
      ['iam:GetRole', 'iam:ListRolePolicies', 'iam:GetRolePolicy', 'iam:ListAttachedRolePolicies'],
      named('arn:aws:iam::*:role/', '*'),
    ),
    allow('ReadManagedPolicies', ['iam:GetPolicy', 'iam:GetPolicyVersion'], ['arn:aws:iam::*:policy/*']),
    allow(
      'ReadFunctions',
      ['lambda:GetFunctionConfiguration', 'lambda:GetPolicy'],
      named('arn:aws:lambda:*:*:function:', '*'),
    ),
    allow('ReadApis', ['apigateway:GET'], ['arn:aws:apigateway:*::/restapis/*']),
  ];
}

const { Statement: statements } = requiredPermissions('*');

/** The actions that a profile needs to explain a stage on real AWS. */
export const requiredActions = statements.filter(({ Sid }) => Sid !== USERS).flatMap(({ Action }) => Action);

/** The actions that questions about users (`--principal arn:…:user/…`) need in addition to {@link requiredActions}. */
export const requiredActionsForUsers = statements
  .filter(({ Sid }) => Sid === USERS)
  .flatMap(({ Action }) => Action);

/** A statement of a policy. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

/** @returns a statement that allows actions on resources */
export function allow(Sid: string, Action: readonly string[], Resource: readonly string[]): Statement {
  return { Sid, Effect: 'Allow', Action, Resource };
}
