import { deploymentWith } from '../deployment.testing.ts';
import { ACCOUNT, REGION, startPair } from '../packaged-pair.testing.ts';
import { encryptLogs, retainLogs } from './guardrails.ts';
import { keepData } from './keep-data.ts';
import { readTemplate } from './read-template.ts';

test('a topic, a bucket and a log group need no properties', () => {
  const template = readTemplate(
    JSON.stringify({
      Resources: {
        Topic: { Type: 'AWS::SNS::Topic' },
        Bucket: { Type: 'AWS::S3::Bucket' },
        Group: { Type: 'AWS::Logs::LogGroup' },
      },
    }),
  );
  const deployment = deploymentWith({
    retainData: true,
    apiLogKeyId: '12345678-1234-1234-1234-123456789012',
  });
  for (const step of [retainLogs, keepData, encryptLogs('apiLogKeyId')]) step(template, deployment);
  expect(template.Resources.Topic).toEqual({ Type: 'AWS::SNS::Topic', Properties: {} });
  expect(template.Resources.Group).toMatchObject({
    DeletionPolicy: 'RetainExceptOnCreate',
    Properties: { RetentionInDays: 14, KmsKeyId: expect.anything() },
  });
});

test('a macro among the resources stays as it is written, and packaging goes on', async () => {
  const pair = await startPair();
  try {
    const include = { Name: 'AWS::Include', Parameters: { Location: 's3://own/resources.yml' } };
    const stage = {
      region: REGION,
      apiAccountId: ACCOUNT,
      callerAccountId: ACCOUNT,
      externalId: 'own-id-of-caller',
    };
    const resources = { 'Fn::Transform': structuredClone(include) as never };
    const { template } = await pair.package('api', stage, { resources });
    expect(template.Resources['Fn::Transform']).toEqual(include);
  } finally {
    await pair.close();
  }
});
