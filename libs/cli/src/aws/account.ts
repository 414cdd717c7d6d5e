import { APIGatewayClient } from '@aws-sdk/client-api-gateway';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { explainAwsError, type FailedCall, isMissing } from './explain-error.ts';

/** Where and as whom to call AWS. */
export interface AccountOptions extends FailedCall {
  readonly region: string;
  /** Local AWS's address. Default: AWS's own */
  readonly endpoint?: string | undefined;
}

/** One account, read through one profile. */
export interface Account {
  readonly accountId: string;
  readonly profile: string;
  /** Settings for further clients of the SDK. */
  readonly sdk: Readonly<Record<'profile' | 'region', string>> & { readonly endpoint?: string };
  readonly iam: IAMClient;
  readonly cloudFormation: CloudFormationClient;
  lambda(region: string): LambdaClient;
  apiGateway(region: string): APIGatewayClient;
  /**
   * Makes a call.
   * @returns `undefined` if AWS says that there is no such resource
   * @throws ExplainError for any other error
   */
  read<Result>(call: () => Promise<Result>): Promise<Result | undefined>;
  close(): void;
}

/**
 * Opens an account for reading, and asks AWS to which account the profile's credentials belong.
 * @throws ExplainError
 */
export async function openAccount(options: AccountOptions): Promise<Account> {
  const { profile, endpoint } = options;
  const common = { profile, maxAttempts: 3, ...(endpoint !== undefined && { endpoint }) };
  const clients = new Map<string, { destroy(): void }>();
  const client = <Client extends { destroy(): void }>(key: string, make: () => Client): Client => {
    const existing = clients.get(key) as Client | undefined;
    const made = existing ?? make();
    clients.set(key, made);
    return made;
  };
  const { region } = options;
  const read: Account['read'] = async (call) => {
    try {
      return await call();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw explainAwsError(error, options);
    }
  };
  const close = () => {
    for (const each of clients.values()) each.destroy();
  };
  const sts = client('sts', () => new STSClient({ ...common, region }));
  const identity = await read(() => sts.send(new GetCallerIdentityCommand({}))).catch((error: unknown) => {
    close();
    throw error;
  });
  return {
    accountId: identity?.Account ?? '',
    profile,
    sdk: { ...common, region },
    iam: client('iam', () => new IAMClient({ ...common, region })),
    cloudFormation: client('cloudformation', () => new CloudFormationClient({ ...common, region })),
    lambda: (where) => client(`lambda ${where}`, () => new LambdaClient({ ...common, region: where })),
    apiGateway: (where) =>
      client(`apigateway ${where}`, () => new APIGatewayClient({ ...common, region: where })),
    read,
    close,
  };
}
