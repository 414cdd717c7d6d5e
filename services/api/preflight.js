import { accountMistake } from '../account-mistakes.js';
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
    const own = accountMistake({
      ...{ stage, setting: 'apiAccountId', expected: apiAccountId },
      actual: await this.accountId(),
      who: 'the credentials of this deployment belong',
    });
    if (own !== undefined) {
      throw this.mistake(
        `${own} Correct apiAccountId, or use credentials of that account: credentials in environment variables (AWS_ACCESS_KEY_ID, AWS_PROFILE) come before apiProfile. Nothing has been deployed.`,
      );
    }
    await this.checkRolePath(stage, `cross-account-api-${stage}-invoke${roleSuffix}`, rolePath);
    // `--aws-profile` takes the place of every profile.
    if (callerProfile === undefined || this.serverless.processedInput.options['aws-profile']) return;
    const callers = accountMistake({
      ...{ stage, setting: 'callerAccountId', expected: callerAccountId },
      actual: await this.accountId(callerProfile),
      who: `the profile "${callerProfile}" belongs`,
    });
    if (callers !== undefined)
      throw this.mistake(`${callers} Correct one of them. Nothing has been deployed.`);
  }
}
