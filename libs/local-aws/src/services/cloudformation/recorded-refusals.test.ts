import {
  CreateChangeSetCommand,
  DescribeChangeSetCommand,
  ExecuteChangeSetCommand,
  GetTemplateCommand,
  GetTemplateSummaryCommand,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { body, create, createCloud, describeStack, thing } from './cloudformation.testing.ts';

/*
 * What AWS answered to wrong templates. Most is recorded by the tests of LocalStack
 * (https://github.com/localstack/localstack, tests/aws/services/cloudformation, *.snapshot.json). The rest has its address.
 */

const things = { A: thing({ Name: 'a' }) };
const text = (value: unknown) => body({ ...things, B: thing({ Text: value }) });
const imported =
  'the attribute in Fn::ImportValue must not depend on any resources, imported values, or Fn::GetAZs';
const output = { 'Fn::GetStackOutput': { StackName: 'other', OutputName: 'Url' } };
const named = (Name: unknown) => body(things, { Outputs: { O: { Value: 'a', Export: { Name } } } });
const malformed = 'Template format error: Output O is malformed.';
const dependent = `${malformed}  The Name field of Export must not depend on any resources, imported values, or Fn::GetAZs.`;
const characters = `${malformed} The Name field of every Export member must be specified and consist only of alphanumeric characters, colons, or hyphens.`;
const condition = (value: unknown) =>
  body(things, { Conditions: { C: { 'Fn::Not': [{ 'Fn::Equals': [value, 'a'] }] } } });
const select =
  'Template error: Fn::Select requires a list argument with two elements: an integer index and a list';

test.each<[string, string, string]>([
  // https://github.com/kubernetes-retired/kube-aws/issues/1304, also for a name that does not exist
  ['Fn::ImportValue of a resource', text({ 'Fn::ImportValue': { Ref: 'A' } }), imported],
  ['Fn::ImportValue of an attribute', text({ 'Fn::ImportValue': { 'Fn::Sub': `\${A.Arn}` } }), imported],
  ['Fn::ImportValue of a wrong name', text({ 'Fn::ImportValue': { 'Fn::Sub': `\${Nope}-x` } }), imported],
  ['Fn::ImportValue of another', text({ 'Fn::ImportValue': { 'Fn::ImportValue': 'x' } }), imported],
  // https://github.com/aws-cloudformation/cfn-lint/pull/4519
  ['Fn::ImportValue of an output', text({ 'Fn::ImportValue': output }), imported],
  ['the name of an export that is an output', named(output), dependent],
  ['Fn::GetStackOutput in Conditions', condition(output), 'Cannot use Fn::GetStackOutput in Conditions.'],
  // https://github.com/aws/aws-cdk/issues/32238
  [
    'Fn::ImportValue in Conditions',
    condition({ 'Fn::ImportValue': 'x' }),
    'Template error: Cannot use Fn::ImportValue in Conditions.',
  ],
  // https://github.com/aws-cloudformation/cfn-lint/issues/1632
  ['the name of an export with a resource', named({ 'Fn::Sub': `\${AWS::StackName}-\${A}` }), dependent],
  ['the name of an export that is imported', named({ 'Fn::ImportValue': 'x' }), dependent],
  // https://github.com/aws-samples/startup-kit-templates/issues/45
  ['the name of an export with a space', named('my url'), characters],
  ['the name of an export with a slash', named({ 'Fn::Sub': `/\${AWS::StackName}` }), characters],
  [
    'Fn::If with an unknown condition',
    text({ 'Fn::If': ['Missing', 'a', 'b'] }),
    'Template error: unresolved condition dependency Missing in Fn::If',
  ],
  ['Fn::Select with a word', text({ 'Fn::Select': ['bad', ['a']] }), select],
  ['Fn::Select without a list', text({ 'Fn::Select': [0, 2] }), select],
  ['Fn::Select beyond the list', text({ 'Fn::Select': [100, ['a']] }), select],
  [
    'Fn::Equals of one value',
    body(things, { Conditions: { C: { 'Fn::Equals': ['a'] } } }),
    'Template error: every Fn::Equals object requires a list of 2 string parameters.',
  ],
  [
    'a mapping without attributes',
    body(things, { Mappings: { M: { A: 'x' } } }),
    'Every Mappings member A must be a map',
  ],
  ['a section that is text', JSON.stringify({ Resources: '' }), 'Any Resources member must be an object.'],
])('%s is refused', async (_what, TemplateBody, message) => {
  const { client } = createCloud();
  const change = { StackName: 'app', ChangeSetName: 'first', ChangeSetType: 'CREATE' } as const;
  await expect(client.send(new CreateChangeSetCommand({ ...change, TemplateBody }))).rejects.toMatchObject({
    name: 'ValidationError',
    message: expect.stringContaining(message),
  });
});

test('names of exports may have colons and hyphens, and come from parameters', async () => {
  const { client } = createCloud();
  const Name = { 'Fn::Join': [':', [{ Ref: 'AWS::StackName' }, { Ref: 'P' }]] };
  const TemplateBody = body(things, {
    Parameters: { P: { Type: 'String', Default: 'the-url' } },
    Outputs: { O: { Value: 'a', Export: { Name } } },
  });
  const change = { StackName: 'app', ChangeSetName: 'first', ChangeSetType: 'CREATE' } as const;
  await expect(client.send(new CreateChangeSetCommand({ ...change, TemplateBody }))).resolves.toBeDefined();
});

test('the place of a mistake in JSON is named as AWS names it', async () => {
  const TemplateBody = '{"this is invalid JSON"}';
  await expect(createCloud().client.send(new ValidateTemplateCommand({ TemplateBody }))).rejects.toThrow(
    'Template format error: JSON not well-formed. (line 1, column 25)',
  );
});

test('templates are read by the name of a stack that was created', async () => {
  const { client } = createCloud();
  await expect(client.send(new GetTemplateCommand({}))).rejects.toThrow(
    'StackName is required if ChangeSetName is not specified.',
  );
  const change = { StackName: 'app', ChangeSetName: 'first', ChangeSetType: 'CREATE' } as const;
  await client.send(new CreateChangeSetCommand({ ...change, TemplateBody: body(things) }));
  await expect(client.send(new GetTemplateSummaryCommand({ StackName: 'app' }))).rejects.toThrow(
    'GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.',
  );
});

// test_output_reference_to_skipped_resource and test_dependent_ref in engine/test_conditions.snapshot.json
test.each([
  ['Outputs', '', { Outputs: { O: { Value: { Ref: 'B' } } } }, {}],
  ['Resources', 'Template format error: ', {}, { C: thing({ Text: { Ref: 'B' } }) }],
])(
  'in %s, a reference to a resource whose condition is false is refused with words of its own',
  async (block, start, more, resources) => {
    const TemplateBody = body(
      { ...things, B: { ...thing(), Condition: 'Never' }, ...resources },
      { Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } }, ...more },
    );
    await expect(create(createCloud(), TemplateBody)).rejects.toMatchObject({
      name: 'ValidationError',
      message: `${start}Unresolved resource dependencies [B] in the ${block} block of the template`,
    });
  },
);

// test_create_while_in_review in api/test_changesets.snapshot.json
test('CreateStack creates a stack that is under review, and its change set becomes obsolete', async () => {
  const cloud = createCloud();
  const change = { StackName: 'app', ChangeSetName: 'first', ChangeSetType: 'CREATE' } as const;
  const TemplateBody = body(things);
  const { Id, StackId } = await cloud.client.send(new CreateChangeSetCommand({ ...change, TemplateBody }));
  await create(cloud, TemplateBody);
  expect(await describeStack(cloud.client)).toMatchObject({ StackId, StackStatus: 'CREATE_COMPLETE' });
  const found = await cloud.client.send(new DescribeChangeSetCommand({ ChangeSetName: Id }));
  expect(found).toMatchObject({ Status: 'CREATE_COMPLETE', ExecutionStatus: 'OBSOLETE' });
  await expect(cloud.client.send(new ExecuteChangeSetCommand({ ChangeSetName: Id }))).rejects.toThrow(
    'cannot be executed in its current status of [OBSOLETE]',
  );
});
