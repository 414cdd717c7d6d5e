import type { FunctionDefinition } from '../framework.ts';
import { listOf, propertiesOf } from '../properties.ts';

/** What the role of a function must be allowed so that an event reaches it. */
export interface EventNeed {
  readonly actions: readonly string[];
  /** On the function itself, on what the event names as its source, its consumer or its secrets, or on all resources. */
  readonly on: 'function' | 'source' | 'consumer' | 'secrets' | 'all';
  /** The permissions boundary of `services/caller/deployment-role.yml` has the actions, with the parameter `Triggers`. */
  readonly isInBoundary?: true;
  /** serverless-iam-roles-per-function allows it in the roles that it makes. */
  readonly isGenerated?: true;
}

/** A kind of event in serverless.yml. */
export interface EventKind {
  /** The principal that the framework admits to the function. Absent if a role invokes it or reads the source. */
  readonly principal?: unknown;
  /** The types of the resources that the framework makes of it, beside the permission, and that a deployment role must be allowed. */
  readonly makes?: readonly string[];
  readonly needs?: readonly EventNeed[];
}

/** Where the framework documents its events. */
export const EVENTS_PAGE = 'https://github.com/oss-serverless/osls/tree/4.x/docs/events';

const MAPPING = ['AWS::Lambda::EventSourceMapping'];
const NETWORK: EventNeed = {
  actions: [
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeVpcs',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeSubnets',
    'ec2:DescribeSecurityGroups',
  ],
  on: 'all',
};
const SECRETS: EventNeed = { actions: ['secretsmanager:GetSecretValue'], on: 'secrets' };
const BROKER: EventKind = {
  makes: MAPPING,
  needs: [{ actions: ['mq:DescribeBroker'], on: 'source' }, SECRETS, NETWORK],
};
const KINESIS: readonly EventNeed[] = [
  {
    actions: [
      'kinesis:GetRecords',
      'kinesis:GetShardIterator',
      'kinesis:DescribeStream',
      // To IAM it is on all streams, so a statement about one of them, as it is generated, does not allow it.
      'kinesis:ListStreams',
    ],
    on: 'source',
    isInBoundary: true,
    isGenerated: true,
  },
  { actions: ['kinesis:DescribeStreamSummary', 'kinesis:ListShards'], on: 'source', isInBoundary: true },
];

/**
 * What each kind of event needs: all events of the framework. `schedule`, `stream` and `kafka` have several kinds.
 * @see https://github.com/oss-serverless/osls/tree/4.x/lib/plugins/aws/package/compile/events for the permissions and the statements of the
 *   default role
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html, and the pages of the other sources, for what Lambda needs to read them
 */
export const EVENT_KINDS: Readonly<Record<string, EventKind>> = {
  activemq: BROKER,
  alb: { principal: 'elasticloadbalancing.amazonaws.com' },
  alexaSkill: { principal: 'alexa-appkit.amazon.com' },
  alexaSmartHome: { principal: 'alexa-connectedhome.amazon.com' },
  cloudFront: { principal: 'edgelambda.amazonaws.com' },
  cloudwatchEvent: { principal: 'events.amazonaws.com', makes: ['AWS::Events::Rule'] },
  cloudwatchLog: { principal: { 'Fn::Sub': `logs.\${AWS::Region}.\${AWS::URLSuffix}` } },
  cognitoUserPool: { principal: 'cognito-idp.amazonaws.com' },
  eventBridge: { principal: 'events.amazonaws.com', makes: ['AWS::Events::Rule'] },
  http: { principal: 'apigateway.amazonaws.com' },
  httpApi: { principal: 'apigateway.amazonaws.com' },
  iot: { principal: 'iot.amazonaws.com' },
  iotFleetProvisioning: { principal: 'iot.amazonaws.com' },
  kafka: { makes: MAPPING, needs: [SECRETS] },
  'kafka in a VPC': { makes: MAPPING, needs: [SECRETS, NETWORK] },
  msk: {
    makes: MAPPING,
    needs: [{ actions: ['kafka:DescribeCluster', 'kafka:GetBootstrapBrokers'], on: 'source' }, NETWORK],
  },
  rabbitmq: BROKER,
  s3: { principal: 's3.amazonaws.com' },
  schedule: { principal: 'events.amazonaws.com', makes: ['AWS::Events::Rule'] },
  'schedule of EventBridge Scheduler': {
    makes: ['AWS::Scheduler::Schedule'],
    needs: [{ actions: ['lambda:InvokeFunction'], on: 'function', isInBoundary: true }],
  },
  sns: { principal: 'sns.amazonaws.com' },
  sqs: {
    makes: MAPPING,
    needs: [
      {
        actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
        on: 'source',
        isInBoundary: true,
        isGenerated: true,
      },
    ],
  },
  'stream of DynamoDB': {
    makes: MAPPING,
    needs: [
      {
        actions: [
          'dynamodb:GetRecords',
          'dynamodb:GetShardIterator',
          'dynamodb:DescribeStream',
          'dynamodb:ListStreams',
        ],
        on: 'source',
        isInBoundary: true,
        isGenerated: true,
      },
    ],
  },
  'stream of Kinesis': { makes: MAPPING, needs: KINESIS },
  'stream of Kinesis with a consumer': {
    makes: MAPPING,
    needs: [...KINESIS, { actions: ['kinesis:SubscribeToShard'], on: 'consumer', isInBoundary: true }],
  },
  websocket: { principal: 'apigateway.amazonaws.com' },
};

