import type { AuthorizationRequest, ServicePrincipal } from '@cross-account-api/iam';
import type { RouteQuestion } from '../../../pipeline/endpoint.ts';
import { requestKeys } from '../../../pipeline/global-context.ts';
import type { DeployedStage } from '../../apigateway/deployed-api.ts';
import type { Invocation, RestInvocation } from '../invocation.ts';
import { segmentsOf } from '../routing/router.ts';

/**
 * What the caller must be allowed to invoke: the path as requested and, if it ends in slashes, also the path without them.
 * A REST API routes `/whoami/` to `/whoami`, and AWS does not document which of the two it authorizes. If both must be allowed,
 * a Deny on `…/GET/whoami` covers `/whoami/`. In HTTP APIs the two can differ:
 * https://www.infoq.com/news/2026/06/aws-api-gateway-auth-bypass/.
 */
export function invokeQuestions({ stage, request, address }: Invocation): RouteQuestion[] {
  const { region, accountId, apiId, stageName } = stage;
  const policy = stage.protocol === 'HTTP' ? ({ takesNoPolicy: true } as const) : policyOf(stage);
  const method = `arn:aws:execute-api:${region}:${accountId}:${apiId}/${stageName}/${request.method}`;
  const paths = new Set([address.path, `/${segmentsOf(address.path).join('/')}`]);
  return [...paths].map((path) => ({
    action: 'execute-api:Invoke',
    resource: method + path,
    resourceAccountId: accountId,
    ...policy,
  }));
}

/** The resource policy of a REST API, with the name by which the trace and explanations know it. */
function policyOf({ api, apiName, apiId }: DeployedStage): Pick<RouteQuestion, 'resourcePolicy'> {
  if (api.policy === undefined) return {};
  const name = `resource policy of API ${apiName} (${apiId})`;
  return { resourcePolicy: { name, document: api.policy } };
}

/** An unsigned caller, as the authorizer sees it: a service that only statements for everyone match. */
const anonymous: ServicePrincipal = { type: 'Service', service: 'anonymous' };

/**
 * What an unsigned caller must be allowed to do: the API's resource policy alone counts. Without a policy, everyone may call
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html).
 */
export function anonymousQuestions(invocation: RestInvocation): AuthorizationRequest[] {
  const { request, stage } = invocation;
  if (stage.api.policy === undefined) return [];
  const context = requestKeys(request, stage.region);
  return invokeQuestions(invocation).map((question) => ({
    ...question,
    principal: anonymous,
    context,
  }));
}
