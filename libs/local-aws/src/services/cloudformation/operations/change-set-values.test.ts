import {
  CreateChangeSetCommand,
  type CreateChangeSetCommandInput,
  DescribeChangeSetCommand,
} from '@aws-sdk/client-cloudformation';
import { body, type Cloud, create, createCloud, thing } from '../cloudformation.testing.ts';

const named = { StackName: 'app', ChangeSetName: 'changes' };

/** Plans a template. @returns the changes with their values, by logical ID */
async function plan(cloud: Cloud, TemplateBody: string, rest: Partial<CreateChangeSetCommandInput> = {}) {
  await cloud.client.send(new CreateChangeSetCommand({ ...named, TemplateBody, ...rest }));
  const described = await cloud.client.send(
    new DescribeChangeSetCommand({ ...named, IncludePropertyValues: true }),
  );
  return new Map(described.Changes?.map(({ ResourceChange: one }) => [one?.LogicalResourceId, one]));
}

const context = (Properties: object) => JSON.stringify({ Properties });

test('a change set shows the properties before and after, and what is known only later', async () => {
  const cloud = createCloud();
  await create(
    cloud,
    body({ Kept: thing({ Name: 'kept', Size: 1, Text: 'a' }), Gone: thing({ Text: 'gone' }) }),
  );
  const changes = await plan(
    cloud,
    body({
      Kept: thing({ Name: 'other', Size: 1, Text: { Ref: 'New' } }),
      New: thing({ Links: ['x'] }),
    }),
  );
  expect(changes.get('New')).toMatchObject({ AfterContext: context({ Links: ['x'] }) });
  expect(changes.get('Gone')).toMatchObject({ BeforeContext: context({ Text: 'gone' }) });
  expect([changes.get('New')?.BeforeContext, changes.get('Gone')?.AfterContext]).toEqual([
    undefined,
    undefined,
  ]);
  expect(changes.get('Kept')).toMatchObject({
    BeforeContext: context({ Name: 'kept', Size: 1, Text: 'a' }),
    AfterContext: context({ Name: 'other', Size: 1, Text: '{{changeSet:KNOWN_AFTER_APPLY}}' }),
    Details: [
      {
        Target: {
          Attribute: 'Properties',
          Name: 'Name',
          Path: '/Properties/Name',
          RequiresRecreation: 'Always',
          BeforeValue: 'kept',
          AfterValue: 'other',
          AttributeChangeType: 'Modify',
        },
        Evaluation: 'Static',
      },
      {
        Target: { Name: 'Text', AfterValue: '{{changeSet:KNOWN_AFTER_APPLY}}' },
        Evaluation: 'Dynamic',
        ChangeSource: 'ResourceReference',
        CausingEntity: 'New',
      },
    ],
  });
});

test('a change set shows no property values that nobody asked for', async () => {
  const cloud = createCloud();
  await plan(cloud, body({ New: thing({ Text: 'a' }) }), { ChangeSetType: 'CREATE' });
  const { Changes } = await cloud.client.send(new DescribeChangeSetCommand(named));
  expect(Changes?.[0]?.ResourceChange).toEqual({
    Action: 'Add',
    LogicalResourceId: 'New',
    ResourceType: 'AWS::Test::Thing',
  });
});

test('the value of a parameter with NoEcho is masked', async () => {
  const cloud = createCloud();
  const template = body(
    { New: thing({ Text: { 'Fn::Join': ['', ['key=', { Ref: 'Key' }]] } }) },
    { Parameters: { Key: { Type: 'String', NoEcho: true } } },
  );
  const changes = await plan(cloud, template, {
    ChangeSetType: 'CREATE',
    Parameters: [{ ParameterKey: 'Key', ParameterValue: 'very "secret"' }],
  });
  expect(changes.get('New')?.AfterContext).toBe(context({ Text: 'key=****' }));
});

// LocalStack's tests recorded it on AWS: `test_immutable_property_update_causes_resource_replacement` in test_change_set_fn_get_attr.snapshot.json
test('without values, too, each changed property says why it changes, and only the one that replaces the resource says so', async () => {
  const cloud = createCloud();
  const template = (Name: string, Text: string) =>
    body({
      One: thing({ Name, Text }),
      Two: thing({ Name: 'two', Text: { 'Fn::GetAtt': ['One', 'Text'] } }),
    });
  await create(cloud, template('one', 'old'));
  await plan(cloud, template('other', 'new'));
  const { Changes = [] } = await cloud.client.send(new DescribeChangeSetCommand(named));
  const targetOf = (Name: string, RequiresRecreation: string) => ({
    Attribute: 'Properties',
    Name,
    RequiresRecreation,
  });
  const direct = { Evaluation: 'Static', ChangeSource: 'DirectModification' };
  const caused = { Evaluation: 'Dynamic', ChangeSource: 'ResourceAttribute', CausingEntity: 'One.Text' };
  expect(Changes.map(({ ResourceChange }) => ResourceChange?.Details)).toEqual([
    [
      { Target: targetOf('Name', 'Always'), ...direct },
      { Target: targetOf('Text', 'Never'), ...direct },
    ],
    [{ Target: targetOf('Text', 'Never'), ...caused }],
  ]);
});
