import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { APIGatewayClient, UpdateAccountCommand } from '@aws-sdk/client-api-gateway';
import { CloudFormationClient, DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import {
  DeleteTableCommand,
  DynamoDBClient,
  UpdateTableCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DetachRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { AddPermissionCommand, LambdaClient, RemovePermissionCommand } from '@aws-sdk/client-lambda';
import type { SdkSettings } from './test-bed.testing.ts';

/** A call of the AWS CLI. */
export interface AwsCliCall {
  /** Service and operation: `iam create-role`. */
  readonly operation: string;
  readonly profile: string | undefined;
  /** The value of an option. @throws Error if it is not given */
  option(name: string): string;
}

/** Runs commands in a shell, as they are printed: in bash, as some begin with `source`. @returns their calls of `aws`, which need not be installed */
export async function callsOfAwsCli(commands: string, cwd: string): Promise<readonly AwsCliCall[]> {
  const folder = await mkdtemp(join(tmpdir(), 'aws-cli-'));
  try {
    const log = join(folder, 'calls');
    const script = `require('fs').appendFileSync(${JSON.stringify(log)}, JSON.stringify(process.argv.slice(2)) + '\\n')`;
    await writeFile(join(folder, 'aws'), `#!${process.execPath}\n${script}\n`, { mode: 0o755 });
    // Bash takes Node's pipe for a network connection, and would read ~/.bashrc, which can put another `aws` first.
    await promisify(execFile)('bash', ['--norc', '-ec', commands], {
      cwd,
      env: { ...process.env, PATH: [folder, process.env.PATH].join(delimiter) },
    });
    const lines = (await readFile(log, 'utf8')).trim().split('\n');
    return lines.map((line) => readCall(JSON.parse(line)));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function readCall(args: readonly string[]): AwsCliCall {
  const options = new Map<string, string>();
  const words: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const [word = '', value = ''] = args.slice(index);
    if (word.startsWith('--')) {
      options.set(word.slice(2), value);
      // A switch has no value.
      if (!word.startsWith('--no-')) index += 1;
    } else words.push(word);
  }
  const operation = words.join(' ');
  return {
    operation,
    profile: options.get('profile'),
    option(name) {
      const value = options.get(name);
      if (value === undefined) throw new Error(`${operation} needs --${name}.`);
      return value;
    },
  };
}

/** Carries out a call of the AWS CLI with AWS's SDK. */
export async function carryOut({ operation, option }: AwsCliCall, settings: SdkSettings): Promise<void> {
  const iam = new IAMClient(settings);
  const apiGateway = new APIGatewayClient(settings);
  const cloudFormation = new CloudFormationClient(settings);
  const dynamoDb = new DynamoDBClient(settings);
  const lambda = new LambdaClient(settings);
  try {
    switch (operation) {
      case 'iam create-role':
        await iam.send(
          new CreateRoleCommand({
            RoleName: option('role-name'),
            AssumeRolePolicyDocument: option('assume-role-policy-document'),
          }),
        );
        break;
      case 'iam attach-role-policy':
        await iam.send(
          new AttachRolePolicyCommand({ RoleName: option('role-name'), PolicyArn: option('policy-arn') }),
        );
        break;
      case 'iam detach-role-policy':
        await iam.send(
          new DetachRolePolicyCommand({ RoleName: option('role-name'), PolicyArn: option('policy-arn') }),
        );
        break;
      case 'iam put-role-policy':
        await iam.send(
          new PutRolePolicyCommand({
            RoleName: option('role-name'),
            PolicyName: option('policy-name'),
            PolicyDocument: option('policy-document'),
          }),
        );
        break;
      case 'iam update-assume-role-policy':
        await iam.send(
          new UpdateAssumeRolePolicyCommand({
            RoleName: option('role-name'),
            PolicyDocument: option('policy-document'),
          }),
        );
        break;
      case 'lambda add-permission':
        await lambda.send(
          new AddPermissionCommand({
            FunctionName: option('function-name'),
            StatementId: option('statement-id'),
            Action: option('action'),
            Principal: option('principal'),
            SourceArn: option('source-arn'),
          }),
        );
        break;
      case 'lambda remove-permission':
        await lambda.send(
          new RemovePermissionCommand({
            FunctionName: option('function-name'),
            StatementId: option('statement-id'),
          }),
        );
        break;
      case 'apigateway update-account': {
        const change = option('patch-operations')
          .split(',')
          .map((part) => part.split('='));
        await apiGateway.send(new UpdateAccountCommand({ patchOperations: [Object.fromEntries(change)] }));
        break;
      }
      case 'cloudformation delete-stack':
        await cloudFormation.send(
          new DeleteStackCommand({
            StackName: option('stack-name'),
            RetainResources: [option('retain-resources')],
          }),
        );
        break;
      case 'dynamodb update-table':
        option('no-deletion-protection-enabled');
        await dynamoDb.send(
          new UpdateTableCommand({ TableName: option('table-name'), DeletionProtectionEnabled: false }),
        );
        break;
      case 'dynamodb wait table-exists':
        await waitUntilTableExists(
          { client: dynamoDb, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
          { TableName: option('table-name') },
        );
        break;
      case 'dynamodb delete-table':
        await dynamoDb.send(new DeleteTableCommand({ TableName: option('table-name') }));
        break;
      default:
        throw new Error(`The test does not know aws ${operation}.`);
    }
  } finally {
    iam.destroy();
    apiGateway.destroy();
    cloudFormation.destroy();
    dynamoDb.destroy();
    lambda.destroy();
  }
}
