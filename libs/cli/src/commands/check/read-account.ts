import {
  APIGatewayClient,
  GetAccountCommand,
  GetDomainNameCommand,
  GetRestApiCommand,
} from '@aws-sdk/client-api-gateway';
import { ApiGatewayV2Client, GetApiCommand } from '@aws-sdk/client-apigatewayv2';
import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeTableCommand, DynamoDBClient, paginateListTables } from '@aws-sdk/client-dynamodb';
import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  IAMClient,
  paginateListRoles,
} from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  AWSOrganizationsNotInUseException,
  DescribeOrganizationCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { ProfileFailure } from '@cross-account-api/command-line';
import { likelyPartitionOf, wildcardMatcher } from '@cross-account-api/iam';
import { readPolicyDocument } from '../../aws/policy-document.ts';
import { explainCredentials } from '../../aws/profile-credentials.ts';
import { isMissing, readErrorOf } from '../../aws/read-error.ts';
import type { SdkSettings } from '../../aws/sdk-settings.ts';
import { failedResources } from '../../stage/blocked-stack.ts';
import { isApi } from '../../stage/deployed-stacks.ts';
import { ACCESS_LOG_ROLE } from './check-contents.ts';
import type {
  AccessLogRole,
  CredentialsProblem,
  Identity,
  Known,
  LeftTable,
  ResourceName,
  StackFacts,
  UnboundedRole,
  VpcEndpoint,
} from './facts.ts';
import { readVpcEndpoints } from './vpc-endpoints.ts';

/**
 * Makes a call that only reads.
 * @returns `undefined` if AWS says that there is no such resource, or the reason if AWS does not answer
 */
