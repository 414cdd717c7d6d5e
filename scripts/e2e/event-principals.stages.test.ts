import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Resource } from '@cross-account-api/serverless-plugin';
import { admittedPrincipals, permissionsOf } from '../../libs/cli/src/commands/check/function-permissions.ts';
import { packageService } from './packaged-pair.testing.ts';

const REGION = 'eu-central-1';
const place = { partition: 'aws', region: REGION, accountId: '111111111111' };
const arnOf = (service: string, name: string) => `arn:aws:${service}:${REGION}:111111111111:${name}`;

/** Each kind of event and of URL that the framework has, in a form that it packages alone. */
const invocations: Readonly<Record<string, { readonly events?: readonly object[]; readonly url?: unknown }>> =
  {
    activemq: {
      events: [
        {
          activemq: {
            queue: 'q',
            arn: arnOf('mq', 'broker:b:b-1'),
            basicAuthArn: arnOf('secretsmanager', 'secret:s'),
          },
        },
      ],
    },
    alb: {
      events: [
        {
          alb: {
            listenerArn: arnOf(
              'elasticloadbalancing',
              'listener/app/my-load-balancer/50dc6c495c0c9188/f2f7dc8efc522ab2',
            ),
            priority: 1,
            conditions: { path: '/' },
          },
        },
      ],
    },
    alexaSkill: { events: [{ alexaSkill: 'amzn1.ask.skill.xx-xx-xx-xx' }] },
    alexaSmartHome: { events: [{ alexaSmartHome: 'amzn1.ask.skill.xx-xx-xx-xx' }] },
    cloudwatchEvent: { events: [{ cloudwatchEvent: { event: { source: ['aws.ec2'] } } }] },
    cloudwatchLog: { events: [{ cloudwatchLog: '/aws/lambda/hello' }] },
    cognitoUserPool: { events: [{ cognitoUserPool: { pool: 'p', trigger: 'PreSignUp' } }] },
    eventBridge: { events: [{ eventBridge: { schedule: 'rate(10 minutes)' } }] },
    http: { events: [{ http: { method: 'GET', path: '/a', authorizer: 'aws_iam' } }] },
    httpApi: { events: [{ httpApi: 'GET /a' }] },
    iot: { events: [{ iot: { sql: "SELECT * FROM 'topic'" } }] },
    iotFleetProvisioning: {
      events: [{ iotFleetProvisioning: { templateBody: {}, provisioningRoleArn: arnOf('iam', 'role/r') } }],
    },
    kafka: {
      events: [
        {
          kafka: {
            topic: 't',
            bootstrapServers: ['abc.xyz:9092'],
            accessConfigurations: { saslScram256Auth: arnOf('secretsmanager', 'secret:s') },
          },
        },
      ],
    },
    msk: {
      events: [
        { msk: { topic: 't', arn: arnOf('kafka', 'cluster/c/00000000-0000-0000-0000-000000000000-1') } },
      ],
    },
    rabbitmq: {
      events: [
        {
          rabbitmq: {
            queue: 'q',
            arn: arnOf('mq', 'broker:b:b-1'),
            basicAuthArn: arnOf('secretsmanager', 'secret:s'),
          },
        },
      ],
    },
    s3: { events: [{ s3: 'a-bucket' }] },
    schedule: { events: [{ schedule: 'rate(10 minutes)' }] },
    'schedule of EventBridge Scheduler': {
      events: [{ schedule: { rate: ['rate(10 minutes)'], method: 'scheduler' } }],
    },
    sns: { events: [{ sns: 'a-topic' }] },
    sqs: { events: [{ sqs: arnOf('sqs', 'q') }] },
    stream: { events: [{ stream: arnOf('kinesis', 'stream/s') }] },
    websocket: { events: [{ websocket: '$connect' }] },
    'a URL for everybody': { url: true },
    'a URL with settings': { url: { cors: true } },
    'a URL for signed requests': { url: { authorizer: 'aws_iam' } },
  };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'event-principals-'));
  await writeFile(join(folder, 'index.js'), 'exports.handler = async () => {};\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('for each kind of event, check knows the principals that the framework admits', async () => {
  const functions = Object.values(invocations).map((each, index) => [
    `f${index}`,
    { handler: 'index.handler', ...each },
  ]);
  const service = {
    service: 'principals',
    provider: { name: 'aws', region: REGION, runtime: 'nodejs22.x' },
    functions: Object.fromEntries(functions),
  };
  await writeFile(join(folder, 'serverless.yml'), JSON.stringify(service));
  const packaged = await packageService(folder, ['--stage', 'dev']);
  const template = await readFile(join(packaged, 'cloudformation-template-update-stack.json'), 'utf8');
  const resources = Object.values<Resource>(JSON.parse(template).Resources);
  const found = Object.keys(invocations).map((kind, index) => {
    const logicalId = `F${index}LambdaFunction`;
    const own = resources.filter(
      ({ Type, Properties }) =>
        Type === 'AWS::Lambda::Permission' &&
        JSON.stringify(Properties.FunctionName).includes(`"${logicalId}"`),
    );
    return [kind, admittedPrincipals(own, place)];
  });
  const expected = Object.entries(invocations).map(([kind, { events = [], url }]) => [
    kind,
    admittedPrincipals(
      permissionsOf({ name: kind, events: events as readonly Record<string, unknown>[], url }),
      place,
    ),
  ]);
  expect(Object.fromEntries(expected)).toEqual(Object.fromEntries(found));
  expect(Object.values(found).filter(([, principals]) => principals?.length === 1).length).toBeGreaterThan(
    10,
  );
});
