import { type DeploymentFacts, iamArnOf } from '../deployment.ts';
import type { Template } from '../framework.ts';
import type { FurtherCaller } from '../settings/callers.ts';
import { invokeRoleId } from '../settings/names.ts';
import { iamRoutesOf, invokePolicies, type Route } from './routes.ts';

/**
 * Adds an invoke role for each further caller of the stage (setting `callers`), and an output with its ARN. It is like `InvokeRole`
 * of serverless.yml, but trusts that caller's role only, and may call that caller's routes only: all, unless its `routes` name fewer.
 */
export function addInvokeRoles(
  template: Template,
  { stage, settings: { callers } }: DeploymentFacts,
  all = iamRoutesOf(template),
): void {
  template.Resources = {
    ...Object.fromEntries(
      callers.map((caller) => [invokeRoleId(caller.name), invokeRole(caller, caller.routes ?? all, stage)]),
    ),
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
}

function invokeRole(caller: FurtherCaller, routes: readonly Route[], stage: string) {
  const { name, accountId, invokeRoleName, trustedRoles, trustConditions } = caller;
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
            Condition: { ArnEquals: { 'aws:PrincipalArn': trustedRoles }, StringEquals: trustConditions },
          },
        ],
      },
      Policies: invokePolicies(routes, stage),
    },
  };
}