export async function tryRead<Result>(call: () => Promise<Result>): Promise<Known<Result | undefined>> {
  try {
    return await call();
  } catch (error) {
    if (isMissing(error)) return undefined;
    return { unknown: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}

/** Asks STS, in the stage's region, whose credentials these are. */
export async function readIdentity(settings: SdkSettings): Promise<Identity | CredentialsProblem> {
  const inRegion = await askIdentity(settings);
  if ('accountId' in inRegion || inRegion.kind !== 'credentials' || inRegion.remedy !== undefined) {
    return inRegion;
  }
  // AWS refuses an account's credentials in a region that the account has not enabled.
  const elsewhere = await askIdentity({ ...settings, region: likelyPartitionOf(settings.region).iamRegion });
  return 'accountId' in elsewhere ? { kind: 'region is not enabled', reason: inRegion.reason } : inRegion;
}

async function askIdentity(settings: SdkSettings): Promise<Identity | CredentialsProblem> {
  const sts = new STSClient({ ...settings, maxAttempts: 3 });
  try {
    const { Account = '', Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
    return { accountId: Account, arn: Arn };
  } catch (error) {
    return credentialsProblem(await explainCredentials(error, settings.profile));
  } finally {
    sts.destroy();
  }
}

/** Explains an error of STS. */
export function credentialsProblem(error: unknown): CredentialsProblem {
  if (error instanceof ProfileFailure) {
    return { kind: 'credentials', reason: error.what, remedy: error.remedy };
  }
  const reason = reasonOf(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOTFOUND') return { kind: 'region does not exist', reason };
  const { code: kind } = readErrorOf(error, { source: { subject: '' }, stage: '', command: 'check' });
  return { kind: kind === 'NO_CREDENTIALS' ? 'credentials' : 'unreachable', reason };
}

/** Whether a statement allows an action on some resource, under some condition. */
function allows(statement: unknown, action: string): boolean {
  const { Effect, Action, NotAction } = Object(statement) as Readonly<Record<string, unknown>>;
  const names = (patterns: unknown) =>
    [patterns].flat().some((pattern) => wildcardMatcher(String(pattern).toLowerCase())(action.toLowerCase()));
  return Effect === 'Allow' && (Action === undefined ? !names(NotAction) : names(Action));
}

/** Reads the facts that the checks need from an account. Changes nothing. */
export function createReader(settings: SdkSettings) {
  const common = { ...settings, maxAttempts: 3 };
  const cloudFormation = new CloudFormationClient(common);
  const iam = new IAMClient(common);
  const lambda = new LambdaClient(common);
  const logs = new CloudWatchLogsClient(common);
  const apiGateway = new APIGatewayClient(common);
  const apiGatewayV2 = new ApiGatewayV2Client(common);
  const organizations = new OrganizationsClient(common);
  const dynamoDb = new DynamoDBClient(common);

  const exists = async (call: () => Promise<unknown>): Promise<Known<boolean>> => {
    const found = await tryRead(async () => ({ answer: await call() }));
    return found !== undefined && 'unknown' in found ? found : found !== undefined;
  };
  const hasLogGroup = async (name: string) => {
    const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
    return logGroups.some(({ logGroupName }) => logGroupName === name);
  };
  const hasRole = (RoleName: string) => exists(() => iam.send(new GetRoleCommand({ RoleName })));

  const hasApi = async ({ ResourceType, PhysicalResourceId: id }: StackResourceSummary) =>
    exists(() =>
      ResourceType === 'AWS::ApiGateway::RestApi'
        ? apiGateway.send(new GetRestApiCommand({ restApiId: id }))
        : apiGatewayV2.send(new GetApiCommand({ ApiId: id })),
    );

  return {
    iam,
    /** The deployed stack; `undefined` if it does not exist. */
    stack: (StackName: string): Promise<Known<StackFacts | undefined>> =>
      tryRead(async () => {
        const { Stacks: [stack] = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
        const resources = new Set<string>();
        const all: StackResourceSummary[] = [];
        let missingApi: string | undefined;
        for await (const page of paginateListStackResources({ client: cloudFormation }, { StackName })) {
          for (const one of page.StackResourceSummaries ?? []) {
            resources.add(one.PhysicalResourceId ?? '');
            all.push(one);
            if (isApi(one) && (await hasApi(one)) === false) missingApi = one.PhysicalResourceId;
          }
        }
        const status = stack?.StackStatus ?? '';
        return stack && { status, resources, failed: failedResources(status, all), missingApi };
      }),
    hasRole,
    /** The tables whose names fit. */
    tables: (fits: (name: string) => boolean): Promise<Known<readonly LeftTable[] | undefined>> =>
      tryRead(async () => {
        const found: LeftTable[] = [];
        for await (const { TableNames = [] } of paginateListTables({ client: dynamoDb }, {})) {
          for (const name of TableNames.filter(fits)) {
            const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName: name }));
            found.push({ name, isProtected: Table?.DeletionProtectionEnabled === true });
          }
        }
        return found;
      }),
    /** The ARN of the role of this name; `undefined` if it does not exist. */
    roleArn: (RoleName: string): Promise<Known<string | undefined>> =>
      tryRead(async () => (await iam.send(new GetRoleCommand({ RoleName }))).Role?.Arn),
    /** Whether a resource of this name exists. */
    async has({ kind, name }: ResourceName): Promise<Known<boolean>> {
      switch (kind) {
        case 'role':
          return hasRole(name);
        case 'function':
          return exists(() => lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name })));
        case 'log group':
          return (await tryRead(() => hasLogGroup(name))) ?? false;
        case 'domain name':
          return exists(() => apiGateway.send(new GetDomainNameCommand({ domainName: name })));
      }
    },
    /**
     * The roles that fit, except for those with the boundary.
     * @param path of the roles, such as `/`
     */
    rolesWithout: (
      boundaryArn: string,
      path: string,
      fits: (name: string) => boolean,
    ): Promise<Known<readonly UnboundedRole[] | undefined>> =>
      tryRead(async () => {
        const found: UnboundedRole[] = [];
        for await (const page of paginateListRoles({ client: iam, pageSize: 1_000 }, { PathPrefix: path })) {
          for (const { RoleName = '', Path } of page.Roles ?? []) {
            if (Path !== path || !fits(RoleName)) continue;
            // A list of roles has no boundaries: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html
            const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
            const arn = Role?.PermissionsBoundary?.PermissionsBoundaryArn;
            if (arn !== boundaryArn) found.push({ name: RoleName, boundaryArn: arn });
          }
        }
        return found;
      }),
    hasPolicy: (PolicyArn: string) => exists(() => iam.send(new GetPolicyCommand({ PolicyArn }))),
    /** The actions that no statement of a managed policy allows, on whatever resource. `undefined` if there is no such policy. */
    actionsBeyond: (
      PolicyArn: string,
      actions: readonly string[],
    ): Promise<Known<ReadonlySet<string> | undefined>> =>
      tryRead(async () => {
        const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
        const { PolicyVersion } = await iam.send(
          new GetPolicyVersionCommand({ PolicyArn, VersionId: Policy?.DefaultVersionId }),
        );
        const { Statement } = readPolicyDocument(PolicyVersion?.Document ?? '', PolicyArn);
        return new Set(actions.filter((action) => ![Statement].flat().some((each) => allows(each, action))));
      }),
    /** The organization of the account. Without an organization, the ID is `undefined`. */
    async organization(): Promise<Known<{ readonly id: string | undefined }>> {
      const found = await tryRead(() =>
        organizations
          .send(new DescribeOrganizationCommand({}))
          .then(({ Organization }) => ({ id: Organization?.Id }))
          .catch((error: unknown) => {
            if (error instanceof AWSOrganizationsNotInUseException) return { id: undefined };
            throw error;
          }),
      );
      return found ?? { id: undefined };
    },
    /** API Gateway's role for access logs, and whether the role of the README's commands exists. */
    async accessLogRole(): Promise<Known<AccessLogRole>> {
      const account = await tryRead(() => apiGateway.send(new GetAccountCommand({})));
      if (account === undefined) return { unknown: 'API Gateway has no settings of the account.' };
      if ('unknown' in account) return account;
      return {
        arn: account.cloudwatchRoleArn || undefined,
        isCreated: (await hasRole(ACCESS_LOG_ROLE)) === true,
      };
    },
    /** The `execute-api` endpoints of the VPCs that subnets belong to. */
    async vpcEndpoints(subnetIds: readonly string[]): Promise<Known<readonly VpcEndpoint[]>> {
      if (subnetIds.length === 0) return { unknown: 'its serverless.yml names no subnets by their IDs.' };
      return (await tryRead(() => readVpcEndpoints(settings, subnetIds))) ?? [];
    },
    close() {
      for (const client of [
        cloudFormation,
        iam,
        lambda,
        logs,
        apiGateway,
        apiGatewayV2,
        organizations,
        dynamoDb,
      ])
        client.destroy();
    },
  };
}

/** See {@link createReader}. */
export type AccountReader = ReturnType<typeof createReader>;
