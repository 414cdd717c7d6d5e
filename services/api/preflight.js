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
   */
  checkPackage(stage) {
    const { custom, functions = {} } = this.serverless.service;
    const served = Object.values(functions).flatMap(({ events = [] }) =>
      events.flatMap(({ http }) => (http === undefined ? [] : `${http.method.toUpperCase()} ${http.path}`)),
    );
    const { callers } = /** @type {import('../preflight.js').StageSettings} */ (custom.settings);
    for (const { name, routes } of callers) {
      const unknown = routes.filter((route) => !served.includes(route));
      if (unknown.length === 0) continue;
      throw this.mistake(
        `services/stages.yml: ${stage}.callers.${name}.routes has ${unknown.join(', ')}, which the API does not serve. Its routes are ${served.join(', ')}. Correct the setting, or add the route to services/api/serverless.yml.`,
      );
    }
  }

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
