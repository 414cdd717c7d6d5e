import {
  CreateChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  ExecuteChangeSetCommand,
  UpdateStackCommand,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import {
  body,
  type Cloud,
  create,
  createCloud,
  describeStack,
  happened,
  reasonOf,
  thing,
  update,
} from './cloudformation.testing.ts';

const named = { StackName: 'app', ChangeSetName: 'first' };

async function createChangeSet(cloud: Cloud, TemplateBody: string) {
  await cloud.client.send(new CreateChangeSetCommand({ ...named, ChangeSetType: 'CREATE', TemplateBody }));
  return cloud.client.send(new DescribeChangeSetCommand(named));
}

const importing = body({ A: thing({ Text: { 'Fn::ImportValue': 'later' } }) });

// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getatt.html
test('Fn::GetAtt reads a property like an attribute', async () => {
  const cloud = createCloud();
  const Environment = { Variables: { URL: 'https://a' } };
  await create(
    cloud,
    body(
      {
        A: thing({ Name: 'a', Size: 5, Environment }),
        B: thing({ Name: 'b', Text: { 'Fn::GetAtt': ['A', 'Environment.Variables.URL'] } }),
      },
      { Outputs: { Size: { Value: { 'Fn::GetAtt': 'A.Size' } } } },
    ),
  );
  expect(cloud.things.get('b')?.properties.Text).toBe('https://a');
  expect((await describeStack(cloud.client)).Outputs).toMatchObject([{ OutputValue: '5' }]);
});

// https://github.com/davidgf/serverless-plugin-canary-deployments writes it.
test('UpdatePolicy has no effect, and the last event of the deployment says so', async () => {
  const cloud = createCloud();
  const UpdatePolicy = { CodeDeployLambdaAliasUpdate: { ApplicationName: { Ref: 'B' } } };
  await create(cloud, body({ A: thing({}, { UpdatePolicy }), B: thing() }));
  const stack = await describeStack(cloud.client);
  expect(stack.StackStatus).toBe('CREATE_COMPLETE');
  expect(await reasonOf(cloud, 'app CREATE_COMPLETE')).toContain(
    'have no effect in local AWS, or only part of it: A.UpdatePolicy (every resource is updated at once).',
  );
  await expect(
    create(cloud, body({ A: thing({}, { UpdatePolicy }) }), { StackName: 'typo' }),
  ).rejects.toThrow('Unresolved resource dependencies [B] in the Resources block of the template');
});

test('a change set may import an export that another stack makes before the change set is executed', async () => {
  const cloud = createCloud();
  expect(await createChangeSet(cloud, importing)).toMatchObject({
    Status: 'CREATE_COMPLETE',
    ExecutionStatus: 'AVAILABLE',
  });
  const exporting = body({ B: thing() }, { Outputs: { O: { Value: 'x', Export: { Name: 'later' } } } });
  await create(cloud, exporting, { StackName: 'exporter' });
  await cloud.client.send(new ExecuteChangeSetCommand(named));
  await cloud.service.idle();
  expect([...cloud.things.values()].map(({ properties }) => properties.Text)).toContain('x');
  // The importing stack now keeps the export.
  await cloud.client.send(new DeleteStackCommand({ StackName: 'exporter' }));
  await cloud.service.idle();
  expect((await describeStack(cloud.client, 'exporter')).StackStatus).toBe('CREATE_COMPLETE');
});

// https://github.com/aws-amplify/amplify-js/issues/6367
test('an update that imports a missing export rolls back before it changes a resource', async () => {
  const cloud = createCloud();
  await create(cloud, body({ A: thing() }));
  await update(cloud, importing);
  expect((await happened(cloud)).slice(-4)).toEqual([
    'app UPDATE_IN_PROGRESS',
    'app UPDATE_ROLLBACK_IN_PROGRESS',
    'app UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
    'app UPDATE_ROLLBACK_COMPLETE',
  ]);
  expect(await reasonOf(cloud, 'app UPDATE_ROLLBACK_IN_PROGRESS')).toContain('No export named later found');
});

test('a policy of a resource may be a function', async () => {
  const cloud = createCloud();
  const keepIf = (value: string) => ({
    A: thing({ Name: 'a' }, { DeletionPolicy: { 'Fn::If': ['Keep', 'Retain', 'Delete'] } }),
    B: thing({ Name: 'b' }, { DeletionPolicy: { Ref: 'Policy' } }),
    C: thing({ Name: 'c', Text: value }),
  });
  const sections = {
    Parameters: { Policy: { Type: 'String', Default: 'Delete' } },
    Conditions: { Keep: { 'Fn::Equals': [1, 1] } },
  };
  await create(cloud, body(keepIf('x'), sections));
  await cloud.client.send(new DeleteStackCommand({ StackName: 'app' }));
  await cloud.service.idle();
  expect([...cloud.things.keys()]).toEqual(['a']);
  const wrong = { ...sections, Parameters: { Policy: { Type: 'String', Default: 'Keep' } } };
  await expect(create(cloud, body(keepIf('x'), wrong))).rejects.toThrow(
    'DeletionPolicy must be one of: Delete, Retain, RetainExceptOnCreate.',
  );
});

test('an update may only remove a policy that has the value of the default', async () => {
  const cloud = createCloud();
  await create(cloud, body({ A: thing({}, { UpdateReplacePolicy: 'Delete' }) }));
  const TemplateBody = body({ A: thing() });
  await cloud.client.send(new UpdateStackCommand({ StackName: 'app', TemplateBody }));
  await cloud.service.idle();
  expect((await describeStack(cloud.client)).StackStatus).toBe('UPDATE_COMPLETE');
  await expect(cloud.client.send(new UpdateStackCommand({ StackName: 'app', TemplateBody }))).rejects.toThrow(
    'No updates are to be performed.',
  );
});

test('CreateStack creates a stack that so far only has a change set', async () => {
  const cloud = createCloud();
  const { StackId } = await createChangeSet(cloud, body({ A: thing() }));
  expect(await create(cloud, body({ B: thing() }))).toBe(StackId);
  expect(await happened(cloud)).toEqual([
    'app REVIEW_IN_PROGRESS',
    'app CREATE_IN_PROGRESS',
    'B CREATE_IN_PROGRESS',
    'B CREATE_IN_PROGRESS',
    'B CREATE_COMPLETE',
    'app CREATE_COMPLETE',
  ]);
  await expect(create(cloud, body({ B: thing() }))).rejects.toMatchObject({
    name: 'AlreadyExistsException',
  });
});

// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-findinmap.html
test('a template whose Fn::FindInMap finds nothing is refused at once, also in a branch that is not taken', async () => {
  const cloud = createCloud();
  const Mappings = { Sizes: { dev: { Memory: '128' } } };
  const find = (...keys: readonly unknown[]) => ({ 'Fn::FindInMap': keys });
  const inBranch = {
    Mappings,
    Parameters: { Stage: { Type: 'String', Default: 'dev' } },
    Conditions: { Never: { 'Fn::Equals': [1, 2] } },
  };
  const text = (value: unknown) => thing({ Text: { 'Fn::If': ['Never', value, 'other'] } });
  const message = 'Template error: Unable to get mapping for Sizes::prod::Memory';
  const literal = body({ A: text(find('Sizes', 'prod', 'Memory')) }, inBranch);
  await expect(create(cloud, literal)).rejects.toThrow(message);
  await expect(createChangeSet(cloud, literal)).rejects.toThrow(message);
  await expect(cloud.client.send(new ValidateTemplateCommand({ TemplateBody: literal }))).rejects.toThrow(
    message,
  );
  const byParameter = body({ A: text(find('Sizes', { Ref: 'Stage' }, 'Memory')) }, inBranch);
  await cloud.client.send(new ValidateTemplateCommand({ TemplateBody: byParameter }));
  const Parameters = [{ ParameterKey: 'Stage', ParameterValue: 'prod' }];
  await expect(create(cloud, byParameter, { Parameters })).rejects.toThrow(message);
  await create(cloud, byParameter);
  expect((await describeStack(cloud.client)).StackStatus).toBe('CREATE_COMPLETE');
});

test('the functions of AWS that local AWS lacks are refused together, in its own name', async () => {
  const cloud = createCloud();
  const TemplateBody = body(
    { A: thing({ Text: { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] } }) },
    { Outputs: { O: { Value: { 'Fn::Select': [0, { 'Fn::Cidr': ['10.0.0.0/16', 1, 8] }] } } } },
  );
  await expect(cloud.client.send(new ValidateTemplateCommand({ TemplateBody }))).rejects.toMatchObject({
    name: 'ValidationError',
    message: expect.stringContaining(
      'local AWS has no function Fn::Cidr (output O). Write the blocks as a list. local AWS has no function Fn::GetAZs (resource A). Write the availability zones as a list.',
    ),
  });
});
