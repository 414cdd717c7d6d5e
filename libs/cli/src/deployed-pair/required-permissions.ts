import { SettingsError, type StageSettings } from '@cross-account-api/serverless-plugin';
import { readStage, stageNames } from '../project/stage-settings.ts';

/** CloudFormation tags the resources that it creates. No one else can set tags that begin with `aws:`. */
const STACK_TAG = 'aws:ResourceTag/aws:cloudformation:stack-name';
const USERS = 'ReadUsersForQuestions';
const ORGANIZATIONS = 'ReadOrganizations';

/**
 * A policy for the profiles of both accounts, to explain a stage on real AWS. It only allows reading, and of stacks, roles and
 * functions only those of one stage. `sts:GetCallerIdentity` needs no permission.
 * @param stage `*` for all stages
 * @param scope the limits of the policy
 * @throws SettingsError if a service of this repository has no name that can be read
 */
export function requiredPermissions(stage: string, scope = scopeOf(stage)) {
  return policyFor(scope, [
    ...chainStatements(stage, scope),
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
    allow(
      ORGANIZATIONS,
      [
        'organizations:DescribeOrganization',
        'organizations:ListParents',
        'organizations:ListPoliciesForTarget',
        'organizations:DescribePolicy',
      ],
      ['*'],
    ),
  ]);
}

/** The limits of a stage's policy. */
export interface PolicyScope extends Pick<StageSettings, 'partition' | 'callerRoleNames' | 'callers'> {
  /** The prefix of the API's stack, roles and functions. */
  readonly api: string;
  /** The prefix of the caller's. */
  readonly caller: string;
}

/** The names of a stage and the settings of its roles; the defaults if it has no valid settings. */
export function scopeOf(stage: string): PolicyScope {
  const names = stageNames(stage);
  try {
    return { ...readStage(stage), ...names };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return { partition: 'aws', callerRoleNames: [names.caller], callers: [], ...names };
  }
}

/** A policy with the partition of a stage's region in the ARNs: GovCloud and China have their own. */
export function policyFor({ partition }: PolicyScope, statements: readonly Statement[]) {
  return {
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({
      ...statement,
      Resource: statement.Resource.map((arn) => arn.replace(/^arn:aws:/, `arn:${partition}:`)),
    })),
  };
}

/**
 * The statements that are needed to walk the chain of a stage.
 * @param stage `*` for all stages
 */
export function chainStatements(
  stage: string,
  { api, caller, callerRoleNames, callers }: PolicyScope,
): readonly Statement[] {
  const named = (prefix: string, suffix: string) => [
    `${prefix}${api}${suffix}`,
    `${prefix}${caller}${suffix}`,
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
      [
        // With and without a path, and the suffix of a region.
        ...[api, ...callerRoleNames].flatMap((name) => [
          `arn:aws:iam::*:role/${name}*`,
          `arn:aws:iam::*:role/*/${name}*`,
        ]),
        ...callers.map(({ roleArn }) => roleArn),
      ],
    ),
    allow('ReadManagedPolicies', ['iam:GetPolicy', 'iam:GetPolicyVersion'], ['arn:aws:iam::*:policy/*']),
    allow(
      'ReadFunctions',
      ['lambda:GetFunctionConfiguration', 'lambda:GetPolicy'],
      named('arn:aws:lambda:*:*:function:', '*'),
    ),
    {
      ...allow(
        'ReadApis',
        ['apigateway:GET'],
        ['arn:aws:apigateway:*::/restapis/*', 'arn:aws:apigateway:*::/apis/*'],
      ),
      // The IDs of APIs are random. Parts of an API have its tags for authorization.
      Condition: { [stage === '*' ? 'StringLike' : 'StringEquals']: { [STACK_TAG]: api } },
    },
  ];
}

/** Every name. `--help` lists the actions, and must not fail because a service has no name. */
const everything: PolicyScope = {
  partition: 'aws',
  callerRoleNames: [],
  callers: [],
  api: '*',
  caller: '*',
};

const { Statement: statements } = requiredPermissions('*', everything);

const actionsOf = (sid: string) => statements.find(({ Sid }) => Sid === sid)?.Action ?? [];

/** The actions that a profile needs to explain a stage on real AWS. */
export const requiredActions = statements
  .filter(({ Sid }) => ![USERS, ORGANIZATIONS].includes(Sid))
  .flatMap(({ Action }) => Action);

/** The actions that questions about users (`--principal arn:…:user/…`) need in addition to {@link requiredActions}. */
export const requiredActionsForUsers = actionsOf(USERS);

/** The additional actions that read the policies of an AWS organization. */
export const requiredActionsForOrganizations = actionsOf(ORGANIZATIONS);

/** A statement of a policy. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** @returns a statement that allows actions on resources */
export function allow(Sid: string, Action: readonly string[], Resource: readonly string[]): Statement {
  return { Sid, Effect: 'Allow', Action, Resource };
}
