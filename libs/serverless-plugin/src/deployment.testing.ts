import type { DeploymentFacts } from './deployment.ts';
import { projectWith } from './project.testing.ts';
import { readStageSettings } from './settings/read.ts';

/**
 * A deployment of stage `dev`, with further settings.
 * @param region Default: the stage's first
 */
export function deploymentWith(settings: object = {}, region?: string): DeploymentFacts {
  const dev = {
    region: 'eu-central-1',
    apiAccountId: '111111111111',
    callerAccountId: '222222222222',
    externalId: '0123456789abcdef',
    ...settings,
  };
  const read = readStageSettings('dev', projectWith(JSON.stringify({ dev })), region);
  return { service: 'depot', stage: 'dev', settings: read };
}

/** A role like `InvokeRole` in services/api/serverless.yml. */
export function invokeRole(...routes: readonly string[]) {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: 'depot-dev-invoke',
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Principal: { AWS: 'arn:caller-account' },
            Action: 'sts:AssumeRole',
            Condition: {
              ArnEquals: { 'aws:PrincipalArn': ['arn:caller-role'] },
              StringEquals: { 'sts:ExternalId': ['0123456789abcdef'] },
            },
          },
        ],
      },
      Policies: [
        {
          PolicyDocument: {
            Statement: [
              {
                Action: 'execute-api:Invoke',
                Resource: routes.map((route) => ({
                  'Fn::Sub': `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${ApiGatewayRestApi}/dev/${route}`,
                })),
              },
            ],
          },
        },
      ],
    },
  };
}
