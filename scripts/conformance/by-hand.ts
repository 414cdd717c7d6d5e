/* What a person would do or look at by hand in both accounts. It is a process of its own, so its requests are recorded as those of any command. */
import { setTimeout } from 'node:timers/promises';
import {
  CloudFormationClient,
  DeleteStackCommand,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, paginateDescribeLogGroups } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetRoleCommand, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { Account } from '../../libs/cli/src/aws/account.ts';
import { apiAgent, prepare, send } from '../../libs/cli/src/probes/send-signed.ts';
import { stageNames } from '../../libs/cli/src/project/stage-settings.ts';
import { type OpenStage, openStage } from '../../libs/cli/src/stage/open-stage.ts';
import type { ByHand } from './plan.ts';
import { ROUTE } from './route.ts';
import type { Made } from './state.ts';

/** What the process prints. */
export interface ByHandResult {
  readonly made?: readonly Made[];
  /** What is not as it must be. */
  readonly findings: readonly string[];
}

/** The statement that each run adds, until it is repaired. */
const HAND_MADE = 'ChangedByHand';
const WAIT_MS = 5_000;
const MOST_WAITS = 240;
/** API Gateway takes seconds to serve a deployment everywhere. */
const MOST_TRIES = 24;

/**
 * A stack of an interrupted run that the Serverless CLI does not go on with. It has no resource: what it was to take over stays.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
 */
const ABANDONED = new Set(['REVIEW_IN_PROGRESS', 'ROLLBACK_COMPLETE', 'IMPORT_ROLLBACK_COMPLETE']);

/** What cannot be found any more, by the names of errors. */
const GONE = new Set([
  'NoSuchEntity',
  'NoSuchEntityException',
  'ResourceNotFoundException',
  'NotFound',
  'NoSuchBucket',
]);

