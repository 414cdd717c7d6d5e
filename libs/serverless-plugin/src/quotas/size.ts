import type { Resource } from '../framework.ts';
import { propertiesOf } from '../properties.ts';

/** Where a template is deployed: what CloudFormation puts into texts. */
export interface StackLocation {
  readonly stackName: string;
  readonly region: string;
  readonly partition: string;
}

/** Properties that name their resource. Without one, CloudFormation makes a name of the stack's and the logical ID. */
const NAMES = [
  'RoleName',
  'FunctionName',
  'TableName',
  'LogGroupName',
  'TopicName',
  'QueueName',
  'StageName',
];

/** ARNs by resource type: what stands between the account and the name. */
const ARNS: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'dynamodb:{region}:{account}:table/',
  'AWS::IAM::Role': 'iam::{account}:role/',
  'AWS::Lambda::Function': 'lambda:{region}:{account}:function:',
  'AWS::Logs::LogGroup': 'logs:{region}:{account}:log-group:',
  'AWS::SNS::Topic': 'sns:{region}:{account}:',
  'AWS::SQS::Queue': 'sqs:{region}:{account}:',
};

const ACCOUNT = '123456789012';

/**
 * The text of a value as AWS gets it: JSON without spaces, after CloudFormation has put in what it knows. A text that is not known before the
 * deployment, such as the ID of an API, is replaced by one of the usual length.
 */
export function deployedText(
  value: unknown,
  resources: Readonly<Record<string, Resource>>,
  place: StackLocation,
): string {
  return JSON.stringify(resolve(value, resources, place)) ?? '';
}

function resolve(
  value: unknown,
  resources: Readonly<Record<string, Resource>>,
  place: StackLocation,
): unknown {
  const again = (part: unknown) => resolve(part, resources, place);
  if (Array.isArray(value)) return value.map(again);
  if (typeof value !== 'object' || value === null) return value;
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Sub': sub, 'Fn::Join': join } = propertiesOf(value);
  if (typeof ref === 'string') return reference(ref, resources, place);
  if (attribute !== undefined) return attributeOf(attribute, resources, place);
  if (sub !== undefined) return substitute(sub, resources, place);
  if (Array.isArray(join)) {
    const [separator, parts] = join;
    if (Array.isArray(parts)) return parts.map((part) => String(again(part))).join(String(separator));
  }
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, again(part)]));
}

function substitute(
  sub: unknown,
  resources: Readonly<Record<string, Resource>>,
  place: StackLocation,
): string {
  const [text, variables] = Array.isArray(sub) ? sub : [sub, {}];
  const own = propertiesOf(variables);
  return String(text).replaceAll(/\$\{([^!}][^}]*)\}/g, (_, name: string) =>
    name in own
      ? String(resolve(own[name], resources, place))
      : name.includes('.')
        ? attributeOf(name.split('.'), resources, place)
        : reference(name, resources, place),
  );
}

function reference(
  name: string,
  resources: Readonly<Record<string, Resource>>,
  { stackName, region, partition }: StackLocation,
): string {
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::AccountId': ACCOUNT,
    'AWS::Partition': partition,
    'AWS::Region': region,
    'AWS::StackName': stackName,
    'AWS::URLSuffix': 'amazonaws.com',
  };
  if (pseudo[name] !== undefined) return pseudo[name];
  const resource = resources[name];
  // IDs of API Gateway have ten characters.
  if (
    resource?.Type.startsWith('AWS::ApiGateway') === true &&
    propertiesOf(resource.Properties).StageName === undefined
  )
    return '0123456789';
  const given = NAMES.map((property) => propertiesOf(resource?.Properties)[property]).find(
    (each) => typeof each === 'string',
  );
  return typeof given === 'string' ? given : `${stackName}-${name}-ABCDEFGHIJKL`;
}

function attributeOf(
  attribute: unknown,
  resources: Readonly<Record<string, Resource>>,
  place: StackLocation,
): string {
  const [id, name] = Array.isArray(attribute) ? attribute : String(attribute).split('.');
  const physical = reference(String(id), resources, place);
  const arn = name === 'Arn' ? ARNS[resources[String(id)]?.Type ?? ''] : undefined;
  if (arn === undefined) return physical;
  return `arn:${place.partition}:${arn.replace('{region}', place.region).replace('{account}', ACCOUNT)}${physical}`;
}
