import fc from 'fast-check';
import { deploymentWith } from '../deployment.testing.ts';
import type { Resource, Template } from '../framework.ts';
import { addInvokeRoles } from './callers.ts';
import { grantRoutes, iamRoutesOf, routePattern, warnOfWidePatterns } from './routes.ts';

/** The methods of a template, as the framework writes them. @param routes each with the authorization of its method */
function apiTemplate(routes: Readonly<Record<string, string>>): Template {
  const Resources: Record<string, Resource> = { InvokeRole: { Type: 'AWS::IAM::Role', Properties: {} } };
  const root = { 'Fn::GetAtt': ['ApiGatewayRestApi', 'RootResourceId'] };
  for (const [route, AuthorizationType] of Object.entries(routes)) {
    const [HttpMethod = '', path = ''] = route.split(' ');
    let ParentId: object = root;
    let id = 'Path';
    for (const PathPart of path.split('/').filter(Boolean)) {
      id += PathPart.replaceAll(/\W/g, '');
      Resources[id] = { Type: 'AWS::ApiGateway::Resource', Properties: { PathPart, ParentId } };
      ParentId = { Ref: id };
    }
    Resources[`${id}${HttpMethod}`] = {
      Type: 'AWS::ApiGateway::Method',
      Properties: { HttpMethod, AuthorizationType, ResourceId: ParentId },
    };
  }
  return { Resources };
}

/** The routes that a role of a template may call, after the stage. */
function granted(template: Template, roleId = 'InvokeRole'): string[] {
  const text = JSON.stringify(template.Resources[roleId]?.Properties.Policies);
  return [...text.matchAll(/ApiGatewayRestApi\}\/dev\/([^"]*)/g)].map(([, route = '']) => route);
}

const orders = {
  'POST /orders': 'AWS_IAM',
  'GET /orders/{id}': 'AWS_IAM',
  'GET /orders/{id}/items': 'AWS_IAM',
  'GET /': 'AWS_IAM',
  'GET /health': 'NONE',
};

test('the routes of a template are those that IAM authorizes, with their whole paths', () => {
  expect(iamRoutesOf(apiTemplate(orders))).toEqual([
    'POST /orders',
    'GET /orders/{id}',
    'GET /orders/{id}/items',
    'GET /',
  ]);
});

test('the invoke role may call each route that IAM authorizes: * only for a path parameter', () => {
  const template = apiTemplate(orders);
  grantRoutes(template, deploymentWith());
  expect(granted(template)).toEqual(['POST/orders', 'GET/orders/*', 'GET/orders/*/items', 'GET/']);
});

test('the setting routes narrows it', () => {
  const template = apiTemplate(orders);
  grantRoutes(template, deploymentWith({ routes: ['POST /orders'] }));
  expect(granted(template)).toEqual(['POST/orders']);
});

describe('a policy of its own with the tag of a session', () => {
  const tenants = {
    'GET /tenants/{tenant}': 'AWS_IAM',
    'GET /tenants/{tenant}/orders': 'AWS_IAM',
    'GET /whoami': 'AWS_IAM',
  };
  /** The policy grants these paths of the session's tenant. */
  const grantTo = (paths: readonly string[]) => {
    const template = apiTemplate(tenants);
    const arns = paths.map((path) => ({
      'Fn::Sub': `arn:aws:execute-api:eu-west-1:111111111111:\${ApiGatewayRestApi}/dev/${path}`,
    }));
    const own = { PolicyName: 'own', PolicyDocument: { Statement: [{ Effect: 'Allow', Resource: arns }] } };
    const { InvokeRole: role } = template.Resources;
    if (role !== undefined) role.Properties.Policies = [own];
    grantRoutes(template, deploymentWith());
    return granted(template);
  };
  const tenant = '$' + '{!aws:PrincipalTag/tenant}';

  test('stays, and its routes are not granted for all tenants beside it', () => {
    const paths = [`GET/tenants/${tenant}`, `GET/tenants/${tenant}/orders`];
    expect(grantTo(paths)).toEqual(['GET/whoami', ...paths]);
  });

  test('is a mistake if the plugin’s statement would grant its route by another route', () => {
    expect(() => grantTo([`GET/tenants/${tenant}/orders`])).toThrow(
      'grants GET /tenants/{tenant}/orders for some paths only, and GET /tenants/{tenant} would grant it for all',
    );
    expect(grantTo([`GET/tenants/${tenant}`])).toEqual([
      'GET/tenants/*/orders',
      'GET/whoami',
      `GET/tenants/${tenant}`,
    ]);
  });
});

test('the method ANY becomes *', () => {
  const template = apiTemplate({ 'ANY /files/{path+}': 'AWS_IAM' });
  grantRoutes(template, deploymentWith());
  expect(granted(template)).toEqual(['*/files/*']);
});

test('a further caller without routes may call all, one with routes these only', () => {
  const template = apiTemplate(orders);
  const caller = { accountId: '333333333333', roleName: 'team', externalId: 'team-id' };
  const callers = { all: caller, one: { ...caller, routes: ['GET /orders/{id}/items'] } };
  addInvokeRoles(template, deploymentWith({ callers }));
  expect(granted(template, 'InvokeRoleAll')).toHaveLength(4);
  expect(granted(template, 'InvokeRoleOne')).toEqual(['GET/orders/*/items']);
});

test('a pattern that matches a route which the caller was not given is warned of', () => {
  const warning = (routes: string[]) => warnOfWidePatterns(apiTemplate(orders), deploymentWith({ routes }));
  expect(warning(['GET /orders/{id}'])).toContain(
    'caller may also call GET /orders/{id}/items, because of GET /orders/{id}',
  );
  expect(warning(['GET /orders/{id}', 'GET /orders/{id}/items'])).toBeUndefined();
  expect(warning(['POST /orders'])).toBeUndefined();
  expect(warnOfWidePatterns(apiTemplate(orders), deploymentWith())).toBeUndefined();
});

test('a pattern has as many * as the route has parameters', () => {
  const segment = fc.oneof(fc.stringMatching(/^[a-z]{1,5}$/), fc.stringMatching(/^\{[a-z]{1,5}\}$/));
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 5 }), (segments) => {
      const pattern = routePattern(`GET /${segments.join('/')}`);
      expect(pattern.split('*')).toHaveLength(segments.filter((each) => each.startsWith('{')).length + 1);
      expect(pattern).not.toMatch(/[{}]/);
    }),
  );
});
