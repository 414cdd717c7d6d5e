import type { Change, CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { plainPalette } from '@cross-account-api/command-line/text';
import { judgeChanges, NOT_SHOWN } from './differences.ts';
import { renderRepair } from './render.ts';
import { repairStack, type StackOutcome } from './repair-stack.ts';

/* The answers have the members that AWS documents: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html */

const named = {
  LogicalResourceId: 'Messages',
  ResourceType: 'AWS::Lambda::Function',
  PhysicalResourceId: 'messages',
};

/** A function whose memory somebody raised from 128 to 512 MB. */
const drifted: Change = {
  ResourceChange: {
    ...named,
    Action: 'Modify',
    Replacement: 'False',
    ResourceDriftStatus: 'MODIFIED',
    Details: [
      {
        Evaluation: 'Static',
        Target: {
          Attribute: 'Properties',
          Name: 'MemorySize',
          Path: '/Properties/MemorySize',
          RequiresRecreation: 'Never',
          BeforeValue: '512',
          AfterValue: '128',
          BeforeValueFrom: 'ACTUAL_STATE',
          AfterValueFrom: 'TEMPLATE',
          Drift: { PreviousValue: '128', ActualValue: '512' },
        },
      },
    ],
  },
};

/** A change of the template. */
const ofTemplate: Change = {
  ResourceChange: {
    LogicalResourceId: 'Topic',
    ResourceType: 'AWS::SNS::Topic',
    Action: 'Modify',
    ResourceDriftStatus: 'IN_SYNC',
    Details: [
      {
        Evaluation: 'Static',
        Target: { Attribute: 'Properties', Name: 'DisplayName', BeforeValue: 'a', AfterValue: 'b' },
      },
    ],
  },
};

/** CloudFormation takes `Ref` of a resource for the ID of the API: aws-cloudformation/cloudformation-coverage-roadmap issue 2505. */
const phantom: Change = {
  ResourceChange: {
    LogicalResourceId: 'Method',
    ResourceType: 'AWS::ApiGateway::Method',
    Action: 'Modify',
    Replacement: 'True',
    PolicyAction: 'ReplaceAndDelete',
    ResourceDriftStatus: 'IN_SYNC',
    Details: [
      {
        Evaluation: 'Static',
        Target: {
          Attribute: 'Properties',
          Name: 'ResourceId',
          Path: '/Properties/ResourceId',
          RequiresRecreation: 'Always',
          BeforeValue: 'abc123',
          AfterValue: 'theapiid00',
        },
      },
    ],
  },
};

/** Another resource refers to the function. */
const refersTo = (CausingEntity: string): Change => ({
  ResourceChange: {
    LogicalResourceId: 'Alias',
    ResourceType: 'AWS::Lambda::Alias',
    Action: 'Modify',
    Replacement: 'Conditional',
    ResourceDriftStatus: 'IN_SYNC',
    Details: [
      {
        Evaluation: 'Dynamic',
        ChangeSource: 'ResourceAttribute',
        CausingEntity,
        Target: { Attribute: 'Properties', Name: 'FunctionName', RequiresRecreation: 'Always' },
      },
    ],
  },
});

const deleted: Change = {
  ResourceChange: {
    LogicalResourceId: 'Permission',
    ResourceType: 'AWS::Lambda::Permission',
    Action: 'Add',
    ResourceDriftStatus: 'DELETED',
  },
};

test('what somebody changed and what somebody deleted is drift, with both values', () => {
  expect(judgeChanges([drifted, deleted])).toEqual({
    drifted: [
      {
        logicalId: 'Messages',
        type: 'AWS::Lambda::Function',
        physicalId: 'messages',
        state: 'changed',
        isMadeAnew: false,
        differences: [{ path: 'MemorySize', live: '512', template: '128' }],
      },
      {
        logicalId: 'Permission',
        type: 'AWS::Lambda::Permission',
        physicalId: undefined,
        state: 'deleted',
        isMadeAnew: true,
        differences: [],
      },
    ],
    others: [],
  });
});

test.each([
  ['a change of the template', ofTemplate, 'DisplayName'],
  ['a change that CloudFormation only believes in', phantom, 'ResourceId'],
  [
    'a new resource of the template',
    { ResourceChange: { LogicalResourceId: 'New', ResourceType: 'T', Action: 'Add' } },
    'Add',
  ],
  [
    'a resource that leaves the template',
    { ResourceChange: { LogicalResourceId: 'Old', ResourceType: 'T', Action: 'Remove' } },
    'Remove',
  ],
  ['a reference to a resource that nobody changed', refersTo('Other.Arn'), 'FunctionName'],
] satisfies [string, Change, string][])('%s is another change', (_, change, what) => {
  expect(judgeChanges([drifted, change]).others).toEqual([
    {
      logicalId: change.ResourceChange?.LogicalResourceId,
      type: change.ResourceChange?.ResourceType,
      what,
    },
  ]);
});

test('a resource that refers to one of the repair is part of the repair', () => {
  expect(judgeChanges([drifted, refersTo('Messages.Arn')]).others).toEqual([]);
});

test('a drifted resource that the template changes as well is another change, too', () => {
  const { ResourceChange: one } = drifted;
  const { ResourceChange: other } = ofTemplate;
  const both = { ResourceChange: { ...one, Details: [...(one?.Details ?? []), ...(other?.Details ?? [])] } };
  expect(judgeChanges([both]).others).toMatchObject([{ logicalId: 'Messages', what: 'DisplayName' }]);
});

test('of policies, only the statements that differ are shown', () => {
  const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
  const [own, door] = [{ Sid: 'Own' }, { Sid: 'Door' }];
  const trust = { Attribute: 'Properties' as const, Path: '/Properties/AssumeRolePolicyDocument' };
  const withDoor = policy(own, door);
  const change: Change = {
    ResourceChange: {
      ...named,
      ResourceDriftStatus: 'MODIFIED',
      Details: [
        {
          Target: {
            ...trust,
            BeforeValue: withDoor,
            AfterValue: policy(own),
            Drift: { ActualValue: withDoor },
          },
        },
      ],
    },
  };
  expect(judgeChanges([change]).drifted[0]?.differences).toEqual([
    { path: 'AssumeRolePolicyDocument.Statement[1]', live: door, template: undefined },
  ]);
});

test('a statement whose members and actions are only in another order is no difference', () => {
  const own = { Sid: 'Own', Effect: 'Allow', Condition: { Bool: { a: 'true' }, StringEquals: { b: 'c' } } };
  const reordered = {
    Condition: { StringEquals: { b: 'c' }, Bool: { a: 'true' } },
    Effect: 'Allow',
    Sid: 'Own',
  };
  const door = { Sid: 'Door', Effect: 'Allow' };
  const path = '/Properties/Policies/0/PolicyDocument';
  const document = (...Statement: object[]) => JSON.stringify({ Statement, Version: '2012-10-17' });
  const change = driftOf('AWS::IAM::Role', path, document(reordered, door), document(own));
  expect(judgeChanges([change]).drifted[0]?.differences).toEqual([
    { path: 'Policies[0].PolicyDocument.Statement[1]', live: door, template: undefined },
  ]);
});

/** A change past CloudFormation of one property. The values are those that CloudFormation gives, or absent. */
function driftOf(ResourceType: string, Path: string, BeforeValue?: string, AfterValue?: string): Change {
  const Target = { Attribute: 'Properties' as const, Path, BeforeValue, AfterValue, Drift: {} };
  return {
    ResourceChange: { ...named, ResourceType, ResourceDriftStatus: 'MODIFIED', Details: [{ Target }] },
  };
}

const SECRET = 'hunter2';
const lambda = 'AWS::Lambda::Function';
const variables = (of: object) => JSON.stringify({ Variables: of });

test.each([
  [
    'of which one changed and one was added',
    driftOf(
      lambda,
      '/Properties/Environment',
      variables({ API_URL: 'a', KEY: SECRET, ADDED: SECRET }),
      variables({ API_URL: 'a', KEY: 'old' }),
    ),
    { 'Environment.Variables.KEY': [true, true], 'Environment.Variables.ADDED': [true, false] },
  ],
  [
    'that are all gone',
    driftOf(lambda, '/Properties/Environment', undefined, variables({ KEY: SECRET })),
    { 'Environment.Variables.KEY': [false, true] },
  ],
  [
    'that CloudFormation names one by one',
    driftOf(lambda, '/Properties/Environment/Variables/KEY', SECRET, 'old'),
    { 'Environment.Variables.KEY': [true, true] },
  ],
  [
    'that CloudFormation gives as an object',
    driftOf(lambda, '/Properties/Environment/Variables', JSON.stringify({ KEY: SECRET }), '{}'),
    { 'Environment.Variables.KEY': [true, false] },
  ],
  [
    'of which CloudFormation has cut the text',
    driftOf(lambda, '/Properties/Environment', `{"Variables":{"KEY":"${SECRET}`, '{}'),
    { Environment: [true, true] },
  ],
  [
    'of a stage of API Gateway',
    driftOf('AWS::ApiGateway::Stage', '/Properties/Variables', JSON.stringify({ KEY: SECRET }), undefined),
    { 'Variables.KEY': [true, false] },
  ],
])('variables %s are named without their values, which may be secrets', (_, change, expected) => {
  const { drifted: resources } = judgeChanges([change]);
  expect(JSON.stringify(resources)).not.toContain(SECRET);
  const shown = resources[0]?.differences.map(({ path, live, template }) => [
    path,
    [live === NOT_SHOWN, template === NOT_SHOWN],
  ]);
  expect(Object.fromEntries(shown ?? [])).toEqual(expected);
});

test('other properties whose names begin alike have their values', () => {
  const { drifted: resources } = judgeChanges([driftOf(lambda, '/Properties/EnvironmentName', 'a', 'b')]);
  expect(resources[0]?.differences).toEqual([{ path: 'EnvironmentName', live: 'a', template: 'b' }]);
});

/** A client whose CloudFormation plans these changes. @returns the names of its requests, too */
function clientOf(planned: object, stackStatus = 'UPDATE_COMPLETE') {
  const sent: string[] = [];
  const inputs: Record<string, unknown>[] = [];
  const answers: Readonly<Record<string, object>> = {
    DescribeStacksCommand: {
      Stacks: [{ StackId: 'arn', StackStatus: stackStatus, Parameters: [{ ParameterKey: 'P' }] }],
    },
    DescribeChangeSetCommand: planned,
    DescribeStackEventsCommand: {
      StackEvents: [
        {
          LogicalResourceId: 'Messages',
          ResourceStatus: 'UPDATE_FAILED',
          ResourceStatusReason: 'no permission',
          Timestamp: new Date(),
        },
      ],
    },
  };
  const client = {
    send: async (command: { readonly input: Record<string, unknown> }) => {
      sent.push(command.constructor.name.replace('Command', ''));
      inputs.push(command.input);
      return answers[command.constructor.name] ?? {};
    },
  } as unknown as Pick<CloudFormationClient, 'send'>;
  return { client, sent, inputs };
}

const signal = new AbortController().signal;
const complete = { Status: 'CREATE_COMPLETE', Changes: [drifted] };

test('the set is of the deployed template with its parameters, and is executed', async () => {
  const { client, sent, inputs } = clientOf(complete);
  expect(await repairStack(client, 'app', { executes: true, signal })).toMatchObject({ state: 'repaired' });
  expect(sent).toEqual([
    'DescribeStacks',
    'CreateChangeSet',
    'DescribeChangeSet',
    'ExecuteChangeSet',
    'DescribeStacks',
  ]);
  expect(inputs[1]).toMatchObject({
    DeploymentMode: 'REVERT_DRIFT',
    UsePreviousTemplate: true,
    Parameters: [{ ParameterKey: 'P', UsePreviousValue: true }],
  });
});

test.each([
  ['nobody asked for the repair', complete, false, 'differs'],
  [
    'the set would change something else',
    { ...complete, Changes: [drifted, ofTemplate] },
    true,
    'other changes',
  ],
  [
    'nothing differs',
    { Status: 'FAILED', StatusReason: "The submitted information didn't contain changes." },
    true,
    'same',
  ],
  [
    'CloudFormation cannot read a resource',
    { Status: 'FAILED', StatusReason: 'AccessDenied' },
    true,
    'failed',
  ],
] as const)(
  'if %s, nothing is executed, and no change set is left behind',
  async (_, planned, executes, state) => {
    const { client, sent } = clientOf(planned);
    expect(await repairStack(client, 'app', { executes, signal })).toMatchObject({ state });
    expect(sent).toEqual(['DescribeStacks', 'CreateChangeSet', 'DescribeChangeSet', 'DeleteChangeSet']);
  },
);

const refusal =
  'User: arn:aws:sts::111111111111:assumed-role/ci/run is not authorized to perform: lambda:GetPolicy';
const noChanges = "The submitted information didn't contain changes.";
const ofUnknown = {
  ResourceChange: { ...named, Action: 'Modify' as const, ResourceDriftStatus: 'UNKNOWN' as const },
};

/* AWS documents the status UNKNOWN (API_DescribeChangeSet, API_ResourceChange), and not what happens then. */
test.each([
  [
    'the refusals of a detection of drift',
    {
      Status: 'FAILED',
      StackDriftStatus: 'UNKNOWN',
      StatusReason: JSON.stringify({
        Summary: 'Failed to detect drift on resources [Permission]',
        Failures: [{ Resource: 'Permission', FailureReason: refusal }],
      }),
    },
    `Permission: ${refusal}`,
  ],
  ['a refusal', { Status: 'FAILED', StatusReason: refusal }, refusal],
  [
    'no changes, and an unknown drift of the stack',
    { Status: 'FAILED', StatusReason: noChanges, StackDriftStatus: 'UNKNOWN' },
    'CloudFormation could not read a resource of the stack, and does not say why.',
  ],
  [
    'changes, and an unknown drift of a resource',
    { ...complete, StackDriftStatus: 'DRIFTED', Changes: [drifted, ofUnknown] },
    'CloudFormation could not read Messages, and does not say why.',
  ],
] as const)('a stack is not called unchanged if CloudFormation answers %s', async (_, planned, reason) => {
  const { client, sent } = clientOf(planned);
  const outcome = await repairStack(client, 'app', { executes: true, signal });
  expect(outcome).toMatchObject({ state: 'failed', isUnread: true, reason });
  expect(sent).not.toContain('ExecuteChangeSet');
  if (outcome === undefined) throw new Error('There is no stack.');
  const stack = { service: 'api', name: 'app', accountId: '111111111111', ...outcome };
  const shown = renderRepair(
    { stage: 'dev', stacks: [stack], notCompared: [] },
    'repair --yes',
    plainPalette,
  );
  expect(shown.join('\n')).toContain(reason);
  expect(shown.join('\n')).toContain('npm run check -- --stage dev');
});

test('an update that fails is told with AWS’s reason', async () => {
  const { client } = clientOf(complete, 'UPDATE_ROLLBACK_COMPLETE');
  expect(await repairStack(client, 'app', { executes: true, signal })).toMatchObject({
    state: 'failed',
    reason: 'The stack is in UPDATE_ROLLBACK_COMPLETE. Messages: no permission',
  });
});

test.each<[states: readonly StackOutcome['state'][], isSame: boolean]>([
  [['same', 'same'], true],
  [['same', 'differs'], false],
  [['differs', 'same'], false],
  [['same', 'repaired'], false],
  [['same', 'failed'], false],
])('of stacks that are %j, the stage is said to be without differences: %s', (states, isSame) => {
  const stacks = states.map((state, index) => ({
    service: 'api',
    name: `app-${index}`,
    accountId: '111111111111',
    state,
    reason: 'no permission',
    ...judgeChanges(state === 'same' || state === 'failed' ? [] : [drifted]),
  }));
  const lines = renderRepair({ stage: 'dev', stacks, notCompared: [] }, 'repair --yes', plainPalette);
  expect(lines.includes('Stage dev: nothing differs.')).toBe(isSame);
});

test('a refusal names what would change, where CloudFormation’s defect is described, and what to do', () => {
  const outcome: StackOutcome = { state: 'other changes', ...judgeChanges([drifted, phantom]) };
  const stack = { service: 'api', name: 'app', accountId: '111111111111', ...outcome } as const;
  const text = renderRepair(
    { stage: 'dev', stacks: [stack], notCompared: [] },
    'repair --yes',
    plainPalette,
  ).join('\n');
  expect(text).toContain('refused');
  expect(text).toContain('Method (AWS::ApiGateway::Method): ResourceId');
  expect(text).toContain('issues/2505');
  expect(text).toContain('live      512');
  expect(text).not.toContain('repair --yes');
});
