import { absentFeature } from './check-template.ts';

test.each([
  ['AWS::Kinesis::ResourcePolicy', 'other resources of queues and streams'],
  ['AWS::Lambda::LayerVersionPermission', 'layers'],
  ['AWS::ApiGateway::UsagePlanKey', 'API keys and usage plans'],
  ['AWS::Cognito::UserPoolClient', 'user pools'],
  ['AWS::ApiGatewayV2::VpcLink', 'VPC links, routing rules and WebSocket APIs'],
  ['AWS::WAFv2::WebACL', 'distributions, firewalls and certificates'],
  ['Custom::S3', 'custom resources and macros'],
  ['AWS::Neptune::DBCluster', 'resources of these types'],
])('%s belongs to %s', (type, feature) => {
  expect(absentFeature(type)?.feature).toBe(feature);
});

test('Types of one feature share an object, so a refusal names the feature once.', () => {
  expect(absentFeature('AWS::Lambda::LayerVersion')).toBe(
    absentFeature('AWS::Lambda::LayerVersionPermission'),
  );
});
