import { APIGatewayClient, GetRestApisCommand } from '@aws-sdk/client-api-gateway';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { IAMClient, ListPoliciesCommand, ListRolesCommand } from '@aws-sdk/client-iam';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import type { SdkSettings } from './test-bed.testing.ts';

/** The names of the deployed resources of an account, by kind. */
export type DeployedResources = Readonly<Record<string, readonly (string | undefined)[]>>;

/** The resources of an empty account. */
export const noResources: DeployedResources = {
  stacks: [],
  functions: [],
  roles: [],
  policies: [],
  logGroups: [],
  buckets: [],
  apis: [],
  tables: [],
};

/** Lists the deployed resources of an account, each kind through its service. */
export async function deployedResources(settings: SdkSettings): Promise<DeployedResources> {
  const cloudFormation = new CloudFormationClient(settings);
  const lambda = new LambdaClient(settings);
  const iam = new IAMClient(settings);
  const logs = new CloudWatchLogsClient(settings);
  const s3 = new S3Client({ ...settings, forcePathStyle: true });
  const apiGateway = new APIGatewayClient(settings);
  const dynamoDb = new DynamoDBClient(settings);
  try {
    const [stacks, functions, roles, policies, groups, buckets, apis, tables] = await Promise.all([
      cloudFormation.send(new DescribeStacksCommand({})),
      lambda.send(new ListFunctionsCommand({})),
      iam.send(new ListRolesCommand({})),
      iam.send(new ListPoliciesCommand({ Scope: 'Local' })),
      logs.send(new DescribeLogGroupsCommand({})),
      s3.send(new ListBucketsCommand({})),
      apiGateway.send(new GetRestApisCommand({})),
      dynamoDb.send(new ListTablesCommand({})),
    ]);
    return {
      stacks: (stacks.Stacks ?? []).map(({ StackName }) => StackName),
      functions: (functions.Functions ?? []).map(({ FunctionName }) => FunctionName),
      roles: (roles.Roles ?? []).map(({ RoleName }) => RoleName),
      policies: (policies.Policies ?? []).map(({ PolicyName }) => PolicyName),
      logGroups: (groups.logGroups ?? []).map(({ logGroupName }) => logGroupName),
      buckets: (buckets.Buckets ?? []).map(({ Name }) => Name),
      apis: (apis.items ?? []).map(({ name }) => name),
      tables: tables.TableNames ?? [],
    };
  } finally {
    for (const client of [cloudFormation, lambda, iam, logs, s3, apiGateway, dynamoDb]) client.destroy();
  }
}
