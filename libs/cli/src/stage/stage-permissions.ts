import type { StageSettings } from '@cross-account-api/serverless-plugin';
import { type AllowStatement, actionsOf, allow } from '../aws/permission.ts';

/** CloudFormation tags the resources that it creates. No one else can set tags that begin with `aws:`. */
const STACK_TAG = 'aws:ResourceTag/aws:cloudformation:stack-name';

/**
 * A policy for the profiles of both accounts, to explain a stage on real AWS. It only allows reading, and of stacks, roles and
 * functions only those of one stage. `sts:GetCallerIdentity` needs no permission.
 * @param stage `*` for all stages
 * @param scope the limits of the policy
 */
export function stagePermissions(stage: string, scope: PolicyScope) {
  return policyFor(scope, [
    ...chainStatements(stage, scope),
    allow('ReadUsersForQuestions', ['arn:aws:iam::*:user/*', 'arn:aws:iam::*:group/*']),
    allow('ReadFunctionUrls', [`arn:aws:lambda:*:*:function:${scope.api}*`]),
    ...furtherReads(scope),
  ]);
}

/** The statements without which a chain is walked, too, as far as it can be read. */
export function furtherReads({ customDomain, privateApi }: PolicyScope): readonly AllowStatement[] {
  return [
    allow('ReadOrganizations', ['*']),
    ...(privateApi === undefined ? [] : [allow('ReadVpcEndpoints', ['*'])]),
    ...(customDomain === undefined
      ? []
      : [allow('ReadDomain', [`arn:aws:apigateway:*::/domainnames/${customDomain.name}/basepathmappings`])]),
  ];
}

/** The limits of a stage's policy. */
export interface PolicyScope
  extends Pick<StageSettings, 'partition' | 'callerRoleNames' | 'callers' | 'customDomain' | 'privateApi'> {
  /** The prefix of the API's stack, roles and functions. */
  readonly api: string;
  /** The prefix of the caller's. */
  readonly caller: string;
}

/** A policy with the partition of a stage's region in the ARNs: GovCloud and China have their own. */
export function policyFor({ partition }: PolicyScope, statements: readonly AllowStatement[]) {
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
): readonly AllowStatement[] {
  const named = (prefix: string, suffix: string) => [
    `${prefix}${api}${suffix}`,
    `${prefix}${caller}${suffix}`,
  ];
  return [
    allow('ReadStacks', named('arn:aws:cloudformation:*:*:stack/', '/*')),
    allow('ReadRoles', [
      // With and without a path, and the suffix of a region.
      ...[api, ...callerRoleNames].flatMap((name) => [
        `arn:aws:iam::*:role/${name}*`,
        `arn:aws:iam::*:role/*/${name}*`,
      ]),
      ...callers.map(({ roleArn }) => roleArn),
    ]),
    allow('ReadManagedPolicies', ['arn:aws:iam::*:policy/*']),
    allow('ReadFunctions', named('arn:aws:lambda:*:*:function:', '*')),
    {
      ...allow('ReadApis', ['arn:aws:apigateway:*::/restapis/*', 'arn:aws:apigateway:*::/apis/*']),
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

/** The actions that a profile needs to explain a stage on real AWS. */
export const actionsToExplain = chainStatements('*', everything).flatMap(({ Action }) => Action);

/** The actions that questions about users (`--principal arn:…:user/…`) need in addition to {@link actionsToExplain}. */
export const actionsToExplainUsers = actionsOf.ReadUsersForQuestions;

/** The actions that `review` needs in addition to {@link actionsToExplain}. */
export const requiredActionsForReview = actionsOf.ReadFunctionUrls;

/** The additional actions that read the policies of an AWS organization. */
export const requiredActionsForOrganizations = actionsOf.ReadOrganizations;
