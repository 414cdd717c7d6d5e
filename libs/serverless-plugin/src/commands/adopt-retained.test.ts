import { deploymentWith } from '../deployment.testing.ts';
import { frameworkFor, refusal, sdkAnswering } from '../framework.testing.ts';
import type { Template } from '../framework.ts';
import { adoptRetained } from './adopt-retained.ts';

// scripts/e2e/retained-data.stages.test.ts removes and deploys a stage with tables and logs.

/** Adopts, where CloudFormation refuses DescribeStacks. @returns the notices */
async function adopt(
  code: string,
  message: string,
  settings: object = { retainData: true },
  written: object = {},
) {
  const notices: string[] = [];
  const compiledCloudFormationTemplate = { Resources: written as Template['Resources'] };
  const framework = frameworkFor({
    sdk: sdkAnswering(() => [400, refusal(code, message)]),
    service: { provider: { compiledCloudFormationTemplate } },
  });
  const log = { notice: (text: string) => void notices.push(text), warning: () => {} };
  await adoptRetained(framework, deploymentWith(settings), { log });
  return notices;
}

test('a first deployment whose template has no data adopts nothing', async () => {
  expect(await adopt('ValidationError', 'Stack with id depot-dev does not exist')).toEqual([]);
});

test('a topic, a bucket and a log group without properties are no data of an earlier stack', async () => {
  const written = {
    Topic: { Type: 'AWS::SNS::Topic' },
    Bucket: { Type: 'AWS::S3::Bucket' },
    Group: { Type: 'AWS::Logs::LogGroup' },
  };
  const absent = 'Stack with id depot-dev does not exist';
  expect(await adopt('ValidationError', absent, { retainData: true }, written)).toEqual([]);
});

test('a deployment that cannot ask whether the stack exists stops: its tables could be empty ones', async () => {
  await expect(adopt('Throttling', 'Rate exceeded')).rejects.toThrow('Rate exceeded');
  expect(await adopt('Throttling', 'Rate exceeded', {})).toEqual([]);
});
