import {
  type EvaluationResult,
  GetRoleCommand,
  type IAMClient,
  paginateSimulatePrincipalPolicy,
} from '@aws-sdk/client-iam';
import { parseIamArn } from '@cross-account-api/iam';
import type { DeniedAction, Known, SimulatedPermissions } from './facts.ts';
import { principalIn } from './function-permissions.ts';
import { tryRead } from './read-account.ts';
import type { SimulationRequest } from './simulation-plan.ts';

/**
 * Asks AWS's policy simulator whether a deployer may do everything that a deployment does.
 * @param arn the result of `GetCallerIdentity`
 */
export async function simulateDeployment(
  iam: IAMClient,
  arn: string,
  requests: readonly SimulationRequest[],
): Promise<Known<SimulatedPermissions>> {
  const principalArn = await principalOf(iam, arn);
  if (typeof principalArn !== 'string') return principalArn;
  const denied = await tryRead(async () => {
    const all: DeniedAction[] = [];
    for (const request of requests) {
      const results = await simulate(iam, principalArn, request);
      const principal = principalIn(request.context);
      all.push(...results.flatMap(deniedOf).map((each) => ({ ...each, ...principal })));
    }
    return all;
  });
  if (denied === undefined) return { unknown: `IAM knows no ${principalArn}.` };
  if ('unknown' in denied) return denied;
  return {
    principalArn,
    count: requests.reduce(
      (sum, { actions, resources }) => sum + actions.length * (resources?.length ?? 1),
      0,
    ),
    denied,
    absentFromRole: [],
  };
}

/** The user or role whose policies decide. The simulator takes no sessions, and IAM alone knows a role's path. */
async function principalOf(iam: IAMClient, arn: string): Promise<Known<string>> {
  const identity = parseIamArn(arn);
  if (identity?.kind === 'user') return arn;
  if (identity?.kind !== 'assumed-role') {
    return { unknown: `the policy simulator knows users and roles only, and this is ${arn}.` };
  }
  const { name: RoleName } = identity;
  const role = await tryRead(() => iam.send(new GetRoleCommand({ RoleName })));
  if (role !== undefined && 'unknown' in role) return role;
  return role?.Role?.Arn ?? { unknown: `IAM knows no role ${RoleName}.` };
}

async function simulate(
  client: IAMClient,
  PolicySourceArn: string,
  { actions, resources, context }: SimulationRequest,
): Promise<EvaluationResult[]> {
  const results: EvaluationResult[] = [];
  const pages = paginateSimulatePrincipalPolicy(
    { client },
    {
      PolicySourceArn,
      ActionNames: [...actions],
      ...(resources !== undefined && { ResourceArns: [...resources] }),
      ContextEntries: Object.entries(context).map(([ContextKeyName, values]) => ({
        ContextKeyName,
        ContextKeyType: ContextKeyName === 'aws:TagKeys' ? 'stringList' : 'string',
        ContextKeyValues: [...values],
      })),
    },
  );
  try {
    for await (const { EvaluationResults = [] } of pages) results.push(...EvaluationResults);
    return results;
  } catch (error) {
    // AWS does not say which actions it takes together.
    const isMixture =
      error instanceof Error && error.message.includes('require different authorization information');
    if (!isMixture || actions.length < 2) throw error;
    for (const action of actions) {
      results.push(...(await simulate(client, PolicySourceArn, { actions: [action], resources, context })));
    }
    return results;
  }
}

/** The denials of an action, resource by resource. */
export function deniedOf(result: EvaluationResult): DeniedAction[] {
  const { EvalActionName: action = '', OrganizationsDecisionDetail, ResourceSpecificResults = [] } = result;
  const specific =
    ResourceSpecificResults.length > 0
      ? ResourceSpecificResults
      : [{ ...result, EvalResourceName: '*', EvalResourceDecision: result.EvalDecision }];
  return specific.flatMap((each) => {
    if (each.EvalResourceDecision === 'allowed') return [];
    const byOrganization = OrganizationsDecisionDetail?.AllowedByOrganizations === false;
    const byBoundary = each.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary === false;
    return [
      {
        action,
        resource: each.EvalResourceName ?? '*',
        by: byOrganization
          ? ('the organization' as const)
          : byBoundary
            ? ('the permissions boundary' as const)
            : ('identity-based policies' as const),
        explicit: each.EvalResourceDecision === 'explicitDeny',
        missingKeys: each.MissingContextValues ?? [],
      },
    ];
  });
}
