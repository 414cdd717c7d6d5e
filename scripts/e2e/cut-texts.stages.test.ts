import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { CreatePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { stageNames } from '../../libs/cli/src/project/stage-settings.ts';
import { everything } from './every-setting.testing.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, startTestBed, type TestBed } from './test-bed.testing.ts';

jest.setTimeout(600_000);

/**
 * The texts whose half is taken, too, and why: nobody judges them when they are deployed, or AWS takes any text there. Places are resource
 * types and properties, without functions and positions in lists. What is not here must be refused; what is refused, need not be here.
 */
const notJudged: readonly (readonly [place: RegExp, why: string])[] = [
  [/\b(?:Alarm)?Description$|\.Label$|\.Sid$/, 'It is for people.'],
  [
    /\.(?:Role|Policy|Function|LogGroup|Dashboard|Stage)Name$|RestApi\.Name$|Export\.Name$|Metrics\.Id$/,
    'The owner chooses it. templates.test.ts compares names with each other and with those of the stage.',
  ],
  [
    /Lambda::Function\.(?:Handler|Environment\.Variables\.\w+)$/,
    'The function reads it. Calls of the pair would fail.',
  ],
  [
    /Statement\.(?:Resource|Action|Condition\..*)$|Lambda::Permission\.(?:Action|SourceArn)$/,
    'IAM takes any action, ARN and value of this form. Calls of the pair, check and review judge what a policy allows.',
  ],
  [
    /\.(?:Namespace|MetricNamespace|MetricName|Dimensions\.(?:Name|Value))$/,
    'CloudWatch takes metrics that nobody writes. The plugin warns of them, and templates.test.ts compares the dimensions.',
  ],
  [
    /MetricFilter\.FilterPattern$/,
    'The beginning of a list of terms is such a list. A pattern in braces or brackets is refused.',
  ],
  [
    /AccessLogSetting\.Format$/,
    'A REST API takes any line with a request ID. access-log.test.ts reads it as JSON, with variables that AWS has.',
  ],
  [/MethodSettings\.ResourcePath$/, 'It is /*, and its half the path /.'],
  [
    /ApiGateway::Resource\.PathPart$/,
    'Any word is a path. The plugin compares the routes with the contract.',
  ],
  [
    /DynamoDB::Table\.TimeToLiveSpecification\.AttributeName$|SSESpecification\.KMSMasterKeyId$/,
    'Items may lack the attribute, and only KMS knows its keys.',
  ],
  [
    /DomainName\.DomainName$|BasePath$|RecordSet\.(?:HostedZoneId|Name)$/,
    'Only the owner’s DNS knows its names.',
  ],
  [/^Outputs\.\w+\.Value$/, 'An output is any text. Calls of the pair would fail.'],
  [
    /^Conditions\.ApiGatewayDeployment|^Parameters\.ApiGatewayDeployment\.AllowedValues$|ApiGateway::Deployment\.Type$/,
    'It is of the one of two deployments that the stage does not have. Local AWS reads no resource whose condition is false.',
  ],
];

const accounts = [API_ACCOUNT, CALLER_ACCOUNT];
const { region, rolePath, permissionsBoundary, organizationId } = everything;

let bed: TestBed;
beforeAll(async () => {
  const organization = { id: organizationId, accounts: accounts.map((accountId) => ({ accountId })) };
  bed = await startTestBed({ sample: true, organization });
  for (const account of accounts) {
    const iam = new IAMClient(bed.administrator(account));
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: '*', Resource: '*' },
    });
    const PolicyName = permissionsBoundary.slice(rolePath.length - 1);
    await iam.send(new CreatePolicyCommand({ Path: rolePath, PolicyName, PolicyDocument }));
    iam.destroy();
  }
  // A resource whose name is cut is replaced. What is retained would be in the way of its name.
  const changes = { deletionProtection: false, retainData: false };
  const local = { ...everything, apiProfile: undefined, callerProfile: undefined, ...changes };
  await writeFile(join(bed.project.root, 'services/stages.yml'), JSON.stringify({ local }));
  await deployPackages(bed);
});
afterAll(() => bed?.close());

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** The paths of all texts that have a half. */
function textsIn(value: Json, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value === 'string') return value === '' ? [] : [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => textsIn(inner, [...path, key]));
}

function withHalf(value: Json, [key, ...rest]: readonly string[]): Json {
  if (typeof value === 'string') return value.slice(0, Math.floor(value.length / 2));
  if (key === undefined || typeof value !== 'object' || value === null)
    throw new Error('There is no such text.');
  if (Array.isArray(value))
    return value.map((each, index) => (String(index) === key ? withHalf(each, rest) : each));
  return { ...value, [key]: withHalf(value[key] ?? null, rest) };
}

/** @example placeOf(template, ['Resources', 'Topic', 'Properties', 'TopicName', 'Fn::Sub']) // 'AWS::SNS::Topic.TopicName' */
function placeOf({ Resources }: { readonly Resources: Json }, path: readonly string[]): string {
  const [part, id = '', ...rest] = path;
  const { Type } = (Resources as Record<string, { readonly Type?: string }>)[id] ?? {};
  const names = part === 'Resources' ? [Type, ...rest.filter((name) => name !== 'Properties')] : path;
  return names.filter((name) => !/^(?:\d+|Fn::\w+)$/.test(String(name))).join('.');
}

/** Updates a stack. @returns whether CloudFormation did it */
async function update(client: CloudFormationClient, StackName: string, template: Json): Promise<boolean> {
  try {
    await client.send(
      new UpdateStackCommand({
        StackName,
        TemplateBody: JSON.stringify(template),
        Capabilities: ['CAPABILITY_NAMED_IAM'],
      }),
    );
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ValidationError') throw error;
    return error.message === 'No updates are to be performed.';
  }
  for (;;) {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    const status = String(stack?.StackStatus);
    if (!status.endsWith('IN_PROGRESS')) return status === 'UPDATE_COMPLETE';
    await setTimeout(3);
  }
}

const used = new Set<RegExp>();

test.each([
  ['api', API_ACCOUNT],
  ['caller', CALLER_ACCOUNT],
] as const)(
  'half of a text in the template of the %s is refused, wherever somebody judges it',
  async (service, account) => {
    const client = new CloudFormationClient({ ...bed.administrator(account), region });
    const StackName = stageNames('local', bed.project.root)[service];
    const { TemplateBody = '' } = await client.send(new GetTemplateCommand({ StackName }));
    const template: { [key: string]: Json; Resources: Json } = JSON.parse(TemplateBody);
    const texts = textsIn(template);
    expect(texts.length).toBeGreaterThan(100);
    const taken: string[] = [];
    for (const path of texts) {
      if (!(await update(client, StackName, withHalf(template, path)))) continue;
      const place = placeOf(template, path);
      const [row] = notJudged.find(([pattern]) => pattern.test(place)) ?? [];
      if (row === undefined) taken.push(`${place} (${path.join('/')})`);
      else used.add(row);
      expect(await update(client, StackName, template)).toBe(true);
    }
    client.destroy();
    expect(taken).toEqual([]);
  },
);

test('each place that nobody judges is there', () => {
  expect(notJudged.filter(([place]) => !used.has(place))).toEqual([]);
});
