import { deploymentWith } from '../deployment.testing.ts';
import type { Template } from '../framework.ts';
import { deployTwice } from './two-deployments.ts';

function templateWith(properties: object = {}): Template {
  return {
    Resources: {
      ApiGatewayDeployment1795832651: {
        Type: 'AWS::ApiGateway::Deployment',
        Properties: { RestApiId: { Ref: 'ApiGatewayRestApi' }, StageName: 'dev' },
        DependsOn: ['ApiGatewayMethodParcelsPost'],
      },
      ApiGatewayStage: { Type: 'AWS::ApiGateway::Stage', Properties: {} },
      ParcelsLambdaFunction: { Type: 'AWS::Lambda::Function', Properties: { ...properties } },
    },
  };
}

function deploymentIds(properties?: object): string[] {
  const template = templateWith(properties);
  deployTwice(template, deploymentWith());
  return Object.keys(template.Resources).filter((id) => id.startsWith('ApiGatewayDeployment'));
}

test('two deployments without a stage replace the framework’s, and the stage is at one of them', () => {
  const template = templateWith();
  deployTwice(template, deploymentWith());
  const [a = '', b = ''] = deploymentIds();
  for (const [id, choice] of [
    [a, 'A'],
    [b, 'B'],
  ] as const) {
    expect(template.Resources[id]).toEqual({
      Type: 'AWS::ApiGateway::Deployment',
      Properties: { RestApiId: { Ref: 'ApiGatewayRestApi' } },
      DependsOn: ['ApiGatewayMethodParcelsPost'],
      Condition: `ApiGatewayDeploymentIs${choice}`,
    });
  }
  expect(template.Resources.ApiGatewayStage?.Properties.DeploymentId).toEqual({
    'Fn::If': ['ApiGatewayDeploymentIsA', { Ref: a }, { Ref: b }],
  });
  expect(template.Parameters).toMatchObject({ ApiGatewayDeployment: { Default: 'A' } });
});

test('the deployments change with the template, and not with where the code is uploaded', () => {
  const before = deploymentIds({ Code: { S3Key: 'then' }, Timeout: 5 });
  expect(deploymentIds({ Code: { S3Key: 'now' }, Timeout: 5 })).toEqual(before);
  expect(deploymentIds({ Code: { S3Key: 'now' }, Timeout: 6 })).not.toEqual(before);
});

test('a service without a route or a stage is told what it lacks', () => {
  expect(() => deployTwice({ Resources: {} }, deploymentWith())).toThrow(
    'services/api/serverless.yml must have a function with an http event, and the resource ApiGatewayStage.',
  );
});

describe('what serverless.yml adds to the API under resources', () => {
  const api = { Ref: 'ApiGatewayRestApi' };
  /** The first deployment of a template with further resources. */
  function deploymentAfter(resources: Template['Resources']) {
    const template = templateWith();
    Object.assign(template.Resources, resources);
    deployTwice(template, deploymentWith());
    const [id] = Object.keys(template.Resources).filter((each) => /^ApiGatewayDeployment.*A$/.test(each));
    return template.Resources[id ?? ''];
  }
  const own = (type: string, properties: object = {}) => ({
    Type: `AWS::ApiGateway::${type}`,
    Properties: { RestApiId: api, ...properties },
  });

  test.each(['Authorizer', 'GatewayResponse', 'Method', 'Model', 'RequestValidator', 'Resource'])(
    'is in the snapshot: the deployments wait for a %s',
    (type) => {
      expect(deploymentAfter({ Own: own(type) })?.DependsOn).toEqual(['ApiGatewayMethodParcelsPost', 'Own']);
    },
  );

  test('is waited for under its condition, which DependsOn cannot have', () => {
    const { DependsOn, Metadata } =
      deploymentAfter({ Own: { ...own('Method'), Condition: 'IsStaging' } }) ?? {};
    expect(DependsOn).toEqual(['ApiGatewayMethodParcelsPost']);
    expect(Metadata).toEqual({
      Snapshot: [{ 'Fn::If': ['IsStaging', { Ref: 'Own' }, { Ref: 'AWS::NoValue' }] }],
    });
  });

  test('is not waited for if it is of another API, or waits for the stage itself', () => {
    const Uri = { 'Fn::GetAtt': ['OwnLambdaFunction', 'Arn'] };
    const resources = {
      Other: own('Method', { RestApiId: { Ref: 'OtherApi' } }),
      Plan: own('UsagePlan'),
      // CloudFormation would refuse the circle.
      Own: own('Method', { Integration: { Uri } }),
      OwnLambdaFunction: {
        Type: 'AWS::Lambda::Function',
        Properties: { Environment: { Variables: { STAGE: { Ref: 'ApiGatewayStage' } } } },
        DependsOn: ['Own'],
      },
    };
    expect(deploymentAfter(resources)?.DependsOn).toEqual(['ApiGatewayMethodParcelsPost']);
  });
});
