import { CloudFormationClient, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { A, type Running, startRunning } from './running.testing.ts';
import { servicesOfOthers } from './services-of-others.testing.ts';

/*
 * Users first try local AWS with their service. These services of other projects are reduced to the resources and properties of
 * their templates.
 */

let running: Running;
let lambda: LambdaClient;
let cloudFormation: CloudFormationClient;
beforeAll(async () => {
  running = await startRunning();
  lambda = new LambdaClient(running.sdk(A));
  cloudFormation = new CloudFormationClient(running.sdk(A));
});
afterAll(async () => {
  lambda?.destroy();
  cloudFormation?.destroy();
  await running?.close();
  expect(running.defects).toEqual([]);
});

test.each(Object.entries(servicesOfOthers))('%s deploys and answers', async (stackName, service) => {
  const { resources, sections, calls = [], invokes = [] } = service;
  await running.deploy(A, stackName, { Resources: resources, ...sections });
  const ids = await physicalIds(stackName);
  for (const id of invokes) {
    const { FunctionError, Payload } = await lambda.send(new InvokeCommand({ FunctionName: ids.get(id) }));
    expect(FunctionError).toBeUndefined();
    expect(Buffer.from(Payload ?? []).toString()).not.toBe('null');
  }
  for (const call of calls) {
    const [method = '', path = '', body = ''] = call.split(' ');
    const { answer } = await running.call(
      {
        method,
        host: `${ids.get('Api')}.execute-api.us-east-1.amazonaws.com`,
        path: `/dev${path}`,
        service: 'execute-api',
        headers: body === '' ? {} : { 'content-type': 'application/json' },
        body,
      },
      running.administrator(A),
    );
    expect({ call, status: answer.status }).toEqual({ call, status: 200 });
  }
});

async function physicalIds(StackName: string): Promise<ReadonlyMap<string, string>> {
  const { StackResourceSummaries = [] } = await cloudFormation.send(
    new ListStackResourcesCommand({ StackName }),
  );
  return new Map(
    StackResourceSummaries.map((one) => [one.LogicalResourceId ?? '', one.PhysicalResourceId ?? '']),
  );
}
