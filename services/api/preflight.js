import { Preflight } from '../preflight.js';

/**
 * Checks the account that the service is deployed to, and the one that the invoke role will trust. This service is deployed
 * first: afterwards it would be too late.
 */
export default class ApiPreflight extends Preflight {
  /**
   * @override
   * @param {string} stage
   * @param {import('../preflight.js').StageSettings} settings
   */
  async checkDeployment(stage, { apiAccountId, callerProfile, callerAccountId, rolePath, roleSuffix }) {
    const ownAccountId = await this.accountId();
    if (apiAccountId !== undefined && ownAccountId !== apiAccountId) {
      throw this.mistake(
        `services/stages.yml: ${stage}.apiAccountId is ${apiAccountId}, but the credentials of this deployment belong to account ${ownAccountId}. Correct apiAccountId, or use credentials of that account: credentials in environment variables (AWS_ACCESS_KEY_ID, AWS_PROFILE) come before apiProfile. Nothing has been deployed.`,
      );
    }
    await this.checkRolePath(stage, `cross-account-api-${stage}-invoke${roleSuffix}`, rolePath);
    // `--aws-profile` takes the place of every profile.
    if (callerProfile === undefined || this.serverless.processedInput.options['aws-profile']) return;
    const accountId = await this.accountId(callerProfile);
    if (accountId !== callerAccountId) {
      throw this.mistake(
        `services/stages.yml: ${stage}.callerAccountId is ${callerAccountId}, but the profile "${callerProfile}" belongs to account ${accountId}. Correct one of them. Nothing has been deployed.`,
      );
    }
  }
}
