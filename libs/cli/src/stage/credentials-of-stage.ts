import { type CredentialsSource, findCredentialsHere } from '@cross-account-api/serverless-plugin';

/** The credentials with which osls would deploy a service with this profile to a stage. */
export function credentialsOfStage(
  stage: string,
  stageProfile: string | undefined,
): Promise<CredentialsSource> {
  return findCredentialsHere({ stage, stageProfile });
}
