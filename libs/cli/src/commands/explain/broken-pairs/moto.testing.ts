import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  AttachPolicyCommand,
  CreateAccountCommand,
  CreateOrganizationCommand,
  CreatePolicyCommand,
  DeletePolicyCommand,
  DetachPolicyCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import * as v from 'valibot';
import { pythonWith } from '../../../../../local-aws/test/python.testing.ts';
import { openEc2 } from '../../../aws/ec2.ts';
import { API_ACCOUNT, CALLER_ACCOUNT } from '../../../stage/test-pair.testing.ts';
import { type Deployed, deployResources } from './deploy-resources.testing.ts';
import { documentOf, type PolicyInPlace, statementsOf } from './documents.testing.ts';
import type { Place } from './place.testing.ts';
import { REGION } from './templates.testing.ts';

/*
 * moto, an implementation of AWS that knows nothing of this project: https://github.com/getmoto/moto. It stores what it is given
 * and shows it as AWS does. It decides no policy and runs no function of this test.
 */

/** The modules of moto 5 that its server needs here. Distributions package some of what they import apart. */
const modules = [
  'moto.core.config',
  'moto.server',
  'moto.apigateway.responses',
  'moto.awslambda.responses',
  'moto.cloudformation.responses',
  'moto.organizations.responses',
];

/** Finds a Python that has moto. If there is none, a warning says that explain's tests with moto do not run. */
export const motoPython = (): string | undefined => pythonWith(modules, "explain's tests with moto");

/** The account that manages the organization of the two others. */
const MANAGEMENT_ACCOUNT = '999999999999';

/**
 * Serves until its standard input ends, so it ends with the process that started it. CreateAccount would choose the IDs of accounts, and
 * only the management account could read the organization. On AWS, it can delegate that.
 */
const program = `
import logging, sys
from moto.organizations import utils
from moto.organizations.models import organizations_backends
from moto.server import ThreadedMotoServer
logging.disable()
members = ['${API_ACCOUNT}', '${CALLER_ACCOUNT}']
ids = iter(['${MANAGEMENT_ACCOUNT}', *members])
utils.make_random_account_id = lambda: next(ids)
for member in members:
    organizations_backends[member]['aws'] = organizations_backends['${MANAGEMENT_ACCOUNT}']['aws']
server = ThreadedMotoServer('127.0.0.1', 0, verbose=False)
server.start()
sys.stdout.write('http://%s:%s\\n' % server.get_host_and_port())
sys.stdout.flush()
sys.stdin.read()
server.stop()
`;

const vpcAnswer = v.object({ vpc: v.object({ vpcId: v.string() }) });
const endpointAnswer = v.object({ vpcEndpoint: v.object({ vpcEndpointId: v.string() }) });
const endpointsAnswer = v.object({
  vpcEndpointSet: v.object({ item: v.tuple([v.object({ policyDocument: v.string() })]) }),
});

type Sdk = ReturnType<Place['sdk']>;

