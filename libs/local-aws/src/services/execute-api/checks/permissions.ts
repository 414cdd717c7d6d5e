import type { RouteQuestion } from '../../../pipeline/endpoint.ts';
import type { Invocation } from '../invocation.ts';
import { segmentsOf } from '../routing/router.ts';

/**
 * What the caller must be allowed to invoke: the path as requested and, if it ends in slashes, also the path without them.
 * A REST API routes `/whoami/` to `/whoami`, and AWS does not document which of the two it authorizes. If both must be allowed,
 * a Deny on `…/GET/whoami` covers `/whoami/`. In HTTP APIs the two can differ:
 * https://www.infoq.com/news/2026/06/aws-api-gateway-auth-bypass/.
 */
export function invokeQuestions({ stage, request, address }: Invocation): RouteQuestion[] {
  const { region, accountId, apiId, apiName, stageName } = stage;
  const method = `arn:aws:execute-api:${region}:${accountId}:${apiId}/${stageName}/${request.method}`;
  const paths = new Set([address.path, `/${segmentsOf(address.path).join('/')}`]);
  const document = stage.protocol === 'REST' ? stage.api.policy : undefined;
  return [...paths].map((path) => ({
    action: 'execute-api:Invoke',
    resource: method + path,
    resourceAccountId: accountId,
    ...(stage.protocol === 'HTTP' && { takesNoPolicy: true }),
    ...(document !== undefined && {
      resourcePolicy: { name: `resource policy of API ${apiName} (${apiId})`, document },
    }),
  }));
}
