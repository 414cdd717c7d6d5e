/** A statement of a policy. */
export interface AllowStatement {
  readonly Sid: StatementName;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const users = [
  'iam:GetUser',
  'iam:ListUserPolicies',
  'iam:GetUserPolicy',
  'iam:ListAttachedUserPolicies',
  'iam:ListGroupsForUser',
  'iam:ListGroupPolicies',
  'iam:GetGroupPolicy',
  'iam:ListAttachedGroupPolicies',
];

/**
 * The actions that commands take, by the name of the statement that allows them. All policies of `--required-permissions` are made of
 * these: each says for which resources.
 */
export const actionsOf = {
  ReadStacks: ['cloudformation:DescribeStacks', 'cloudformation:ListStackResources'],
  ReadRoles: ['iam:GetRole', 'iam:ListRolePolicies', 'iam:GetRolePolicy', 'iam:ListAttachedRolePolicies'],
  ReadManagedPolicies: ['iam:GetPolicy', 'iam:GetPolicyVersion'],
  /** Of the caller, with the policies of its groups. */
  ReadUser: users,
  /** Of the principals of questions. */
  ReadUsersForQuestions: users,
  ReadCaller: ['lambda:GetFunctionConfiguration', 'lambda:GetFunctionConcurrency'],
  ReadFunctions: ['lambda:GetFunctionConfiguration', 'lambda:GetFunctionConcurrency', 'lambda:GetPolicy'],
  /** For `review`. */
  ReadFunctionUrls: ['lambda:GetFunctionUrlConfig'],
  ReadApi: ['apigateway:GET'],
  ReadApis: ['apigateway:GET'],
  /** The base path mappings of a custom domain. */
  ReadDomain: ['apigateway:GET'],
  ReadOrganizations: [
    'organizations:DescribeOrganization',
    'organizations:ListParents',
    'organizations:ListPoliciesForTarget',
    'organizations:DescribePolicy',
  ],
  ReadVpcEndpoints: ['ec2:DescribeVpcEndpoints'],
  /** For the report of `verify`. */
  ReadStackEvents: ['cloudformation:DescribeStackEvents'],
  ReadAccessLog: ['logs:FilterLogEvents'],
  /** What the probes of `verify` take or try. */
  InvokeFunctions: ['lambda:InvokeFunction'],
  InvokeRoutes: ['execute-api:Invoke'],
  AssumeRole: ['sts:AssumeRole'],
  TryToAssumeInvokeRole: ['sts:AssumeRole'],
  ForgetMessages: ['dynamodb:DeleteItem'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** The `Sid` of a statement. */
export type StatementName = keyof typeof actionsOf;

/** @returns a statement that allows its actions on resources */
export function allow(Sid: StatementName, Resource: readonly string[]): AllowStatement {
  return { Sid, Effect: 'Allow', Action: actionsOf[Sid], Resource };
}
