import { join } from 'node:path';
import {
  pointSdkToLocalAws,
  type RunningInstance,
  readStateDirectory,
  type StateFiles,
  startedWithout,
  whyNotRealAws,
} from '@cross-account-api/local-aws/state-directory';
import {
  accountMistake,
  accountOfApi,
  accountOfCaller,
  accountOfFurther,
  accountOfOther,
  accountRemedy,
  type FurtherCaller,
  type GrantedApi,
  readServices,
  type ServiceAccount,
  SettingsError,
  type StageSettings,
  settingsOfService,
  shellNotice,
} from '@cross-account-api/serverless-plugin';
import { type Account, type AccountOptions, openAccount } from '../aws/account.ts';
import { ReadError, type StageCommand } from '../aws/read-error.ts';
import { type OpenCall, openWith } from '../call/open-call.ts';
import { projectRoot } from '../project/project.ts';
import { readStage } from '../project/stage-settings.ts';
import { callerFunction, type ProjectCaller } from './caller-function.ts';
import { credentialsOfStage } from './credentials-of-stage.ts';

/** The account of the API of a stage, open for reading. */
export interface OpenApi extends OpenCall {
  readonly stage: string;
  readonly region: string;
  readonly api: Account;
  /** Whether it is the real AWS. */
  readonly real: boolean;
  readonly settings: StageSettings;
}

/** The account of the caller of a stage, open for reading. */
export type OpenCaller = Omit<OpenStage, 'api' | 'openOther' | 'openFurther'>;

/** The two accounts of a stage, open for reading. */
export interface OpenStage extends OpenApi {
  /** The account of the caller. */
  readonly caller: Account;
  /**
   * Opens what a call of another API is read from: the caller's account and, if one of the stage's profiles or the entry's belongs to
   * it, the API's. It is closed with the stage.
   * @throws ReadError if the entry's profile is of another account
   */
  openOther(api: GrantedApi): Promise<OpenCall>;
  /**
   * Opens what the call of a further caller is read from: the accounts of the stage and, if this project deploys the caller with a
   * profile, the caller's. It is closed with the stage.
   * @throws ReadError if the profile is of another account
   */
  openFurther(caller: FurtherCaller): Promise<OpenCall>;
}

/**
 * Opens both accounts of a stage: `local` at the local AWS that runs below `localAwsRoot`, any other at the real AWS, with
 * the profiles of services/stages.yml.
 * @param environment the process's own, which the AWS SDK reads; for stage `local` it is pointed at local AWS
 * @throws ReadError
 */
export async function openStage(
  stage: string,
  localAwsRoot: string,
  environment: NodeJS.ProcessEnv,
  command: StageCommand = 'explain',
): Promise<OpenStage> {
  const { settings, options, open } = await enterStage(stage, localAwsRoot, environment, command);
  const api = await open(accountOfApi(settings));
  try {
    const caller = await open(accountOfCaller(settings));
    const opened = openWith([api, caller], { ...options, api });
    const others: Account[] = [];
    return {
      ...options,
      ...opened,
      api,
      caller,
      async openOther(other) {
        const { accountId, profile } = other;
        let account = opened.accounts.get(accountId);
        if (account === undefined && profile !== undefined) {
          account = await open(accountOfOther(other));
          others.push(account);
        }
        const accounts = account === undefined || account === caller ? [caller] : [caller, account];
        const profileSetting = `${stage}.apis.${other.name}.profile in services/stages.yml`;
        return openWith(accounts, { ...options, api: account, profileSetting });
      },
      async openFurther(further) {
        const { accountId, profile } = accountOfFurther(further);
        if (opened.accounts.has(accountId) || profile === undefined) return opened;
        const account = await open(accountOfFurther(further));
        others.push(account);
        return openWith([api, caller, account], { ...options, api });
      },
      close() {
        opened.close();
        for (const account of others) account.close();
      },
    };
  } catch (error) {
    api.close();
    throw error;
  }
}

/**
 * Opens the account of the API of a stage, as {@link openStage} does.
 * @throws ReadError
 */
export async function openApi(
  stage: string,
  localAwsRoot: string,
  environment: NodeJS.ProcessEnv,
  command: StageCommand,
): Promise<OpenApi> {
  const { settings, options, open } = await enterStage(stage, localAwsRoot, environment, command);
  const api = await open(accountOfApi(settings));
  return { ...options, ...openWith([api], { ...options, api }), api };
}

/**
 * Opens the account of a caller that this project deploys, as {@link openStage} does.
 * @param name as the option `--caller` has it. Default: the first caller
 * @throws ReadError
 */
export async function openCaller(
  stage: string,
  localAwsRoot: string,
  environment: NodeJS.ProcessEnv,
  command: StageCommand,
  name?: string,
): Promise<OpenCaller & { readonly callerFunction: ProjectCaller }> {
  const { settings, options, open } = await enterStage(stage, localAwsRoot, environment, command);
  const root = projectRoot();
  const services = readServices(root);
  const found = callerFunction(stage, settings, name, services);
  const serviceDir = join(root, found.service.folder);
  const ofService = settingsOfService(settings, { stage, root, serviceDir, services });
  const caller = await open(accountOfCaller(ofService));
  return { ...options, ...openWith([caller], options), caller, callerFunction: found };
}

/** Makes sure that the SDK reaches the AWS of a stage, and reads its settings. */
async function enterStage(
  stage: string,
  localAwsRoot: string,
  environment: NodeJS.ProcessEnv,
  command: StageCommand,
) {
  const local = await enterAws(stage, localAwsRoot, environment);
  const settings = readSettings(stage);
  const { region, organizationId: trustedOrganizationId } = settings;
  const endpoint = local?.instance.url;
  const localNetwork = local && { proxy: local.instance.url, caFile: local.files.ca };
  return {
    settings,
    options: { stage, region, settings, trustedOrganizationId, localNetwork, real: local === undefined },
    open: (account: ServiceAccount) => {
      requireAccount(local?.instance, account);
      return openOwn(account, { stage, command, region, endpoint });
    },
  };
}

/** @throws ReadError if local AWS was started without an account */
function requireAccount(instance: RunningInstance | undefined, { accountId }: ServiceAccount): void {
  if (instance === undefined || instance.accounts.some((each) => each.accountId === accountId)) return;
  throw new ReadError('NOT_CONFIGURED', startedWithout(accountId));
}

function readSettings(stage: string): StageSettings {
  try {
    return readStage(stage);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new ReadError('NOT_CONFIGURED', error.message, { cause: error });
  }
}

/**
 * Opens the account of a service, with the credentials that osls would use for it.
 * @throws ReadError if they are of another account
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
    throw new ReadError('NOT_CONFIGURED', `${mistake} ${accountRemedy(stage, account, source)}`);
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
 * @throws ReadError
 */
export async function enterAws(
  stage: string,
  root: string,
  environment: NodeJS.ProcessEnv,
): Promise<{ readonly instance: RunningInstance; readonly files: StateFiles } | undefined> {
  if (stage !== 'local') {
    const problem = whyNotRealAws(stage, environment);
    if (problem !== undefined) throw new ReadError('WRONG_AWS', problem);
    return undefined;
  }
  const reading = await readStateDirectory(root);
  if (!reading.running) throw new ReadError('NO_LOCAL_AWS', `${reading.message} ${reading.remedy}`);
  const { instance, files } = reading;
  pointSdkToLocalAws(environment, { ...instance, files });
  return { instance, files };
}
