import {
  pointSdkToLocalAws,
  type RunningInstance,
  readStateDirectory,
  type StateFiles,
  whyNotRealAws,
} from '@cross-account-api/local-aws/state-directory';
import {
  accountMistake,
  accountOfApi,
  accountOfCaller,
  accountRemedy,
  type ServiceAccount,
  SettingsError,
  type StageSettings,
  shellNotice,
} from '@cross-account-api/serverless-plugin';
import { type Account, type AccountOptions, openAccount } from '../aws/account.ts';
import { ExplainError, type StageCommand } from '../aws/explain-error.ts';
import { type OrganizationFacts, organizationReader } from '../aws/read-organization.ts';
import { readStage } from '../project/stage-settings.ts';
import { credentialsOfStage } from './credentials-of-stage.ts';

/** Account A of a stage, the account of the API, open for reading. */
export interface OpenApi {
  readonly stage: string;
  readonly region: string;
  readonly api: Account;
  /** The open accounts, by their IDs. */
  readonly accounts: ReadonlyMap<string, Account>;
  /** Whether it is the real AWS. */
  readonly real: boolean;
  /** The way to local AWS's APIs under their own host names; absent for the real AWS. */
  readonly localNetwork?: { readonly proxy: string; readonly caFile: string } | undefined;
  /** The AWS organization of local AWS, if it has one. Its policies cannot be read. */
  readonly organizationId?: string | undefined;
  /** Reads the AWS organization of one of the accounts. */
  organization(account: Account): Promise<OrganizationFacts>;
  readonly settings: StageSettings;
  close(): void;
}

/** The two accounts of a stage, open for reading. */
export interface OpenStage extends OpenApi {
  /** Account B, which calls the API. */
  readonly caller: Account;
}

/** Environment variables that decide which AWS the SDK talks to. */
const awsVariables =
  /^AWS_(ENDPOINT_URL.*|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|ROLE_ARN|WEB_IDENTITY_TOKEN_FILE|CONTAINER_.*)$/;

/**
 * Opens both accounts of a stage: `local` at the local AWS that runs below `localAwsRoot`, any other at the real AWS, with
 * the profiles of services/stages.yml.
 * @param environment the process's own, which the AWS SDK reads; for stage `local` it is pointed at local AWS
 * @throws ExplainError
 */
export async function openStage(
  stage: string,
  localAwsRoot: string,
  environment: NodeJS.ProcessEnv,
  command: StageCommand = 'explain',
): Promise<OpenStage> {
  const open = await openApi(stage, localAwsRoot, environment, command);
  const { api, settings } = open;
  try {
    const { region } = open;
    const { endpoint } = api.sdk;
    const caller = await openOwn(accountOfCaller(settings), { stage, command, region, endpoint });
    const close = () => {
      api.close();
      caller.close();
    };
    const accounts = new Map([api, caller].map((account) => [account.accountId, account]));
    return { ...open, caller, accounts, close };
  } catch (error) {
    api.close();
    throw error;
  }
}

/**
 * Opens account A of a stage, as {@link openStage} does.
 * @throws ExplainError
 */
export async function openApi(
  stage: string,
  localAwsRoot: string,
  environment: NodeJS.ProcessEnv,
  command: StageCommand,
): Promise<OpenApi> {
  const local = await enterAws(stage, localAwsRoot, environment);
  const settings = readSettings(stage);
  const { region } = settings;
  const endpoint = local?.instance.url;
  const api = await openOwn(accountOfApi(settings), { stage, command, region, endpoint });
  return {
    stage,
    region,
    api,
    settings,
    accounts: new Map([[api.accountId, api]]),
    real: stage !== 'local',
    localNetwork: local && { proxy: local.instance.url, caFile: local.files.ca },
    organization: organizationReader(settings.organizationId),
    organizationId: local?.instance.organizationId,
    close: () => api.close(),
  };
}

function readSettings(stage: string): StageSettings {
  try {
    return readStage(stage);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new ExplainError('NOT_CONFIGURED', error.message, { cause: error });
  }
}

/**
 * Opens the account of a service, with the credentials that osls would use for it.
 * @throws ExplainError if they are of another account
 */
async function openOwn(
  account: ServiceAccount,
  options: Pick<AccountOptions, 'command' | 'region' | 'endpoint'> & { readonly stage: string },
): Promise<Account> {
  const { stage } = options;
  const source = await credentialsOfStage(stage, account.profile);
  const opened = await openAccount({ ...options, source });
  const { setting, accountId: expected } = account;
  const { accountId: actual } = opened;
  const mistake = accountMistake({ stage, setting, expected, actual, subject: source.subject });
  if (mistake !== undefined) {
    opened.close();
    throw new ExplainError('NOT_CONFIGURED', `${mistake} ${accountRemedy(stage, account, source)}`);
  }
  const notice = shellNotice(stage, account, source, actual);
  if (notice !== undefined) process.stderr.write(`${notice}\n`);
  return opened;
}

/**
 * Makes sure that the SDK reaches the AWS of a stage: for `local` only the local AWS that runs below `root`, for any other
 * the real AWS.
 * @param environment the process's own, which the AWS SDK reads
 * @returns the local AWS, for stage `local`
 * @throws ExplainError
 */
export async function enterAws(
  stage: string,
  root: string,
  environment: NodeJS.ProcessEnv,
): Promise<{ readonly instance: RunningInstance; readonly files: StateFiles } | undefined> {
  if (stage !== 'local') {
    const problem = whyNotRealAws(stage, environment);
    if (problem !== undefined) throw new ExplainError('WRONG_AWS', problem);
    return undefined;
  }
  const reading = await readStateDirectory(root);
  if (!reading.running) throw new ExplainError('NO_LOCAL_AWS', `${reading.message} ${reading.remedy}`);
  const { instance, files } = reading;
  for (const name of Object.keys(environment)) if (awsVariables.test(name)) delete environment[name];
  pointSdkToLocalAws(environment, { ...instance, files });
  return { instance, files };
}
