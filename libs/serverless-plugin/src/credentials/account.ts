import type { FurtherCaller } from '../settings/callers.ts';
import type { GrantedApi, StageSettings } from '../settings/read.ts';
import type { CredentialsSource } from './find.ts';

/** The account to which a service belongs, and the settings of services/stages.yml that name it and its profile. */
export interface ServiceAccount {
  /** @example 'callers.billing.accountId' */
  readonly setting: string;
  readonly accountId: string;
  /** @example 'callers.billing.profile' */
  readonly profileSetting: string;
  readonly profile: string | undefined;
}

/** Account A. */
export function accountOfApi({ apiAccountId, apiProfile }: StageSettings): ServiceAccount {
  return {
    setting: 'apiAccountId',
    accountId: apiAccountId,
    profileSetting: 'apiProfile',
    profile: apiProfile,
  };
}

/** The account of the caller whose settings these are: `settingsOfService`. */
export function accountOfCaller({
  callerAccountId,
  callerProfile,
  furtherCaller,
}: StageSettings): ServiceAccount {
  if (furtherCaller !== undefined) return accountOfFurther(furtherCaller);
  return {
    setting: 'callerAccountId',
    accountId: callerAccountId,
    profileSetting: 'callerProfile',
    profile: callerProfile,
  };
}

/** The account of a further caller that this project deploys. */
export function accountOfFurther({
  name,
  accountId,
  deployment,
}: Pick<FurtherCaller, 'name' | 'accountId' | 'deployment'>): ServiceAccount {
  return {
    setting: `callers.${name}.accountId`,
    accountId,
    profileSetting: `callers.${name}.profile`,
    profile: deployment?.profile,
  };
}

/** The account of another API, which a profile of its entry may read. */
export function accountOfOther({ name, accountId, profile }: GrantedApi): ServiceAccount {
  return {
    setting: `apis.${name} (the API's account)`,
    accountId,
    profileSetting: `apis.${name}.profile`,
    profile,
  };
}

/** The account of some credentials, and the setting that it must match. */
export interface AccountFacts {
  readonly stage: string;
  /** @example 'callerAccountId' */
  readonly setting: string;
  /** The setting's value. */
  readonly expected: string;
  readonly actual: string | undefined;
  /** The subject of a sentence in the singular, such as `The profile "dev"`. */
  readonly subject: string;
}

/** @returns a sentence, if the account is not the one of the settings */
export function accountMistake(facts: AccountFacts): string | undefined {
  const { stage, setting, expected, actual, subject } = facts;
  if (expected === actual) return undefined;
  return `services/stages.yml: ${stage}.${setting} is ${expected}, but ${withoutCapital(subject)} belongs to account ${actual}.`;
}

/** The remedy for credentials of the wrong account: the setting to correct, or what to do about what led to the credentials. */
export function accountRemedy(
  stage: string,
  { setting, accountId, profileSetting, profile }: ServiceAccount,
  source: CredentialsSource,
): string {
  const owner = `a profile of account ${accountId}`;
  switch (source.from) {
    case 'option':
      return profile === undefined
        ? `Name ${owner} with --aws-profile, or correct ${setting}.`
        : `Leave out --aws-profile: then the profile "${profile}" of ${stage}.${profileSetting} counts. Or correct ${setting}.`;
    case 'stage':
      return `Set ${stage}.${profileSetting} to ${owner}, or correct ${setting}.`;
    case 'shell':
      return source.insteadOf === undefined
        ? `Set ${stage}.${profileSetting} to ${owner}: it comes before the shell. Or correct ${setting}.`
        : `AWS's files have no credentials for ${stage}.${profileSetting}, "${source.insteadOf}", so the shell's were taken. Set that profile up (aws configure --profile ${source.insteadOf}), or run the command in a shell with credentials of account ${accountId}.`;
  }
}

/** The notice that the shell's credentials are taken in place of the stage's profile. `undefined` if they are not. */
export function shellNotice(
  stage: string,
  { profileSetting }: ServiceAccount,
  { insteadOf, subject }: CredentialsSource,
  accountId: string | undefined,
): string | undefined {
  if (insteadOf === undefined) return undefined;
  return `AWS's files have no credentials for ${stage}.${profileSetting}, "${insteadOf}". ${subject} is used: it belongs to account ${accountId}, as the stage demands.`;
}

/** The subject of a sentence, for the middle of one. */
export function withoutCapital(subject: string): string {
  return subject.charAt(0).toLowerCase() + subject.slice(1);
}