const actions: Readonly<Record<ByHand, (context: Context) => Promise<ByHandResult>>> = {
  async settle({ stacks }) {
    for (const { account, name } of stacks) {
      let status = await rested(account, name);
      if (status !== undefined && ABANDONED.has(status)) {
        await cloudFormationOf(account).send(new DeleteStackCommand({ StackName: name }));
        status = await rested(account, name);
      }
      if (isUnderWay(status)) return { findings: [`The stack ${name} did not come to rest.`] };
    }
    return { findings: [] };
  },
  async inventory({ stacks }) {
    const made: Made[] = [];
    for (const { account, name } of stacks) {
      if (!isThere(await statusOf(account, name))) continue;
      const { accountId } = account;
      made.push({ accountId, type: STACK, name });
      const client = cloudFormationOf(account);
      for await (const page of paginateListStackResources({ client }, { StackName: name })) {
        for (const { ResourceType = '', PhysicalResourceId = '' } of page.StackResourceSummaries ?? []) {
          if (Object.hasOwn(lookUps, ResourceType))
            made.push({ accountId, type: ResourceType, name: PhysicalResourceId });
        }
      }
    }
    return { made, findings: [] };
  },
  async kept(context) {
    const findings: string[] = [];
    for (const each of context.before.filter(({ type }) => type === TABLE || type === LOG_GROUP)) {
      if (!(await exists(context, each)))
        findings.push(`The removal kept neither data nor name of ${describe(each)}.`);
    }
    return { findings };
  },
  'route-answers': async (context) => ({
    findings: (await routeIs(context, true)) ? [] : [`GET ${ROUTE} is deployed, and does not answer.`],
  }),
  'route-gone': async (context) => ({
    findings: (await routeIs(context, false)) ? [] : [`GET ${ROUTE} is removed, and still answers.`],
  }),
  async change({ open, outputs }) {
    const role = invokeRoleOf(await outputs());
    const { Statement, ...policy } = await trustPolicyOf(open.api, role);
    // It only denies: nobody gets in who could not before.
    const added = { Sid: HAND_MADE, Effect: 'Deny', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' };
    await setTrustPolicy(open.api, role, { ...policy, Statement: [...Statement, added] });
    return { findings: [] };
  },
  async 'changed-back'({ open, outputs, stacks }) {
    if (!isThere(await statusOf(open.api, stacks[0].name))) return { findings: [] };
    const role = invokeRoleOf(await outputs());
    const { Statement, ...policy } = await trustPolicyOf(open.api, role);
    const kept = Statement.filter(({ Sid }) => Sid !== HAND_MADE);
    if (kept.length === Statement.length) return { findings: [] };
    // The next steps need the callers.
    await setTrustPolicy(open.api, role, { ...policy, Statement: kept });
    return {
      findings: [
        `repair left the statement ${HAND_MADE} in the trust policy of the role ${role}. It is removed now.`,
      ],
    };
  },
  async leftovers(context) {
    const findings: string[] = [];
    for (const each of context.before) {
      if (await exists(context, each)) findings.push(`${describe(each)} is left. ${removalOf(each)}`);
    }
    return { findings };
  },
};

const STACK = 'AWS::CloudFormation::Stack';
const TABLE = 'AWS::DynamoDB::Table';
const LOG_GROUP = 'AWS::Logs::LogGroup';

/** What a stack can leave behind: how it is found, called and removed. */
const lookUps: Readonly<
  Record<
    string,
    { readonly noun: string; readonly remove: string; find(account: Account, name: string): Promise<unknown> }
  >
> = {
  [STACK]: {
    noun: 'stack',
    remove: 'aws cloudformation delete-stack --stack-name',
    find: async (account, name) => isThere(await statusOf(account, name)),
  },
  [TABLE]: {
    noun: 'table',
    remove: 'aws dynamodb delete-table --table-name',
    find: (account, TableName) =>
      client(account, DynamoDBClient).send(new DescribeTableCommand({ TableName })),
  },
  [LOG_GROUP]: {
    noun: 'log group',
    remove: 'aws logs delete-log-group --log-group-name',
    async find(account, name) {
      const logs = client(account, CloudWatchLogsClient);
      for await (const page of paginateDescribeLogGroups({ client: logs }, { logGroupNamePrefix: name })) {
        if (page.logGroups?.some(({ logGroupName }) => logGroupName === name)) return true;
      }
      return false;
    },
  },
  'AWS::IAM::Role': {
    noun: 'role',
    remove: 'aws iam delete-role --role-name',
    find: (account, RoleName) => account.iam.send(new GetRoleCommand({ RoleName })),
  },
  'AWS::S3::Bucket': {
    noun: 'bucket',
    remove: 'aws s3 rb --force s3://',
    find: (account, Bucket) => client(account, S3Client).send(new HeadBucketCommand({ Bucket })),
  },
};

/** What the actions work on. */
interface Context {
  readonly open: OpenStage;
  /** The stack of the API, and that of the caller. */
  readonly stacks: readonly [StackOf, StackOf];
  readonly before: readonly Made[];
  /** The outputs of the API's stack. */
  outputs(): Promise<ReadonlyMap<string, string>>;
}

interface StackOf {
  readonly account: Account;
  readonly name: string;
}

const describe = ({ accountId, type, name }: Made) =>
  `The ${lookUps[type]?.noun} ${name} of account ${accountId}`;

function removalOf({ type, name }: Made): string {
  const { remove = '' } = lookUps[type] ?? {};
  return `Delete it: ${remove}${remove.endsWith('/') ? '' : ' '}${name}`;
}

async function exists({ open }: Context, { accountId, type, name }: Made): Promise<boolean> {
  const account = accountId === open.api.accountId ? open.api : open.caller;
  try {
    return (await lookUps[type]?.find(account, name)) !== false;
  } catch (error) {
    if (error instanceof Error && GONE.has(error.name)) return false;
    throw error;
  }
}

/** Waits until the route answers, or no longer does. @returns whether it came to that */
async function routeIs({ open, outputs }: Context, wanted: boolean): Promise<boolean> {
  const url = (await outputs()).get('ApiUrl');
  if (url === undefined) throw new Error('The stack of the API has no output ApiUrl.');
  const { credentials } = open.api.sdk;
  const keys = typeof credentials === 'function' ? await credentials() : credentials;
  const agent = await apiAgent(open, process.env);
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const request = { kind: 'send', request: { method: 'GET', path: ROUTE } } as Parameters<
      typeof prepare
    >[0];
    const { errorType = '' } = await send(
      await prepare(request, { url, region: open.region, now: new Date() }, keys),
      agent,
    );
    if (errorType.startsWith('MissingAuthenticationToken') !== wanted) return true;
    await setTimeout(open.real ? WAIT_MS : 100);
  }
  return false;
}

