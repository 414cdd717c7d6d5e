import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { copyProject } from '../../libs/cli/src/project/copy-project.ts';
import type { LocalAwsProcess } from '../lib/local-aws-process.ts';
import { installTools } from '../lib/tools.ts';
import { type Bundle, bundleFunctions } from './bundles.ts';
import { type BenchFunction, deployFunctions, type FunctionBench } from './function-bench.ts';
import { deployMockApi } from './mock-api.ts';

/** The caller to compare, other ways to call the same API, and an unsigned request. */
export const callers = {
  ours: 'this project',
  plain: 'no library: node:https and node:crypto, STS in init',
  'aws4fetch-init': 'aws4fetch alone, STS in init',
  'sts-init': 'client-sts and aws4fetch by hand, STS in init',
  aws4fetch: 'aws4fetch alone',
  smithy: '@smithy/signature-v4 and fromTemporaryCredentials',
  axios: 'axios with aws4-axios',
  article: 'as in the article: the whole SDK, AssumeRole each time',
  floor: 'unsigned fetch to an open route',
} as const;

/** The functions behind the API's routes, and one that is written by hand. */
export const handlers = {
  whoami: 'GET /whoami',
  message: 'GET /messages/{id}',
  post: 'POST /messages',
  'post-key': 'POST /messages with an Idempotency-Key',
  'post-by-hand': 'POST /messages, written by hand, DynamoDB in init',
} as const;

export type ComparedCaller = keyof typeof callers;
export type ComparedHandler = keyof typeof handlers;

/** The name of a function that the benchmark compares. */
export type Contender = ComparedCaller | ComparedHandler;

/** The titles of all contenders. */
export const contenders: Readonly<Record<Contender, string>> = { ...callers, ...handlers };

/** Is it one of the API's side? */
export const isHandler = (name: Contender): name is ComparedHandler => Object.hasOwn(handlers, name);

/** The zip files of the functions of both services and of the others. */
export interface Bundles {
  readonly caller: ReadonlyMap<string, Bundle>;
  readonly api: ReadonlyMap<string, Bundle>;
  readonly peers: ReadonlyMap<string, Bundle>;
}

const peers = join(import.meta.dirname, 'peers');

/** Installs the packages of the other contenders, if they are missing. */
export const installPeers = (): Promise<void> => installTools(peers);

/** Packages the contenders with `sls package`: ours from the services, the others from `peers`. */
export async function bundleContenders(): Promise<Bundles> {
  const project = await copyProject();
  try {
    return {
      caller: await bundleFunctions(join(project.root, 'services/caller')),
      api: await bundleFunctions(join(project.root, 'services/api')),
      peers: new Map([
        ...(await bundleFunctions(peers)),
        ...(await bundleFunctions(peers, 'serverless.init.yml')),
      ]),
    };
  } finally {
    await project.remove();
  }
}

const CALLER_ACCOUNT = '222222222222';
const API_ACCOUNT = '111111111111';

/** Deploys the callers into account B, and into account A an API whose answers take no time, and the role that invokes it. */
export async function deployCallers(
  aws: LocalAwsProcess,
  bundles: Bundles,
  wanted: readonly ComparedCaller[],
): Promise<FunctionBench<ComparedCaller>> {
  const { host, roleArn } = await deployMockApi(aws);
  const environment = {
    API_URL: `https://${host}/bench`,
    API_REGION: aws.region,
    INVOKE_ROLE_ARN: roleArn,
    EXTERNAL_ID: 'bench',
  };
  const functions = wanted.map((name): [ComparedCaller, BenchFunction] => [
    name,
    {
      bundle: bundleOf(name === 'ours' ? bundles.caller : bundles.peers, name === 'ours' ? 'caller' : name),
      environment,
      event: () => ({}),
      isRight: ({ status, body }) =>
        status === 200 && propertyOf(propertyOf(body, 'received'), 'foo') === 'bar',
    },
  ]);
  const statement = { Action: 'sts:AssumeRole', Resource: roleArn };
  return deployFunctions(aws, CALLER_ACCOUNT, statement, new Map(functions));
}

