import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decide } from '@cross-account-api/iam';
import { type CollectionTag, parse, type ScalarTag } from 'yaml';
import { deploymentWith } from '../deployment.testing.ts';
import type { FunctionDefinition } from '../framework.ts';
import { propertiesOf } from '../properties.ts';
import { EVENT_KINDS, eventsOf } from './event-kinds.ts';
import { grantEvents } from './grant-events.ts';

const ROOT = join(__dirname, '../../../..');
const arnOf = (service: string, name: string) => `arn:aws:${service}:eu-central-1:222222222222:${name}`;
const STREAM = arnOf('kinesis', 'stream/shop-dev-orders');
const TABLE_STREAM = arnOf('dynamodb', 'table/shop-dev-orders/stream/2026-12-01T00:00:00.000');
const OWN = `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:shop-dev-report`;

/** The statements that the step adds to the role of a function with events. */
function statementsFor(...events: readonly object[]) {
  const report: FunctionDefinition = { name: 'shop-dev-report', events, iamRoleStatements: [] };
  grantEvents({ report }, deploymentWith().settings, {}, {});
  return report.iamRoleStatements;
}

test('a schedule of EventBridge Scheduler may invoke its function with the function’s role, as with the default role', () => {
  expect(statementsFor({ schedule: { rate: ['rate(1 day)'], method: 'scheduler' } })).toEqual([
    {
      Effect: 'Allow',
      Action: ['lambda:InvokeFunction'],
      Resource: [{ 'Fn::Sub': OWN }, { 'Fn::Sub': `${OWN}:*` }],
    },
  ]);
  expect(statementsFor({ schedule: 'rate(1 day)' })).toEqual([]);
});

const getAtt = { 'Fn::GetAtt': ['Orders', 'Arn'] };
test.each([
  ['that the framework makes', STREAM, true, `${STREAM}/consumer/*`],
  ['that exists', STREAM, `${STREAM}/consumer/own:1`, `${STREAM}/consumer/own:1`],
  ['of a stream of the stack', getAtt, true, { 'Fn::Sub': [`\${Stream}/consumer/*`, { Stream: getAtt }] }],
])('a stream of Kinesis is read with a consumer %s', (_which, arn, consumer, resource) => {
  expect(statementsFor({ stream: { arn, type: 'kinesis', consumer } })).toEqual([
    { Effect: 'Allow', Action: ['kinesis:DescribeStreamSummary', 'kinesis:ListShards'], Resource: [arn] },
    { Effect: 'Allow', Action: ['kinesis:SubscribeToShard'], Resource: [resource] },
  ]);
});

test('brokers and Kafka get what the framework’s default role has for them, once for all events of a kind', () => {
  const [broker, secret] = [arnOf('mq', 'broker:b:b-1'), arnOf('secretsmanager', 'secret:s')];
  const event = { arn: broker, basicAuthArn: secret, queue: 'q' };
  expect(statementsFor({ rabbitmq: event }, { rabbitmq: event })).toMatchObject([
    { Action: ['mq:DescribeBroker'], Resource: [broker, broker] },
    { Action: ['secretsmanager:GetSecretValue'], Resource: [secret, secret] },
    { Resource: '*' },
  ]);
  const kafka = { topic: 't', accessConfigurations: { saslScram256Auth: [secret] } };
  expect(statementsFor({ kafka })).toMatchObject([{ Resource: [secret] }]);
  const inVpc = { ...kafka, accessConfigurations: { vpcSubnet: ['subnet-1'], vpcSecurityGroup: ['sg-1'] } };
  expect(statementsFor({ kafka: inVpc })).toMatchObject([{ Resource: '*' }]);
});

test('a role that serverless-iam-roles-per-function does not make is left alone', () => {
  const events = [{ schedule: { rate: ['rate(1 day)'], method: 'scheduler' } }];
  const functions: Record<string, FunctionDefinition> = {
    // The framework adds the statements to the default role.
    byDefault: { name: 'a', events },
    own: { name: 'b', events, role: 'OwnRole', iamRoleStatements: [] },
  };
  const before = structuredClone(functions);
  grantEvents(functions, deploymentWith().settings, {}, {});
  expect(functions).toEqual(before);
});