/** The name of the invoke role. */
function invokeRoleOf(outputs: ReadonlyMap<string, string>): string {
  const arn = outputs.get('InvokeRoleArn');
  if (arn === undefined) throw new Error('The stack of the API has no output InvokeRoleArn.');
  return arn.slice(arn.lastIndexOf('/') + 1);
}

interface TrustPolicy {
  readonly Statement: readonly { readonly Sid?: string }[];
}

async function trustPolicyOf({ iam }: Account, RoleName: string): Promise<TrustPolicy> {
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  return JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''));
}

async function setTrustPolicy({ iam }: Account, RoleName: string, policy: object): Promise<void> {
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: JSON.stringify(policy) }));
}

function isThere(status: string | undefined): boolean {
  return status !== undefined && status !== 'DELETE_COMPLETE' && status !== 'REVIEW_IN_PROGRESS';
}

/** The state of a stack once nothing changes it any more. `undefined`: it is gone */
async function rested(account: Account, name: string): Promise<string | undefined> {
  let status = await statusOf(account, name);
  for (let waits = 0; waits < MOST_WAITS && isUnderWay(status); waits += 1) {
    await setTimeout(account.sdk.endpoint === undefined ? WAIT_MS : 100);
    status = await statusOf(account, name);
  }
  return status;
}

/** A stack under review waits for somebody. */
function isUnderWay(status: string | undefined): boolean {
  return status?.endsWith('_IN_PROGRESS') === true && status !== 'REVIEW_IN_PROGRESS';
}

async function statusOf(account: Account, StackName: string): Promise<string | undefined> {
  try {
    const { Stacks } = await cloudFormationOf(account).send(new DescribeStacksCommand({ StackName }));
    return Stacks?.[0]?.StackStatus;
  } catch (error) {
    if (error instanceof Error && error.message.includes('does not exist')) return undefined;
    throw error;
  }
}

const cloudFormationOf = (account: Account) => client(account, CloudFormationClient);

function client<Client extends { destroy(): void }>(
  account: Account,
  Class: new (settings: Account['sdk'] & { readonly forcePathStyle: boolean }) => Client,
): Client {
  return account.client(
    Class.name,
    () => new Class({ ...account.sdk, forcePathStyle: account.sdk.endpoint !== undefined }),
  );
}

const [name, stage = '', given = '[]'] = process.argv.slice(2);
const open = await openStage(stage, process.env.LOCAL_AWS_ROOT ?? process.cwd(), process.env, 'verify');
try {
  const names = stageNames(stage);
  const context: Context = {
    open,
    stacks: [
      { account: open.api, name: names.api },
      { account: open.caller, name: names.caller },
    ],
    before: JSON.parse(given),
    async outputs() {
      const { Stacks } = await cloudFormationOf(open.api).send(
        new DescribeStacksCommand({ StackName: names.api }),
      );
      return new Map(
        Stacks?.[0]?.Outputs?.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
      );
    },
  };
  process.stdout.write(JSON.stringify(await actions[name as ByHand](context)));
} finally {
  open.close();
}
