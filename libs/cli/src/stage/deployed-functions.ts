import { paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import type { Account } from '../aws/account.ts';
import { cloudFormationOf } from '../aws/cloud-formation.ts';

/** A function of a deployed service. */
export interface DeployedFunction {
  /** Its name in Lambda. @example 'cross-account-api-local-whoami' */
  readonly name: string;
  /** The module of its handler in the zip file, without extension. @example 'src/whoami' */
  readonly module: string;
}

/**
 * Reads the functions of a service's stack that have a handler in JavaScript.
 * @param stack the stack's name
 * @returns an empty list if the stack does not exist
 * @throws ReadError if AWS refuses the calls
 */
export async function readDeployedFunctions(
  account: Pick<Account, 'client' | 'sdk' | 'lambda' | 'read'>,
  stack: string,
  region: string,
): Promise<readonly DeployedFunction[]> {
  const { lambda, read } = account;
  const client = cloudFormationOf(account);
  const names: string[] = [];
  await read(async () => {
    for await (const page of paginateListStackResources({ client }, { StackName: stack })) {
      for (const { ResourceType, PhysicalResourceId } of page.StackResourceSummaries ?? []) {
        if (ResourceType === 'AWS::Lambda::Function' && PhysicalResourceId) names.push(PhysicalResourceId);
      }
    }
  });
  const functions: DeployedFunction[] = [];
  for (const name of names) {
    const command = new GetFunctionConfigurationCommand({ FunctionName: name });
    const { Handler = '' } = (await read(() => lambda(region).send(command))) ?? {};
    const module = Handler.replace(/\.[^./]+$/, '');
    if (module !== Handler) functions.push({ name, module });
  }
  return functions;
}
