import { iamArnOf, type TemplateStep } from '../deployment.ts';
import { invokeRoleId } from '../settings/names.ts';
import type { FurtherCaller } from '../settings/read.ts';

/**
 * Adds an invoke role for each further caller of the stage (setting `callers`), and an output with its ARN. It is like `InvokeRole`
 * of serverless.yml, but trusts that caller's role only, and may call that caller's routes only.
 */
export const addInvokeRoles: TemplateStep = (template, { stage, settings: { callers } }) => {
  template.Resources = {
    ...Object.fromEntries(callers.map((caller) => [invokeRoleId(caller.name), invokeRole(caller, stage)])),
    ...template.Resources,
  };
  template.Outputs = {
    ...template.Outputs,
    ...Object.fromEntries(
      callers.map(({ name }) => {
        const id = invokeRoleId(name);
        const Value = { 'Fn::GetAtt': [id, 'Arn'] };
        return [`${id}Arn`, { Description: `The role that ${name} assumes`, Value }];
      }),
    ),
  };
};

function invokeRole(caller: FurtherCaller, stage: string) {
  const { name, accountId, routes, invokeRoleName, trustedRoles, trustedIds } = caller;
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: invokeRoleName,
      Description: `Invokes the routes that ${name} may use`,
      MaxSessionDuration: 3600,
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'Caller',
            Effect: 'Allow',
            Principal: { AWS: iamArnOf('root', accountId) },
            Action: 'sts:AssumeRole',
            Condition: { ArnEquals: { 'aws:PrincipalArn': trustedRoles }, StringEquals: trustedIds },
          },
        ],
      },
      Policies: [
        {
          PolicyName: 'invoke-api',
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Sid: 'InvokeRoutes',
                Effect: 'Allow',
                Action: 'execute-api:Invoke',
                Resource: routes.map((route) => ({ 'Fn::Sub': routeArn(route, stage) })),
              },
            ],
          },
        },
      ],
    },
  };
}

function routeArn(route: string, stage: string): string {
  return `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${ApiGatewayRestApi}/${stage}/${inArn(route)}`;
}

/** A route as ARNs end in it. A `*` takes the place of each path parameter. @example inArn('GET /orders/{id}') // 'GET/orders/*' */
export function inArn(route: string): string {
  return route.replaceAll(/\{[^}]*\}/g, '*').replace(' ', '');
}
