import {
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourceCommand,
  ListExportsCommand,
  ListStackResourcesCommand,
} from '@aws-sdk/client-cloudformation';
import {
  ACCOUNT,
  body,
  create,
  createCloud,
  describeStack,
  REGION,
  thing,
} from './cloudformation.testing.ts';

describe('describing', () => {
  test('events are paged from the newest, and their times increase', async () => {
    const cloud = createCloud();
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`T${index}`, thing()]));
    await create(cloud, body(many));
    const times: number[] = [];
    let NextToken: string | undefined;
    let pages = 0;
    do {
      const page = await cloud.client.send(new DescribeStackEventsCommand({ StackName: 'app', NextToken }));
      times.push(...(page.StackEvents ?? []).map((event) => event.Timestamp!.getTime()));
      NextToken = page.NextToken;
      pages += 1;
    } while (NextToken !== undefined);
    expect(pages).toBe(2);
    expect(times.length).toBe(2 + 3 * 60);
    expect(times).toEqual([...new Set(times)].sort((a, b) => b - a));
    const { StackResourceSummaries = [] } = await cloud.client.send(
      new ListStackResourcesCommand({ StackName: 'app' }),
    );
    expect(StackResourceSummaries.length).toBe(60);
  });

  test('exports are paged by 100, in the order of their names', async () => {
    const cloud = createCloud();
    const outputs = Array.from({ length: 120 }, (_, index) => [
      `O${index}`,
      { Value: 'x', Export: { Name: `export-${String(index).padStart(3, '0')}` } },
    ]);
    await create(cloud, body({ A: thing() }, { Outputs: Object.fromEntries(outputs) }));
    const first = await cloud.client.send(new ListExportsCommand({}));
    expect(first.Exports?.length).toBe(100);
    const second = await cloud.client.send(new ListExportsCommand({ NextToken: first.NextToken }));
    expect(second.NextToken).toBeUndefined();
    expect(second.Exports?.map(({ Name }) => Name)).toEqual(
      Array.from({ length: 20 }, (_, index) => `export-${100 + index}`),
    );
  });

  test('errors for missing stacks have the words that clients look for', async () => {
    const cloud = createCloud();
    const resource = (StackName: string) =>
      cloud.client.send(new DescribeStackResourceCommand({ StackName, LogicalResourceId: 'X' }));
    await expect(resource('app')).rejects.toMatchObject({
      name: 'ValidationError',
      message: "Stack 'app' does not exist",
    });
    await create(cloud, body({ A: thing({ Name: 'a' }, { Metadata: { m: 1 } }) }));
    await expect(resource('app')).rejects.toMatchObject({
      message: 'Resource X does not exist for stack app',
    });
    const { StackResourceDetail } = await cloud.client.send(
      new DescribeStackResourceCommand({ StackName: 'app', LogicalResourceId: 'A' }),
    );
    expect(StackResourceDetail).toMatchObject({
      PhysicalResourceId: 'a',
      Metadata: '{"m":1}',
      ResourceStatus: 'CREATE_COMPLETE',
    });
  });

  test('the values of NoEcho parameters are hidden', async () => {
    const cloud = createCloud();
    await create(
      cloud,
      body(
        { A: thing({ Text: { Ref: 'Secret' } }) },
        { Parameters: { Secret: { Type: 'String', NoEcho: true } } },
      ),
      { Parameters: [{ ParameterKey: 'Secret', ParameterValue: 'hunter2' }] },
    );
    expect((await describeStack(cloud.client)).Parameters).toEqual([
      { ParameterKey: 'Secret', ParameterValue: '****' },
    ]);
    const { StackEvents } = await cloud.client.send(new DescribeStackEventsCommand({ StackName: 'app' }));
    expect(JSON.stringify(StackEvents)).not.toContain('hunter2');
  });

  test('the permission is on the ARN of the stack if it exists, otherwise on its name', async () => {
    const cloud = createCloud();
    const id = await create(cloud, body({ A: thing() }));
    await describeStack(cloud.client);
    await cloud.client.send(new ListExportsCommand({}));
    expect(cloud.questions.map(({ action, resource }) => [action, resource])).toEqual([
      ['cloudformation:CreateStack', `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/app/*`],
      ['cloudformation:DescribeStacks', id],
      ['cloudformation:ListExports', '*'],
    ]);
  });

  test('the permission of an operation has the condition keys of its input', async () => {
    const cloud = createCloud(new Map([['bucket/template', body({ A: thing() })]]));
    const TemplateURL = 'https://s3.amazonaws.com/bucket/template';
    const RoleARN = `arn:aws:iam::${ACCOUNT}:role/deployer`;
    await cloud.client.send(
      new CreateStackCommand({
        StackName: 'app',
        TemplateURL,
        RoleARN,
        Tags: [{ Key: 'a', Value: 'b' }],
      }),
    );
    await describeStack(cloud.client);
    expect(cloud.questions.map(({ context }) => context)).toEqual([
      {
        'cloudformation:TemplateUrl': TemplateURL,
        'cloudformation:RoleArn': RoleARN,
        'aws:RequestTag/a': 'b',
        'aws:TagKeys': ['a'],
      },
      { 'iam:PassedToService': 'cloudformation.amazonaws.com' },
      { 'aws:ResourceTag/a': 'b' },
    ]);
  });
});
