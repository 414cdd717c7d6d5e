import {
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  GetFunctionUrlConfigCommand,
  GetPolicyCommand,
} from '@aws-sdk/client-lambda';
import type { NamedPolicy } from '@cross-account-api/iam';
import { parseArn, splitFunctionArn } from '@cross-account-api/iam';
import type { FunctionFacts } from '@cross-account-api/iam/explanation';
import type { Account } from './account.ts';
import { readPolicyDocument } from './policy-document.ts';
import { ReadError } from './read-error.ts';

/**
 * Reads a function's configuration.
 * @param arn with or without a version or alias
 * @param environment `optional`: without the permission to decrypt it, it is left out
 */
export async function readFunction(
  account: Account,
  arn: string,
  environment: 'needed' | 'optional' = 'needed',
): Promise<FunctionFacts | undefined> {
  const { region, ...target } = addressOf(arn);
  const found = await account.read(() =>
    account.lambda(region).send(new GetFunctionConfigurationCommand(target)),
  );
  if (found?.FunctionName === undefined || found.Role === undefined) return undefined;
  if (found.Environment?.Error !== undefined && environment === 'needed') {
    throw new ReadError(
      'MAY_NOT_READ',
      `${account.source.subject} may not read the environment of function ${found.FunctionName}: ${found.Environment.Error.Message ?? found.Environment.Error.ErrorCode}. Allow it kms:Decrypt with the key of the function.`,
      { permission: `kms:Decrypt with the key of function ${found.FunctionName}` },
    );
  }
  return {
    arn: target.FunctionName,
    name: found.FunctionName,
    roleArn: found.Role,
    inVpc: (found.VpcConfig?.SubnetIds ?? []).length > 0,
    environment: found.Environment?.Variables ?? {},
    ...(found.State && { state: { name: found.State, reason: found.StateReason } }),
    ...(found.KMSKeyArn && { keyArn: found.KMSKeyArn }),
  };
}

/** The concurrency of a function. */
export interface FunctionConcurrency {
  /** The invocations that may run at once. Absent: it shares those of its account and region. */
  readonly reserved?: number | undefined;
}

/** Reads the reserved concurrency of a function. It applies to all versions. */
export async function readFunctionConcurrency(
  account: Account,
  arn: string,
): Promise<FunctionConcurrency | undefined> {
  const { region, FunctionName } = addressOf(arn);
  const found = await account.read(() =>
    account.lambda(region).send(new GetFunctionConcurrencyCommand({ FunctionName })),
  );
  return found && { reserved: found.ReservedConcurrentExecutions };
}

/** Reads a function's resource policy; each version and alias has its own. */
export async function readFunctionPolicy(account: Account, arn: string): Promise<NamedPolicy | undefined> {
  const { region, ...target } = addressOf(arn);
  const found = await account.read(() => account.lambda(region).send(new GetPolicyCommand(target)));
  if (found?.Policy === undefined) return undefined;
  const name = `resource policy of function ${parseArn(arn).resource.replace(/^function:/, '')}`;
  return { name, document: readPolicyDocument(found.Policy, name) };
}

/**
 * Reads who may call the URL of a function, or of one of its aliases.
 * @returns `undefined` if it has no URL
 */
export async function readFunctionUrl(
  account: Account,
  arn: string,
): Promise<'NONE' | 'AWS_IAM' | undefined> {
  const { region, ...target } = addressOf(arn);
  const found = await account.read(() =>
    account.lambda(region).send(new GetFunctionUrlConfigCommand(target)),
  );
  return found?.AuthType;
}

function addressOf(arn: string) {
  const { functionArn, qualifier } = splitFunctionArn(arn);
  return { region: parseArn(arn).region, FunctionName: functionArn, Qualifier: qualifier };
}