/** An event of a function. */
export interface FunctionEvent {
  /** As serverless.yml names it. @example 'stream' */
  readonly name: string;
  readonly settings: unknown;
  /** `undefined` for one that a plugin of somebody else adds to the framework. */
  readonly kind: EventKind | undefined;
}

/** The events of a function, each with its kind. */
export function eventsOf({ events }: Pick<FunctionDefinition, 'events'>): readonly FunctionEvent[] {
  return (events ?? []).flatMap((event) =>
    Object.entries(event).flatMap(([name, settings]): FunctionEvent[] => {
      const kind = kindOf(name, settings);
      if (Object.hasOwn(EVENT_KINDS, kind)) return [{ name, settings, kind: EVENT_KINDS[kind] }];
      // The parts of an event that a plugin of ours or of others adds, such as `open`, stand in its settings.
      return [{ name, settings, kind: undefined }];
    }),
  );
}

function kindOf(name: string, settings: unknown): string {
  const { method, type, arn, consumer, accessConfigurations } = propertiesOf(settings);
  if (name === 'schedule') return method === 'scheduler' ? 'schedule of EventBridge Scheduler' : name;
  if (name === 'kafka') return 'vpcSubnet' in propertiesOf(accessConfigurations) ? 'kafka in a VPC' : name;
  if (name !== 'stream') return name;
  const service = type ?? String(arn ?? settings).split(':')[2];
  if (service === 'dynamodb') return 'stream of DynamoDB';
  return consumer ? 'stream of Kinesis with a consumer' : 'stream of Kinesis';
}

/** What a need of an event is on, for a policy in the function's stack. */
export function resourcesOf(
  { on }: EventNeed,
  { settings }: FunctionEvent,
  functionName: string,
): readonly unknown[] {
  const { arn, consumer, basicAuthArn, accessConfigurations } = propertiesOf(settings);
  const source = arn ?? settings;
  switch (on) {
    case 'function': {
      const own = `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${functionName}`;
      // With an alias, too.
      return [{ 'Fn::Sub': own }, { 'Fn::Sub': `${own}:*` }];
    }
    case 'source':
      return [source];
    case 'consumer':
      if (consumer !== true) return [consumer];
      // The framework makes the consumer, whose ARN ends with the time at which it was made.
      return [
        typeof source === 'string'
          ? `${source}/consumer/*`
          : { 'Fn::Sub': [`\${Stream}/consumer/*`, { Stream: source }] },
      ];
    case 'secrets':
      return [
        ...listOf(basicAuthArn),
        ...Object.entries(propertiesOf(accessConfigurations)).flatMap(([type, values]) =>
          type.startsWith('vpc') ? [] : listOf(values),
        ),
      ];
    case 'all':
      return ['*'];
  }
}
