import type { Template } from '../framework.ts';
import { propertiesOf } from '../properties.ts';
import type { StageSettings } from '../settings/read.ts';
import { pathOf } from '../template/routes.ts';
import type { RouteEvent } from './route-events.ts';

/** What the settings say of the API's resource policy. */
type PolicySettings = Pick<StageSettings, 'accessModes' | 'privateApi'>;

/** Routes that let nobody in. */
export interface UnadmittedRoutes {
  /** Some whole sentences. */
  readonly problem: string;
  /** How callers get in. Whole sentences. */
  readonly remedy: string;
}

/**
 * Says that routes without IAM let nobody in. If the API has a resource policy, a caller without a signature and one with a token of
 * Cognito need a statement there that allows them, and those of the plugin allow roles only. A Lambda authorizer needs none.
 * @param routes which anybody may call, or who has a token of Cognito
 * @returns `undefined` without such routes, or if the settings make no resource policy
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
 */
export function unadmittedRoutes(
  routes: readonly string[],
  { accessModes, privateApi }: PolicySettings,
): UnadmittedRoutes | undefined {
  const hasPolicy = accessModes.includes('resource-policy') || privateApi !== undefined;
  if (routes.length === 0 || !hasPolicy) return undefined;
  const another = 'Or give these routes an API in another service.';
  return {
    problem: `${routes.join(', ')}: nobody gets in. The API has a resource policy in this stage, which allows the roles of the callers only. A caller without IAM, also with a token of Cognito, needs a statement there, too.`,
    remedy:
      privateApi === undefined
        ? `With accessMode: assume-role in services/stages.yml, and without previousAccessMode, the API has no resource policy. ${another}`
        : `A private API always has such a policy. ${another.replace('Or give', 'Give')}`,
  };
}

/** The routes of the events of a REST API that anybody may call, or who has a token of Cognito. */
export function routesWithoutIam(events: readonly RouteEvent[]): readonly string[] {
  return events.flatMap(({ type, route, isOpen, isOfCognito }) =>
    type === 'http' && (isOpen || isOfCognito) ? [route] : [],
  );
}

/** Warns of methods of the finished template that let nobody in. A preflight of a browser is none: it reaches no function. */
export function warnOfUnadmittedRoutes(
  { Resources }: Template,
  { settings }: { readonly settings: PolicySettings },
): string | undefined {
  const routes = Object.values(Resources).flatMap(({ Type, Properties }) => {
    if (Type !== 'AWS::ApiGateway::Method') return [];
    const { AuthorizationType = 'NONE', HttpMethod, ResourceId, Integration } = Properties;
    const isPreflight = HttpMethod === 'OPTIONS' && propertiesOf(Integration).Type === 'MOCK';
    const needsAllow = AuthorizationType === 'NONE' || AuthorizationType === 'COGNITO_USER_POOLS';
    return needsAllow && !isPreflight ? [`${HttpMethod} ${pathOf(Resources, ResourceId) || '/'}`] : [];
  });
  const found = unadmittedRoutes(routes, settings);
  return found === undefined ? undefined : `${found.problem} ${found.remedy}`;
}
