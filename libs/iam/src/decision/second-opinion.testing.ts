import { type EvaluationResult, runSimulation, type Simulation } from '@cloud-copilot/iam-simulate';
import type { NamedPolicy } from '../principal.ts';
import type { AuthorizationRequest } from './decision.ts';
import type { ApplicablePolicies } from './policy-source.ts';

/*
 * A second opinion on policy decisions, for tests only: iam-simulate (AGPL-3.0, a development dependency). Local AWS decides on
 * its own, because iam-simulate 0.1.173 differs from AWS in points that matter to a local AWS. second-opinion.test.ts pins
 * them, except `[`, the time that backtracking takes and `logs:DescribeLogGroups`, which were seen once:
 *
 * - `Resource` with a wildcard before its first slash matches nothing: `arn:aws:execute-api:…:*`/`stage/GET/path`, the commonest
 *   way to write a policy for API Gateway, is denied.
 * - A `*` in the request's own path is read as a pattern, so that `GET /*` is allowed by a policy for `GET /public` alone.
 * - The other parts of an ARN become a regular expression unescaped: `us.east.1` allows us-east-1, `[` throws; and wildcards
 *   backtrack: four of them against a path of 200 characters take 0.4 s.
 * - `IpAddress` 0.0.0.0/0 matches no address, and `NotIpAddress` 0.0.0.0/0 every one.
 * - Dates in seconds since 1970 are compared with milliseconds: `DateGreaterThan` with a date in 2100 holds today.
 * - A policy variable without a value lets `StringNotEquals` fail, but AWS's null "is not equal" and lets it hold.
 * - `ForAnyValue:…IfExists` fails for an absent key. Documents of version 2008-10-17 get variables.
 * - `ArnNotLike` fails for a value that is not an ARN, but AWS documents it as the negation of `ArnLike`.
 * - A resource policy that names the session itself is still limited by a session policy; only one session policy is taken.
 * - A request is refused as an error if its ARN fits none or several of the resource types of iam-data
 *   (`apigateway:POST` on `/restapis/…/deployments`, `logs:DescribeLogGroups` on a log group).
 */

/**
 * Asks iam-simulate for its decision.
 * @throws {Error} if it cannot decide
 */
export async function secondOpinion(
  question: AuthorizationRequest,
  policies: ApplicablePolicies,
): Promise<EvaluationResult> {
  const { principal, resourcePolicy } = question;
  const [session, ...further] = principal.type === 'AssumedRole' ? principal.sessionPolicies : [];
  if (further.length > 0) throw new Error('iam-simulate takes one session policy.');
  // iam-simulate adds RCPFullAWSAccess itself, and refuses it as input. It is the only one that allows.
  const denying = (policies.resourceControl ?? []).filter(({ name }) => !name.includes('RCPFullAWSAccess'));
  const simulation: Simulation = {
    request: {
      principal: principal.type === 'Service' ? principal.service : principal.arn,
      action: question.action,
      resource: { resource: question.resource, accountId: question.resourceAccountId },
      contextVariables: Object.fromEntries(
        Object.entries(question.context).map(([key, value]) => [
          key,
          typeof value === 'string' ? value : [...value],
        ]),
      ),
    },
    ...(session && { sessionPolicy: session.document }),
    identityPolicies: policies.identity.map(named),
    serviceControlPolicies: (policies.serviceControl ?? []).map((level, index) => ({
      orgIdentifier: `level ${index}`,
      policies: level.map(named),
    })),
    resourceControlPolicies:
      denying.length === 0 ? [] : [{ orgIdentifier: 'root', policies: denying.map(named) }],
    ...(resourcePolicy && { resourcePolicy: resourcePolicy.document }),
    ...(policies.boundary && { permissionBoundaryPolicies: [named(policies.boundary)] }),
  };
  const result = await runSimulation(simulation, { simulationMode: 'Strict' });
  if (result.resultType === 'error') throw new Error(`iam-simulate: ${JSON.stringify(result.errors)}`);
  return result.overallResult;
}

function named({ name, document }: NamedPolicy) {
  return { name, policy: document };
}
