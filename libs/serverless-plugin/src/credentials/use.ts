import { parseKnownFiles } from '@smithy/core/config';
import { type CredentialsFacts, type CredentialsSource, findCredentials, stagePrefix } from './find.ts';

/** Decides as {@link findCredentials} does, with the process's environment and AWS's files. */
export async function findCredentialsHere(
  of: Pick<CredentialsFacts, 'stage' | 'stageProfile' | 'optionProfile'>,
): Promise<CredentialsSource> {
  return findCredentials({ ...of, environment: process.env, profiles: await parseKnownFiles({}) });
}

/**
 * Lets osls use the credentials. It takes them from the shell before it reads the profile of serverless.yml.
 *
 * Two variables are needed. `AWS_<STAGE>_PROFILE` comes before all other variables; osls does not document it, so a new version of osls
 * may ignore it: then the check of the account refuses the command. `AWS_PROFILE`, which it documents, has the profile from whose section
 * clients take `endpoint_url`. The option `aws-profile`, set here, would also count for clients that name another profile.
 * @param environment is changed
 */
export function useCredentials(
  { from, profile }: CredentialsSource,
  stage: string,
  environment: NodeJS.ProcessEnv,
): void {
  if (from !== 'stage') return;
  environment[`${stagePrefix(stage)}_PROFILE`] = profile;
  environment.AWS_PROFILE = profile;
}
