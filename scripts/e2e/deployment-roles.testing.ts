import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import { AssumeRoleWithWebIdentityCommand, type Credentials, STSClient } from '@aws-sdk/client-sts';
import { stageNames } from '../../libs/cli/src/project/stage-settings.ts';
import { createTokenIssuer, type TokenIssuer } from '../../libs/local-aws/src/tokens.testing.ts';
import { projectRoot } from '../lib/project.ts';
import {
  API_ACCOUNT,
  apiOutput,
  CALLER_ACCOUNT,
  type SdkSettings,
  type TestBed,
} from './test-bed.testing.ts';

const ISSUER = 'https://token.actions.githubusercontent.com';
/** The workflow that the roles trust. */
export const SUBJECT = 'repo:company/cross-account-api:environment:local';

/** The custom domain that the roles deploy, in the form of a stage's settings. */
export const CUSTOM_DOMAIN = {
  name: 'api.example.com',
  certificateArn: `arn:aws:acm:us-east-1:${API_ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012`,
  hostedZoneId: 'Z0123456789ABCDEFGHIJ',
};

/** The KMS key with which the roles encrypt the table. */
export const TABLE_KEY_ID = 'mrk-fedcba9876543210fedcba9876543210';

/** The services with the profiles with which local AWS deploys them. */
const deployments = [
  { service: 'api', profile: 'local-api' },
  { service: 'caller', profile: 'local-caller' },
] as const;

type ServiceName = (typeof deployments)[number]['service'];

/** The accounts that services are deployed to. */
export type Accounts = Readonly<Record<ServiceName, string>>;

const twoAccounts: Accounts = { api: API_ACCOUNT, caller: CALLER_ACCOUNT };

/** A CI system: it has tokens and no other credentials. */
export function createCi(): TokenIssuer & {
  readonly tokenIssuers: Record<string, TokenIssuer['publicKey'][]>;
} {
  const issuer = createTokenIssuer(ISSUER);
  return { ...issuer, tokenIssuers: { [ISSUER]: [issuer.publicKey] } };
}

/** The name of the role that deploys a service, and of its stack. */
export function deploymentRoleName(bed: TestBed, service: ServiceName): string {
  return `deploy-${stageNames('local', bed.project.root)[service]}`;
}

/** The ARN of the role that deploys a service. */
export function deploymentRoleArn(bed: TestBed, service: ServiceName, accountId: string): string {
  return `arn:aws:iam::${accountId}:role/${deploymentRoleName(bed, service)}`;
}

/** Creates both deployment roles for stage `local`, as an administrator of each account. */
export async function createDeploymentRoles(
  bed: TestBed,
  parameters: Readonly<Record<string, string>> = {},
  accounts = twoAccounts,
): Promise<void> {
  const names = stageNames('local', bed.project.root);
  const { api, caller } = stageNames('', bed.project.root);
  const [apiService, callerService] = [api, caller].map((name) => name.replace(/-$/, ''));
  for (const { service } of deployments) {
    const client = new CloudFormationClient(bed.administrator(accounts[service]));
    const all = {
      Stage: 'local',
      Subject: SUBJECT,
      BucketPrefix: names[service].slice(0, 24).toLowerCase(),
      ...(service === 'caller'
        ? {
            Service: callerService,
            ApiService: apiService,
            ApiAccountId: accounts.api,
            // An account has one provider for each URL.
            CreateProvider: accounts.caller === accounts.api ? 'no' : 'yes',
          }
        : {
            Service: apiService,
            CallerService: callerService,
            CustomDomain: CUSTOM_DOMAIN.name,
            HostedZoneId: CUSTOM_DOMAIN.hostedZoneId,
            TableKeyId: TABLE_KEY_ID,
          }),
      ...parameters,
    };
    const StackName = deploymentRoleName(bed, service);
    await client.send(
      new CreateStackCommand({
        StackName,
        TemplateBody: await readFile(join(projectRoot, 'services', service, 'deployment-role.yml'), 'utf8'),
        Capabilities: ['CAPABILITY_NAMED_IAM'],
        Parameters: Object.entries(all).map(([ParameterKey, ParameterValue]) => ({
          ParameterKey,
          ParameterValue,
        })),
      }),
    );
    await waitUntilStackCreateComplete({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { StackName });
    client.destroy();
  }
}

/** Limits both deployment roles to the API that is deployed, as an administrator of each account. */
export async function limitToApi(bed: TestBed, accounts = twoAccounts): Promise<void> {
  const ApiArns = `${await apiOutput(bed, 'ApiArn')}/*`;
  for (const { service } of deployments) {
    const client = new CloudFormationClient(bed.administrator(accounts[service]));
    const StackName = deploymentRoleName(bed, service);
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    await client.send(
      new UpdateStackCommand({
        StackName,
        UsePreviousTemplate: true,
        Capabilities: ['CAPABILITY_NAMED_IAM'],
        Parameters: (Stacks[0]?.Parameters ?? []).map(({ ParameterKey }) =>
          ParameterKey === 'ApiArns'
            ? { ParameterKey, ParameterValue: ApiArns }
            : { ParameterKey, UsePreviousValue: true },
        ),
      }),
    );
    await waitUntilStackUpdateComplete({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { StackName });
    client.destroy();
  }
}

/**
 * Replaces the administrators' keys in the profiles of local AWS: from now on, the profiles assume the deployment
 * roles, with the token in a file, as in CI.
 */
export async function useDeploymentRoles(bed: TestBed, token: string, accounts = twoAccounts): Promise<void> {
  const folder = join(bed.localAwsRoot, '.local-aws');
  const tokenFile = join(bed.localAwsRoot, 'token');
  await writeFile(tokenFile, token);
  const config = deployments.map(({ service, profile }) =>
    [
      `[profile ${profile}]`,
      'region = us-east-1',
      `endpoint_url = ${bed.aws.url}`,
      `role_arn = ${deploymentRoleArn(bed, service, accounts[service])}`,
      'role_session_name = run-1',
      `web_identity_token_file = ${tokenFile}`,
    ].join('\n'),
  );
  await writeFile(join(folder, 'config'), `${config.join('\n\n')}\n`);
  await writeFile(join(folder, 'credentials'), '');
}

/** Settings for clients of the SDK that act as the role that deploys a service. */
export async function asDeploymentRole(
  bed: TestBed,
  service: ServiceName,
  accountId: string,
  token: string,
): Promise<SdkSettings> {
  const sts = new STSClient({ endpoint: bed.aws.url, region: 'us-east-1' });
  const { Credentials } = await sts.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: deploymentRoleArn(bed, service, accountId),
      RoleSessionName: 'run-1',
      WebIdentityToken: token,
    }),
  );
  sts.destroy();
  return { ...bed.administrator(accountId), credentials: keysOf(Credentials) };
}

/** The keys of a session as clients of the SDK take them. */
export function keysOf(session: Partial<Credentials> = {}): SdkSettings['credentials'] {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = session;
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}
