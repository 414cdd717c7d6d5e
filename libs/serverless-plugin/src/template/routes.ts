import { wildcardMatcher } from '@cross-account-api/iam';
import { arnOf, type DeploymentFacts } from '../deployment.ts';
import type { Resource, Template } from '../framework.ts';
import { Mistake } from '../mistake.ts';
import { propertiesOf } from '../properties.ts';
import type { StageSettings } from '../settings/read.ts';

/** A route as settings name it: a method and a path. @example 'GET /orders/{id}' */
export type Route = string;

/**
 * The routes of the API that IAM authorizes, in the order of the template.
 * @example iamRoutesOf(template) // ['POST /messages', 'GET /messages/{id}']
 */
export function iamRoutesOf({ Resources }: Template): Route[] {
  return Object.values(Resources)
    .filter(
      ({ Type, Properties }) =>
        Type === 'AWS::ApiGateway::Method' && Properties.AuthorizationType === 'AWS_IAM',
    )
    .map(({ Properties }) => `${Properties.HttpMethod} ${pathOf(Resources, Properties.ResourceId) || '/'}`);
}

/** The path of an API's resource, which has its parent's ID. The root is a `Fn::GetAtt` of the API. */
export function pathOf(resources: Readonly<Record<string, Resource>>, resourceId: unknown): string {
  const { Ref: id } = propertiesOf(resourceId);
  const resource = typeof id === 'string' ? resources[id] : undefined;
  if (resource === undefined) return '';
  return `${pathOf(resources, resource.Properties.ParentId)}/${resource.Properties.PathPart}`;
}

/**
 * The pattern of a route in a policy, after the stage: `*` for each path parameter and for the method `ANY`.
 * @example routePattern('GET /orders/{id}') // 'GET/orders/*'
 */
export function routePattern(route: Route): string {
  const [method = '', path = ''] = route.replaceAll(/\{[^}]*\}/g, '*').split(' ');
  return `${method === 'ANY' ? '*' : method}${path}`;
}

/** The ARN of a route, for a policy in the API's own template. */
export function routeArn(route: Route, stage: string): { readonly 'Fn::Sub': string } {
  return arnOf('execute-api', `\${ApiGatewayRestApi}/${stage}/${routePattern(route)}`);
}

/**
 * Lets `InvokeRole` of serverless.yml call the routes that IAM authorizes: all of them, unless the setting `routes` names fewer. So a new
 * route needs no change of a policy. The role's own policies stay. A route that they grant for a part of its paths only, by a policy
 * variable such as `${aws:PrincipalTag/tenant}`, is not granted for all paths beside them.
 * @throws Mistake if another route would grant it all the same
 */
export function grantRoutes(
  template: Template,
  { stage, settings }: DeploymentFacts,
  all = iamRoutesOf(template),
): void {
  const { InvokeRole: role } = template.Resources;
  if (role === undefined) return;
  const own: readonly unknown[] = Array.isArray(role.Properties.Policies) ? role.Properties.Policies : [];
  const text = JSON.stringify(own).replaceAll(POLICY_VARIABLE, '*');
  const isNarrowed = (route: Route) =>
    route.includes('{') && text.includes(`/${stage}/${routePattern(route)}"`);
  const routes = (settings.routes ?? all).filter((route) => !isNarrowed(route));
  for (const narrowed of all.filter(isNarrowed)) {
    const by = routes.find((each) => wildcardMatcher(routePattern(each))(routePattern(narrowed)));
    if (by === undefined) continue;
    throw new Mistake(
      `A policy of InvokeRole in services/api/serverless.yml grants ${narrowed} for some paths only, and ${by} would grant it for all: in a policy, the * of a path parameter also matches "/". Grant ${by} in that policy, too, or give the routes paths of which none begins like the other.`,
    );
  }
  role.Properties.Policies = [...invokePolicies(routes, stage), ...own];
}

/** A policy variable, also as `Fn::Sub` writes it: `${!aws:PrincipalTag/tenant}`. */
const POLICY_VARIABLE = /\$\{!?aws:[^}"]*\}/g;

/** The policies of an invoke role: it may call only these routes. */
export function invokePolicies(routes: readonly Route[], stage: string): readonly object[] {
  return [
    {
      PolicyName: 'invoke-api',
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'InvokeRoutes',
            Effect: 'Allow',
            Action: 'execute-api:Invoke',
            Resource: routes.map((route) => routeArn(route, stage)),
          },
        ],
      },
    },
  ];
}

/**
 * Warns of a route that a caller may call although its `routes` do not name it: to IAM, the `*` of a path parameter matches any number of
 * segments.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
 */
export function warnOfWidePatterns(
  template: Template,
  { settings }: { readonly settings: Pick<StageSettings, 'routes' | 'callers'> },
): string | undefined {
  const all = iamRoutesOf(template);
  const wide = [{ name: 'caller', routes: settings.routes }, ...settings.callers].flatMap(
    ({ name, routes = all }) =>
      all
        .filter((route) => !routes.includes(route))
        .flatMap((route) => {
          const by = routes.find((each) => wildcardMatcher(routePattern(each))(routePattern(route)));
          return by === undefined ? [] : [`${name} may also call ${route}, because of ${by}`];
        }),
  );
  if (wide.length === 0) return undefined;
  return `In a policy, the * of a path parameter also matches "/": ${wide.join('; ')}. Give the routes paths of which none begins like the other, or add the route to the caller's routes in services/stages.yml.`;
}
