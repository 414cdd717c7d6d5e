import { withoutCapital } from '@cross-account-api/command-line/text';
import { parseArn } from '@cross-account-api/iam';
import { type Account, openAccount } from '../aws/account.ts';
import { credentialsOfProfile } from '../aws/credentials.ts';
import { type ChainReader, createPolicyReader } from '../aws/policy-reader.ts';
import { ReadError, type StageCommand } from '../aws/read-error.ts';
import { type OrganizationFacts, organizationReader } from '../aws/read-organization.ts';
import type { Call } from './call.ts';

/** The accounts of a call, open for reading: those of the profiles that were given, or those of a stage. */
export interface OpenCall {
  /** By their IDs. */
  readonly accounts: ReadonlyMap<string, Account>;
  /** The account of the API, if it is open. */
  readonly api?: Account | undefined;
  /** Reads policies, also those of the AWS organizations. */
  readonly reader: ChainReader;
  /** Reads the AWS organization of an account. */
  organization(accountId: string): Promise<OrganizationFacts>;
  /** What names the profile of the API's account, for messages. Default: the option `--api-profile` */
  readonly profileSetting?: string | undefined;
  /** The way to local AWS's APIs under their own host names. Absent: the environment tells the way. */
  readonly localNetwork?: LocalNetwork | undefined;
  close(): void;
}

/** The way to the APIs of local AWS. */
export interface LocalNetwork {
  readonly proxy: string;
  readonly caFile: string;
}

/** The options of {@link openWith}. */
export interface OpenOptions {
  /** The account of the API. */
  readonly api?: Account | undefined;
  /** For error messages. `undefined`: the user named the profiles. */
  readonly stage?: string;
  /** The organization in which an account is taken to be that may not read its own. */
  readonly trustedOrganizationId?: string | undefined;
  readonly localNetwork?: LocalNetwork | undefined;
  /** The setting of the stage that can name the profile of the API's account, if that account may be closed. */
  readonly profileSetting?: string | undefined;
}

/** Makes the readers of a call from its open accounts, which it closes with the call. */
export function openWith(opened: readonly Account[], options: OpenOptions): OpenCall {
  const { api, stage, trustedOrganizationId, localNetwork, profileSetting } = options;
  const accounts = new Map(opened.map((account) => [account.accountId, account]));
  const read = organizationReader(trustedOrganizationId);
  return {
    accounts,
    api,
    localNetwork,
    profileSetting,
    reader: createPolicyReader(accounts, stage, read, profileSetting),
    async organization(accountId) {
      const account = accounts.get(accountId);
      return account === undefined ? { unread: 'everything' } : read(account);
    },
    close() {
      for (const account of opened) account.close();
    },
  };
}

/**
 * Opens the accounts of a call with the profiles that the user names.
 * @param command the command that reads them
 * @throws ReadError if a profile cannot be used, or belongs to another account than the ARNs say
 */
export async function openCall(call: Call, command: StageCommand = 'explain'): Promise<OpenCall> {
  const opened: Account[] = [];
  const open = async (profile: string | undefined, region: string | undefined) => {
    if (profile === undefined) return undefined;
    const existing = opened.find((account) => account.profile === profile && account.sdk.region === region);
    const account =
      existing ?? (await openAccount({ source: credentialsOfProfile(profile), region, command }));
    if (existing === undefined) opened.push(account);
    return account;
  };
  const { api: url, callerArn = '' } = call;
  const apiRegion = url?.kind === 'default' ? url.region : call.region;
  try {
    const caller = await open(call.callerProfile, parseArn(callerArn).region || apiRegion);
    const api = await open(call.apiProfile, apiRegion);
    requireAccount('--caller', parseArn(callerArn).accountId, caller);
    return openWith(opened, { api });
  } catch (error) {
    for (const account of opened) account.close();
    throw error;
  }
}

function requireAccount(option: string, wanted: string, account: Account | undefined): void {
  if (account === undefined || wanted === '' || wanted === account.accountId) return;
  throw new ReadError(
    'NOT_CONFIGURED',
    `${option} is in account ${wanted}, and ${withoutCapital(account.source.subject)} belongs to account ${account.accountId}. Correct one of the two.`,
  );
}
