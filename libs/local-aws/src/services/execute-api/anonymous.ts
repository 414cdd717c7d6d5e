import type { Authorizer, Decision } from '../../authorization/decision.ts';
import type { NamedPolicy, ServicePrincipal } from '../../core/principal.ts';
import { header } from '../../core/request.ts';
import type { DeployedStage } from '../apigateway/deployed-api.ts';
import { type Invocation, requestArn } from './invocation.ts';
import { clientIp } from './request-headers.ts';

/**
 * Nobody in particular. To the authorizer it is a service of a name that no service has: only statements for everyone
 * (`"Principal": "*"`) fit it, it has no policies of its own, and the resource policy decides alone.
 */
const anonymous: ServicePrincipal = { type: 'Service', service: 'anonymous' };

/**
 * Decides on a request to a method without authorization: the API's resource policy alone counts, and must allow it
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html).
 * @returns `undefined` where the API has no policy: then everyone may
 */
export async function decideAnonymous(
  authorizer: Authorizer,
  invocation: Invocation,
): Promise<Decision | undefined> {
  const { request, stage } = invocation;
  const resourcePolicy = resourcePolicyOf(stage);
  if (resourcePolicy === undefined) return undefined;
  const userAgent = header(request, 'user-agent');
  return authorizer.decide({
    principal: anonymous,
    action: 'execute-api:Invoke',
    resource: requestArn(invocation),
    resourceAccountId: stage.accountId,
    resourcePolicy,
    context: {
      'aws:SourceIp': clientIp(request.sourceIp),
      'aws:SecureTransport': String(request.secureTransport),
      'aws:CurrentTime': `${request.receivedAt.toISOString().slice(0, 19)}Z`,
      'aws:EpochTime': String(Math.floor(request.receivedAt.getTime() / 1000)),
      'aws:RequestedRegion': stage.region,
      ...(userAgent === undefined ? {} : { 'aws:UserAgent': userAgent }),
    },
  });
}

/** The deployed resource policy under the name by which the trace and explanations know it. */
export function resourcePolicyOf({ api, apiId, apiName }: DeployedStage): NamedPolicy | undefined {
  return api.policy && { name: `resource policy of API ${apiName} (${apiId})`, document: api.policy };
}
