import {
  CreateChangeSetCommand,
  type CreateChangeSetCommandInput,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  GetTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import {
  body,
  type Cloud,
  create,
  createCloud,
  describeStack,
  reasonOf,
  thing,
} from './cloudformation.testing.ts';

/*
 * Requests that only AWS CDK sends. scripts/test-packages/cdk.ts runs the CDK itself.
 */

const named = { StackName: 'app', ChangeSetName: 'cdk-deploy-change-set' };

function changeSet(rest: Partial<CreateChangeSetCommandInput> = {}) {
  return new CreateChangeSetCommand({
    ...named,
    ChangeSetType: 'CREATE',
    TemplateBody: body({ A: thing({ Name: 'a' }), CDKMetadata: metadata }),
    ClientToken: 'create-1',
    IncludeNestedStacks: true,
    ImportExistingResources: false,
    DeploymentConfig: { Mode: 'STANDARD' },
    ...rest,
  });
}

const metadata = { Type: 'AWS::CDK::Metadata', Properties: { Analytics: 'v2:deflate64:H4s' } };

async function eventTokens(cloud: Cloud): Promise<unknown[]> {
  const { StackEvents = [] } = await cloud.client.send(new DescribeStackEventsCommand({ StackName: 'app' }));
  return [...new Set(StackEvents.map(({ ClientRequestToken }) => ClientRequestToken))];
}

test('A change set of the CDK deploys a stack, and its metadata is not listed as a type without effect.', async () => {
  const cloud = createCloud();
  await cloud.client.send(changeSet());
  const read = new DescribeChangeSetCommand({ ...named, IncludePropertyValues: true });
  expect(await cloud.client.send(read)).toMatchObject({ ExecutionStatus: 'AVAILABLE' });
  await cloud.client.send(new ExecuteChangeSetCommand({ ...named, ClientRequestToken: 'exec-1' }));
  await cloud.service.idle();
  expect(await describeStack(cloud.client)).toMatchObject({ StackStatus: 'CREATE_COMPLETE' });
  expect(await reasonOf(cloud, 'app CREATE_COMPLETE')).toBeUndefined();
  expect(await eventTokens(cloud)).toStrictEqual(['exec-1', undefined]);
});

test('A stack in review has no template.', async () => {
  const cloud = createCloud();
  await cloud.client.send(changeSet());
  const { TemplateBody } = await cloud.client.send(new GetTemplateCommand({ StackName: 'app' }));
  expect(TemplateBody).toBeUndefined();
});

test('Deployment modes other than STANDARD are refused.', async () => {
  await expect(
    createCloud().client.send(changeSet({ DeploymentConfig: { Mode: 'EXPRESS' } })),
  ).rejects.toThrow('local AWS only has the deployment mode STANDARD.');
});

describe('A parameter whose value is in Systems Manager', () => {
  const template = (Default = '/cdk/version') =>
    body(
      { A: thing({ Text: { Ref: 'Version' }, Links: { Ref: 'Zones' } }) },
      {
        Parameters: {
          Version: { Type: 'AWS::SSM::Parameter::Value<String>', Default },
          Zones: { Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: '/zones' },
        },
        Rules: {
          CheckVersion: {
            Assertions: [
              {
                Assert: { 'Fn::Not': [{ 'Fn::Contains': [['1', '2'], { Ref: 'Version' }] }] },
                AssertDescription: 'Too old.',
              },
            ],
          },
        },
      },
    );
  const stored = (version: string) =>
    createCloud(
      new Map(),
      [],
      new Map([
        ['/cdk/version', version],
        ['/zones', 'a,b'],
      ]),
    );

  test('has that value, and DescribeStacks returns its name and its value.', async () => {
    const cloud = stored('6');
    await create(cloud, template());
    expect([...cloud.things.values()]).toMatchObject([{ properties: { Text: '6', Links: ['a', 'b'] } }]);
    const { Stacks = [] } = await cloud.client.send(new DescribeStacksCommand({ StackName: 'app' }));
    expect(Stacks[0]?.Parameters).toContainEqual({
      ParameterKey: 'Version',
      ParameterValue: '/cdk/version',
      ResolvedValue: '6',
    });
  });

  test('is read with the permissions of the caller.', async () => {
    const cloud = stored('6');
    cloud.denied.add('ssm:GetParameters');
    await expect(create(cloud, template())).rejects.toThrow(
      'is not authorized to perform: ssm:GetParameters on resource: arn:aws:ssm:eu-central-1:111111111111:parameter/cdk/version',
    );
  });

  test('is refused if it does not exist, and rules check its value.', async () => {
    await expect(create(stored('6'), template('/none'))).rejects.toThrow(
      'Unable to fetch parameters [/none] from parameter store for this account.',
    );
    await expect(create(stored('1'), template())).rejects.toThrow('Template validation error: Too old.');
  });
});

test('An existing resource is not imported.', async () => {
  const cloud = createCloud();
  await create(cloud, body({ A: thing({ Name: 'a' }) }));
  const other = { StackName: 'other', ChangeSetName: 'c' };
  await cloud.client.send(changeSet({ ...other, ImportExistingResources: true }));
  await cloud.client.send(new ExecuteChangeSetCommand(other));
  await cloud.service.idle();
  expect(await reasonOf(cloud, 'A CREATE_FAILED', 'other')).toContain('HandlerErrorCode: AlreadyExists');
});
