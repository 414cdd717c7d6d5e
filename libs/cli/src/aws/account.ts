import { APIGatewayClient } from '@aws-sdk/client-api-gateway';
import { ApiGatewayV2Client } from '@aws-sdk/client-apigatewayv2';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import {
  type Credentials,
  type CredentialsSettings,
  configuredEndpoint,
  credentialsSettings,
} from './credentials.ts';
import { explainCredentials } from './profile-credentials.ts';
import { type FailedCall, isMissing, namingOperations, ReadError, readErrorOf } from './read-error.ts';
import { VERIFY_USER_AGENT } from './user-agent.ts';

/** The options of a connection to one account. */
export interface AccountOptions extends FailedCall {
  /** Absent: the region of the profile. */
  readonly region?: string | undefined;
  /** Local AWS's address. Default: AWS's own */
  readonly endpoint?: string | undefined;
}

/** One account, read with the credentials of one source. */
export interface Account {
  readonly accountId: string;
  readonly source: Credentials;
  /** The profile of the credentials, if they have one. */
  readonly profile: string | undefined;
  /** The address to which the environment or the profile sends all requests, if it is not AWS's own. */
  readonly customEndpoint: string | undefined;
  /** Settings for further clients of the SDK. */
  readonly sdk: CredentialsSettings & {
    readonly region: string;
    readonly endpoint?: string;
    readonly customUserAgent?: string;
  };
  readonly iam: IAMClient;
  /**
   * The client of another service, which is made once and closed with the account.
   * @param key a name for it
   */
  client<Client extends { destroy(): void }>(key: string, make: () => Client): Client;
  lambda(region: string): LambdaClient;
  /** For REST APIs. */
  apiGateway(region: string): APIGatewayClient;
  /** For HTTP APIs. */
  apiGatewayV2(region: string): ApiGatewayV2Client;
  /**
   * Makes a call.
   * @returns `undefined` if AWS says that there is no such resource
   * @throws ReadError for any other error
   */
  read<Result>(call: () => Promise<Result>): Promise<Result | undefined>;
  close(): void;
}

/** The region of a profile. @throws ReadError if it has none */
async function regionOf({ source }: AccountOptions): Promise<string> {
  const sts = new STSClient(credentialsSettings(source));
  try {
    return await sts.config.region();
  } catch (error) {
    throw new ReadError('NOT_CONFIGURED', `${source.subject} has no region. Give --region.`, {
      cause: error,
    });
  } finally {
    sts.destroy();
  }
}

/**
 * Opens an account for reading, and asks AWS to which account the credentials belong.
 * @throws ReadError
 */
export async function openAccount(options: AccountOptions): Promise<Account> {
  const { source } = options;
  const customEndpoint = options.endpoint ?? (await configuredEndpoint(source));
  // Variables for single services stay in force.
  const endpoint = process.env.AWS_ENDPOINT_URL ? options.endpoint : customEndpoint;
  const common = {
    ...credentialsSettings(source),
    maxAttempts: 3,
    ...(endpoint !== undefined && { endpoint }),
    ...(options.command === 'verify' && { customUserAgent: VERIFY_USER_AGENT }),
  };
  const clients = new Map<string, { destroy(): void }>();
  const client = <Client extends { destroy(): void }>(key: string, make: () => Client): Client => {
    const existing = clients.get(key) as Client | undefined;
    const made = existing ?? namingOperations(make());
    clients.set(key, made);
    return made;
  };
  const region = options.region ?? (await regionOf(options));
  const read: Account['read'] = async (call) => {
    try {
      return await call();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw readErrorOf(await explainCredentials(error, source.profile), options);
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
    source,
    profile: source.profile,
    customEndpoint,
    sdk: { ...common, region },
    iam: client('iam', () => new IAMClient({ ...common, region })),
    client,
    lambda: (where) => client(`lambda ${where}`, () => new LambdaClient({ ...common, region: where })),
    apiGateway: (where) =>
      client(`apigateway ${where}`, () => new APIGatewayClient({ ...common, region: where })),
    apiGatewayV2: (where) =>
      client(`apigatewayv2 ${where}`, () => new ApiGatewayV2Client({ ...common, region: where })),
    read,
    close,
  };
}
