import type { Clock } from '../../../core/clock.ts';
import type { RouteQuestion } from '../../../pipeline/endpoint.ts';
import type { FullMethodSettings } from '../../apigateway/definition/stage-settings.ts';
import type { GatewayRequest } from '../invocation.ts';
import { segmentsOf } from '../routing/router.ts';

/**
 * The permissions to invoke the path as requested and, if it ends in slashes, the path without them. A REST API routes `/whoami/` to
 * `/whoami`; AWS does not document which one it authorizes. With both, a Deny on `…/GET/whoami` covers `/whoami/`. In HTTP APIs,
 * the two can differ: https://www.infoq.com/news/2026/06/aws-api-gateway-auth-bypass/.
 */
export function invokeQuestions({ stage, request, address }: GatewayRequest): RouteQuestion[] {
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

/** The limits of requests per second, and of a burst. */
export type Limits = Pick<FullMethodSettings, 'throttlingRateLimit' | 'throttlingBurstLimit'>;

const MAX_BUCKETS = 10_000;

/**
 * Makes a token bucket for each method of a stage. @returns a function that takes one request, or returns `false` above the limit
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html).
 */
export function createThrottle(clock: Clock): (key: string, limits: Limits) => boolean {
  const buckets = new Map<string, { readonly tokens: number; readonly filledAt: number }>();
  return (key, { throttlingBurstLimit, throttlingRateLimit }) => {
    const now = clock.now().getTime();
    const { tokens, filledAt } = buckets.get(key) ?? { tokens: throttlingBurstLimit, filledAt: now };
    // A clock that was set back must not drain the bucket.
    const seconds = Math.max(0, now - filledAt) / 1000;
    const filled = Math.min(throttlingBurstLimit, tokens + seconds * throttlingRateLimit);
    const isAdmitted = filled >= 1;
    if (buckets.size >= MAX_BUCKETS && !buckets.has(key)) buckets.clear();
    buckets.set(key, { tokens: isAdmitted ? filled - 1 : filled, filledAt: now });
    return isAdmitted;
  };
}