test('the table has each event of the framework, and an event of somebody else has no kind', () => {
  const folder = join(ROOT, 'node_modules/serverless/lib/plugins/aws/package/compile/events');
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
  const events = sources.flatMap((text) =>
    [...text.matchAll(/defineFunctionEvent\(\s*'aws',\s*'(\w+)'/g)].map(([, name = '']) => name),
  );
  expect(events.length).toBeGreaterThan(20);
  const known = events.filter((name) => eventsOf({ events: [{ [name]: {} }] })[0]?.kind !== undefined);
  expect(known).toEqual(events);
  expect(eventsOf({ events: [{ ofAPlugin: {} }, { toString: {} }] }).map(({ kind }) => kind)).toEqual([
    undefined,
    undefined,
  ]);
});

/** The boundary of the caller's deployment role, for a stage `dev` of the service `shop`. */
function boundaryWith(triggers: boolean) {
  const values = new Map([
    ['AWS::Partition', 'aws'],
    ['AWS::AccountId', '222222222222'],
    ['Service', 'shop'],
    ['Stage', 'dev'],
  ]);
  const text = (written: string) =>
    written.replaceAll(/\$\{([\w:]+)\}/g, (_, name) => values.get(name) ?? '');
  const customTags: (ScalarTag | CollectionTag)[] = [
    { tag: '!Sub', resolve: text },
    { tag: '!Ref', resolve: (name) => values.get(name) ?? name },
    { tag: '!GetAtt', resolve: (name) => name },
    ...['!Equals', '!Join', '!Not', '!Sub'].map((tag) => ({
      tag,
      collection: 'seq' as const,
      resolve: (list: { toJSON(): unknown }) => list.toJSON(),
    })),
    {
      tag: '!If',
      collection: 'seq' as const,
      resolve: (list: { toJSON(): unknown }) => {
        const [condition, whenTrue, whenFalse] = list.toJSON() as unknown[];
        return condition === 'HasTriggers' && triggers ? whenTrue : whenFalse;
      },
    },
  ];
  const template = parse(readFileSync(join(ROOT, 'services/caller/deployment-role.yml'), 'utf8'), {
    customTags,
  });
  const { PolicyDocument } = template.Resources.Boundary.Properties;
  return {
    ...PolicyDocument,
    Statement: PolicyDocument.Statement.filter((each: unknown) => each !== 'AWS::NoValue'),
  };
}

/** What an event's need is on, in a stage `dev` of the service `shop`. */
const RESOURCES: Readonly<Record<string, string>> = {
  dynamodb: TABLE_STREAM,
  kinesis: STREAM,
  lambda: arnOf('lambda', 'function:shop-dev'),
  sqs: arnOf('sqs', 'shop-dev-Queue-ABC'),
};

test('the boundary of the caller’s roles allows with Triggers what the table says, and nothing of it without', () => {
  const principal = {
    type: 'AssumedRole',
    accountId: '222222222222',
    principalArn: 'arn:aws:iam::222222222222:role/shop-dev',
    arn: 'arn:aws:sts::222222222222:assumed-role/shop-dev/session',
    userId: 'AROAEXAMPLE:session',
    tags: {},
    roleName: 'shop-dev',
    roleId: 'AROAEXAMPLE',
    sessionName: 'session',
    issuedAt: new Date(0),
    sessionPolicies: [],
    transitiveTagKeys: [],
  } as const;
  const isAllowed = (action: string, triggers: boolean) => {
    const [service = ''] = action.split(':');
    const resource = RESOURCES[service] ?? '*';
    return decide(
      {
        principal,
        action,
        resource: action.endsWith(':ListStreams') ? '*' : resource,
        resourceAccountId: '222222222222',
        context: {},
      },
      {
        identity: [
          {
            name: 'own',
            document: {
              Version: '2012-10-17',
              Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
            },
          },
        ],
        boundary: { name: 'boundary', document: boundaryWith(triggers) },
      },
    ).allowed;
  };
  const needs = Object.values(EVENT_KINDS).flatMap(({ needs = [] }) => needs);
  const found = needs.flatMap(({ actions, isInBoundary = false }) =>
    actions.map((action) => [action, isInBoundary, isAllowed(action, true), isAllowed(action, false)]),
  );
  expect(found).toEqual(found.map(([action, isInBoundary]) => [action, isInBoundary, isInBoundary, false]));
  expect(propertiesOf(found.find(([action]) => action === 'lambda:InvokeFunction'))[2]).toBe(true);
});
