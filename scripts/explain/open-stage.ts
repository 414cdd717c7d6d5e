import {
  pointSdkToLocalAws,
  type RunningInstance,
  readStateDirectory,
  type StateFiles,
  whyNotRealAws,
} from '@cross-account-api/local-aws/state-directory';
import { readStageSettings, SettingsError } from '../../services/stage-settings.js';
import { type Account, openAccount } from './account.ts';
import { ExplainError, type StageCommand } from './explain-error.ts';
import { type OrganizationFacts, organizationReader } from './read-organization.ts';

/** The two accounts of a stage, open for reading. */
export interface OpenStage {
  readonly stage: string;
  readonly region: string;
  /** Account A, which has the API. */
  readonly api: Account;
  /** Account B, which calls it. */
  readonly caller: Account;
  readonly accounts: ReadonlyMap<string, Account>;
  /** Whether it is the real AWS. */
  readonly real: boolean;
  /** How programs reach local AWS's APIs under their own host names; absent for the real AWS. */
  readonly localNetwork?: { readonly proxy: string; readonly caFile: string } | undefined;
  /** The AWS organization of local AWS, if it has one. Its policies cannot be read. */
  readonly organizationId?: string | undefined;
  /** Reads the AWS organization of one of the accounts. */
  organization(account: Account): Promise<OrganizationFacts>;
  /** The AWS organization whose accounts alone the invoke role trusts, if the stage's settings name one. */
  readonly trustedOrganizationId?: string | undefined;
  /** The callers that this repository does not deploy. */
  readonly furtherCallers: ReturnType<typeof readStageSettings>['callers'];
  close(): void;
}

/** Environment variables that decide which AWS the SDK talks to. */
const awsVariables =
  /^AWS_(ENDPOINT_URL.*|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|ROLE_ARN|WEB_IDENTITY_TOKEN_FILE|CONTAINER_.*)$/;

/**
 * Opens a stage: `local` at the local AWS that runs below `localAwsRoot`, any other at the real AWS, with the profiles
 * of services/stages.yml.
 * @param environment the process's own, which the AWS SDK reads; for stage `local` it is pointed at local AWS
 * @throws ExplainError
 */
export async function openStage(
  stage: string,
  localAwsRoot: string,
  environment: NodeJS.ProcessEnv,
  command: StageCommand = 'explain',
): Promise<OpenStage> {
  const local = await enterAws(stage, localAwsRoot, environment);
  const settings = stageSettings(stage, command);
  const { region, apiProfile, callerProfile, callerAccountId } = settings;
  const options = { stage, command, region, endpoint: local?.instance.url };
  const api = await openAccount({ ...options, profile: apiProfile });
  const caller = await openAccount({ ...options, profile: callerProfile }).catch((error: unknown) => {
    api.close();
    throw error;
  });
  const close = () => {
    api.close();
    caller.close();
  };
  if (caller.accountId !== callerAccountId) {
    close();
    throw new ExplainError(
      'NOT_CONFIGURED',
      `services/stages.yml: ${stage}.callerAccountId is ${callerAccountId}, and the profile "${callerProfile}" belongs to account ${caller.accountId}. Correct one of the two.`,
    );
  }
  const accounts = new Map([api, caller].map((account) => [account.accountId, account]));
  return {
    ...{ stage, region, api, caller, accounts, close },
    real: stage !== 'local',
    localNetwork: local && { proxy: local.instance.url, caFile: local.files.ca },
    organization: organizationReader(settings.organizationId),
    organizationId: local?.instance.organizationId,
    trustedOrganizationId: settings.organizationId,
    furtherCallers: settings.callers,
  };
}

function stageSettings(stage: string, command: StageCommand) {
  try {
    const { apiProfile, callerProfile, ...others } = readStageSettings(stage);
    if (apiProfile === undefined || callerProfile === undefined) {
      throw new SettingsError(
        `services/stages.yml: npm run ${command} reads both accounts. Give the stage "${stage}" an apiProfile and a callerProfile.`,
      );
    }
    return { ...others, apiProfile, callerProfile };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new ExplainError('NOT_CONFIGURED', error.message, { cause: error });
  }
}

/**
 * Makes sure that the SDK reaches the AWS of a stage: `local` the local AWS that runs below `root` and nothing else, any other
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