/** Deploys the API's functions into account A, with the tables that they use. API Gateway's events are given to them. */
export async function deployHandlers(
  aws: LocalAwsProcess,
  bundles: Bundles,
  wanted: readonly ComparedHandler[],
): Promise<FunctionBench<ComparedHandler>> {
  await createTables(aws);
  const environment = {
    MESSAGES_TABLE,
    IDEMPOTENCY_TABLE,
    POWERTOOLS_SERVICE_NAME: 'bench',
    POWERTOOLS_LOG_LEVEL: 'INFO',
  };
  const functions = wanted.map((name): [ComparedHandler, BenchFunction] => {
    const { bundle, event, status } = rows(bundles)[name]();
    return [name, { bundle, environment, event, isRight: ({ statusCode }) => statusCode === status }];
  });
  const statement = { Action: 'dynamodb:*', Resource: '*' };
  return deployFunctions(aws, API_ACCOUNT, statement, new Map(functions));
}

const MESSAGES_TABLE = 'bench-messages';
const IDEMPOTENCY_TABLE = 'bench-keys';
const BODY = JSON.stringify({ foo: 'bar' });
const UNKNOWN_ID = '6f1c7d3e-2b4a-4c58-9d0e-8a7b6c5d4e3f';

const rows = ({ api, peers }: Bundles) => ({
  whoami: () => ({ bundle: bundleOf(api, 'whoami'), event: () => event('GET', '/whoami'), status: 200 }),
  // Nobody has stored this message. To find that out takes the same request.
  message: () => ({
    bundle: bundleOf(api, 'message'),
    event: () => event('GET', '/messages/{id}', { pathParameters: { id: UNKNOWN_ID } }),
    status: 404,
  }),
  post: () => ({
    bundle: bundleOf(api, 'messages'),
    event: () => event('POST', '/messages', { body: BODY }),
    status: 200,
  }),
  'post-key': () => ({
    bundle: bundleOf(api, 'messages'),
    event: () => event('POST', '/messages', { body: BODY }, { 'Idempotency-Key': randomUUID() }),
    status: 200,
  }),
  'post-by-hand': () => ({
    bundle: bundleOf(peers, 'api'),
    event: () => event('POST', '/messages', { body: BODY }),
    status: 200,
  }),
});

/** An event of API Gateway. */
function event(httpMethod: string, resourcePath: string, members: object = {}, headers: object = {}) {
  return {
    httpMethod,
    path: resourcePath.replace('{id}', UNKNOWN_ID),
    headers: { 'Content-Type': 'application/json', ...headers },
    pathParameters: null,
    multiValueQueryStringParameters: null,
    body: null,
    isBase64Encoded: false,
    requestContext: {
      requestId: 'request-1',
      resourcePath,
      identity: {
        userArn: `arn:aws:sts::${API_ACCOUNT}:assumed-role/bench-invoke/caller`,
        accountId: API_ACCOUNT,
      },
    },
    ...members,
  };
}

async function createTables({ url, region, credentials }: LocalAwsProcess): Promise<void> {
  const client = new DynamoDBClient({ endpoint: url, region, credentials: credentials(API_ACCOUNT) });
  const tables = [
    [MESSAGES_TABLE, ['caller', 'id']],
    [IDEMPOTENCY_TABLE, ['id']],
  ] as const;
  for (const [TableName, keys] of tables) {
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: keys.map((AttributeName, at) => ({ AttributeName, KeyType: at === 0 ? 'HASH' : 'RANGE' })),
      }),
    );
    await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { TableName });
  }
  client.destroy();
}

/** @throws Error that names the zip file */
function bundleOf(bundles: ReadonlyMap<string, Bundle>, name: string): Bundle {
  const bundle = bundles.get(name);
  if (bundle === undefined) throw new Error(`sls package wrote no zip file of ${name}.`);
  return bundle;
}

const propertyOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
