import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { AssumeRoleWithWebIdentityCommand, type Credentials, STSClient } from '@aws-sdk/client-sts';
import { createTokenIssuer, type TokenIssuer } from '../../libs/local-aws/src/tokens.testing.ts';
import { projectRoot } from '../lib/project.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, type SdkSettings, type TestBed } from './test-bed.testing.ts';

const ISSUER = 'https://token.actions.githubusercontent.com';
/** Which workflow the roles trust. */
export const SUBJECT = 'repo:company/cross-account-api:environment:local';

/** The custom domain that the roles deploy, as a stage's settings have it. */
export const CUSTOM_DOMAIN = {
  name: 'api.example.com',
  certificateArn: `arn:aws:acm:us-east-1:${API_ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012`,
  hostedZoneId: 'Z0123456789ABCDEFGHIJ',
};

/** The KMS key with which the roles encrypt the table. */
export const TABLE_KEY_ID = 'mrk-fedcba9876543210fedcba9876543210';

/** A service, the account that it is deployed to, and the profile with which local AWS deploys it. */
export const deployments = [
  { service: 'api', accountId: API_ACCOUNT, profile: 'local-api' },
  { service: 'caller', accountId: CALLER_ACCOUNT, profile: 'local-caller' },
] as const;

/** A CI system: it has tokens and nothing else. */
export function createCi(): TokenIssuer & {
  readonly tokenIssuers: Record<string, TokenIssuer['publicKey'][]>;
} {
  const issuer = createTokenIssuer(ISSUER);
  return { ...issuer, tokenIssuers: { [ISSUER]: [issuer.publicKey] } };
}

/** The ARN of the role that deploys a service. */
export function deploymentRoleArn(service: string, accountId: string): string {
  return `arn:aws:iam::${accountId}:role/deploy-cross-account-${service}-local`;
}

/** Creates both deployment roles for stage `local`, as an administrator of each account. */
export async function createDeploymentRoles(
  bed: TestBed,
  parameters: Readonly<Record<string, string>> = {},
): Promise<void> {
  for (const { service, accountId } of deployments) {
    const client = new CloudFormationClient(bed.administrator(accountId));
    const all = {
      Stage: 'local',
      Subject: SUBJECT,
      ...(service === 'caller'
        ? { ApiAccountId: API_ACCOUNT }
        : {
            CustomDomain: CUSTOM_DOMAIN.name,
            HostedZoneId: CUSTOM_DOMAIN.hostedZoneId,
            TableKeyId: TABLE_KEY_ID,
          }),
      ...parameters,
    };
    const StackName = `deploy-cross-account-${service}-local`;
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

/**
 * Replaces the administrators' keys in the profiles of local AWS: from now on whoever uses the profiles becomes the deployment
 * roles, with the token in a file, as in CI.
 */
export async function useDeploymentRoles(bed: TestBed, token: string): Promise<void> {
  const folder = join(bed.localAwsRoot, '.local-aws');
  const tokenFile = join(bed.localAwsRoot, 'token');
  await writeFile(tokenFile, token);
  const config = deployments.map(({ service, accountId, profile }) =>
    [
      `[profile ${profile}]`,
      'region = us-east-1',
      `endpoint_url = ${bed.aws.url}`,
      `role_arn = ${deploymentRoleArn(service, accountId)}`,
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
  service: string,
  accountId: string,
  token: string,
): Promise<SdkSettings> {
  const sts = new STSClient({ endpoint: bed.aws.url, region: 'us-east-1' });
  const { Credentials } = await sts.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: deploymentRoleArn(service, accountId),
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
