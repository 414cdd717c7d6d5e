import type { AuthorizationQuestion } from '../../../authorization/decision.ts';
import type { NamedPolicy, ServicePrincipal } from '../../../core/principal.ts';
import { header } from '../../../core/request.ts';
import type { DeployedStage } from '../../apigateway/deployed-api.ts';
import { clientIp } from '../integrations/request-headers.ts';
import { type Invocation, requestArns } from '../invocation.ts';

/**
 * Anybody: an unsigned caller. The authorizer sees an unknown service. Only statements for everyone (`"Principal": "*"`) match
 * it, and it has no policies of its own, so the resource policy decides alone.
 */
const anonymous: ServicePrincipal = { type: 'Service', service: 'anonymous' };

/**
 * What must be allowed to an unsigned caller of a method without authorization: the API's resource policy alone counts
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html).
 * @returns nothing if the API has no policy: then everyone may call
 */
export function anonymousQuestions(invocation: Invocation): AuthorizationQuestion[] {
  const { request, stage } = invocation;
  const resourcePolicy = resourcePolicyOf(stage);
  if (resourcePolicy === undefined) return [];
  const userAgent = header(request, 'user-agent');
  const context = {
    'aws:SourceIp': clientIp(request.sourceIp),
    'aws:SecureTransport': String(request.secureTransport),
    'aws:CurrentTime': `${request.receivedAt.toISOString().slice(0, 19)}Z`,
    'aws:EpochTime': String(Math.floor(request.receivedAt.getTime() / 1000)),
    'aws:RequestedRegion': stage.region,
    ...(userAgent === undefined ? {} : { 'aws:UserAgent': userAgent }),
  };
  return requestArns(invocation).map((resource) => ({
    principal: anonymous,
    action: 'execute-api:Invoke',
    resource,
    resourceAccountId: stage.accountId,
    resourcePolicy,
    context,
  }));
}

/** The deployed resource policy under the name by which the trace and explanations know it. */
export function resourcePolicyOf({ api, apiId, apiName }: DeployedStage): NamedPolicy | undefined {
  return api.policy && { name: `resource policy of API ${apiName} (${apiId})`, document: api.policy };
}