/** Starts moto's server on a free port as a place for pairs. @param python see {@link motoPython} */
export async function startMoto(python: string): Promise<Place> {
  await using stack = new AsyncDisposableStack();
  const server = await startServer(python);
  stack.defer(server.end);
  const root = await mkdtemp(join(tmpdir(), 'moto-'));
  stack.defer(() => rm(root, { recursive: true, force: true }));

  const { url: endpoint } = server;
  const sdks = new Map<string, Sdk>();
  for (const accountId of Object.values(profiles)) {
    sdks.set(accountId, { endpoint, region: REGION, credentials: await administrator(endpoint, accountId) });
  }
  const sdk = (accountId: string): Sdk => {
    const found = sdks.get(accountId);
    if (found === undefined) throw new Error(`There is no account ${accountId}.`);
    return found;
  };
  const variables = {
    AWS_CONFIG_FILE: join(root, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(root, 'credentials'),
  };
  await writeFile(variables.AWS_CONFIG_FILE, configOf(endpoint));
  await writeFile(variables.AWS_SHARED_CREDENTIALS_FILE, credentialsOf(sdk));

  const ask = await openEc2(sdk(CALLER_ACCOUNT));
  const stacks = new Map<string, Deployed>();
  const deploy = async (accountId: string, name: string, template: object) => {
    const deployed = await deployResources(sdk(accountId), accountId, template, stacks.get(name));
    stacks.set(name, deployed);
    return deployed.outputs;
  };
  const vpcEndpointIds = await createVpcEndpoints(ask);
  const organizations = await createOrganization(endpoint);
  stack.defer(() => organizations.destroy());
  const running = stack.move();
  return {
    variables,
    sdk,
    createStack: deploy,
    updateStack: async (...stackArguments) => {
      await deploy(...stackArguments);
    },
    controlPolicy: (kind, accountId) => controlPolicy(organizations, kind, accountId),
    vpcEndpointIds,
    endpointPolicy: (VpcEndpointId) => ({
      accountId: CALLER_ACCOUNT,
      async read() {
        const answer = await ask('DescribeVpcEndpoints', { 'VpcEndpointId.1': VpcEndpointId });
        return statementsOf(v.parse(endpointsAnswer, answer).vpcEndpointSet.item[0].policyDocument);
      },
      async write(statements) {
        await ask('ModifyVpcEndpoint', { VpcEndpointId, PolicyDocument: documentOf(statements) });
      },
    }),
    close: () => running.disposeAsync(),
  };
}

async function startServer(
  python: string,
): Promise<{ readonly url: string; readonly end: () => Promise<void> }> {
  const server = spawn(python, ['-W', 'ignore', '-c', program], {
    env: { ...process.env, MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' },
    stdio: 'pipe',
  });
  const ended = once(server, 'exit');
  const failure = text(server.stderr);
  const { value: url } = await createInterface(server.stdout)[Symbol.asyncIterator]().next();
  const end = async () => {
    server.stdin.end();
    await ended;
  };
  if (url !== undefined) return { url, end };
  await end();
  throw new Error(`moto did not start: ${await failure}`);
}

const profiles = { 'local-api': API_ACCOUNT, 'local-caller': CALLER_ACCOUNT };

function configOf(endpoint: string): string {
  return Object.keys(profiles)
    .flatMap((name) => [`[profile ${name}]`, `region = ${REGION}`, `endpoint_url = ${endpoint}`])
    .join('\n');
}

function credentialsOf(sdk: Place['sdk']): string {
  return Object.entries(profiles)
    .flatMap(([name, accountId]) => {
      const { accessKeyId, secretAccessKey } = sdk(accountId).credentials;
      return [
        `[${name}]`,
        `aws_access_key_id = ${accessKeyId}`,
        `aws_secret_access_key = ${secretAccessKey}`,
      ];
    })
    .join('\n');
}

/** An organization of the two accounts. */
async function createOrganization(endpoint: string): Promise<OrganizationsClient> {
  const credentials = await administrator(endpoint, MANAGEMENT_ACCOUNT);
  const client = new OrganizationsClient({ endpoint, region: REGION, credentials });
  await client.send(new CreateOrganizationCommand({ FeatureSet: 'ALL' }));
  for (const AccountName of Object.keys(profiles))
    await client.send(new CreateAccountCommand({ AccountName, Email: `${AccountName}@example.com` }));
  return client;
}

/** A policy of the organization that is attached to one account as long as it has a statement. */
function controlPolicy(
  client: OrganizationsClient,
  kind: Parameters<Place['controlPolicy']>[0],
  TargetId: string,
): PolicyInPlace {
  const Type = kind === 'serviceControlPolicies' ? 'SERVICE_CONTROL_POLICY' : 'RESOURCE_CONTROL_POLICY';
  let attached: string | undefined;
  return {
    read: async () => [],
    async write(statements) {
      if (attached !== undefined) {
        await client.send(new DetachPolicyCommand({ PolicyId: attached, TargetId }));
        await client.send(new DeletePolicyCommand({ PolicyId: attached }));
        attached = undefined;
      }
      if (statements.length === 0) return;
      const policy = {
        Name: 'Guardrail',
        Description: 'of a test',
        Content: documentOf(statements),
        Type,
      } as const;
      const { Policy } = await client.send(new CreatePolicyCommand(policy));
      attached = Policy?.PolicySummary?.Id;
      await client.send(new AttachPolicyCommand({ PolicyId: attached, TargetId }));
    },
  };
}

async function createVpcEndpoints(
  ask: Awaited<ReturnType<typeof openEc2>>,
): Promise<Place['vpcEndpointIds']> {
  const { vpc } = v.parse(vpcAnswer, await ask('CreateVpc', { CidrBlock: '10.0.0.0/16' }));
  const create = async () => {
    const answer = await ask('CreateVpcEndpoint', {
      VpcId: vpc.vpcId,
      VpcEndpointType: 'Interface',
      ServiceName: `com.amazonaws.${REGION}.execute-api`,
      PolicyDocument: documentOf([{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }]),
    });
    return v.parse(endpointAnswer, answer).vpcEndpoint.vpcEndpointId;
  };
  return { admitted: await create(), other: await create() };
}

/** An access key of a user of the account. moto finds the account of a request by the key that signed it. */
async function administrator(endpoint: string, accountId: string): Promise<Sdk['credentials']> {
  const anybody = { accessKeyId: 'AKIAANYBODY', secretAccessKey: 'any' };
  const sts = new STSClient({ endpoint, region: REGION, credentials: anybody });
  const role = { RoleArn: `arn:aws:iam::${accountId}:role/any`, RoleSessionName: 'setup' };
  const { Credentials: session } = await sts.send(new AssumeRoleCommand(role));
  sts.destroy();
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = session ?? {};
  const iam = new IAMClient({
    endpoint,
    region: REGION,
    credentials: {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
    },
  });
  const UserName = 'administrator';
  await iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  iam.destroy();
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}
