import { Preflight } from '../preflight.js';

/**
 * Checks the account that the invoke role will trust. This service is deployed first: afterwards it would be too late.
 */
export default class ApiPreflight extends Preflight {
  /**
   * @override
   * @param {string} stage
   * @param {import('../preflight.js').StageSettings} settings
   */
  async checkDeployment(stage, { callerProfile, callerAccountId }) {
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
