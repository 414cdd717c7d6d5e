import { accountMistake } from '../account-mistakes.js';
import { UNKNOWN_OUTPUT } from '../api-outputs.js';
import { Preflight } from '../preflight.js';

/** Checks that the caller's function is deployed to the account that the API admits, and knows the API. */
export default class CallerPreflight extends Preflight {
  /**
   * @override
   * @param {string} stage
   */
  checkPackage(stage) {
    const { apiUrl, apiArn, invokeRoleArn, settings } = this.serverless.service.custom;
    const { accessMode, accessModes } = /** @type {import('../preflight.js').StageSettings} */ (settings);
    const { STAGE_REGION } = process.env;
    const npx = STAGE_REGION ? `STAGE_REGION=${STAGE_REGION} npx` : 'npx';
    const isKnown = {
      'assume-role': invokeRoleArn !== UNKNOWN_OUTPUT,
      'resource-policy': apiArn !== UNKNOWN_OUTPUT,
    };
    if (apiUrl !== UNKNOWN_OUTPUT) {
      const unknown = accessModes.find((mode) => !isKnown[mode]);
      if (unknown === undefined) return;
      throw this.mistake(
        `services/stages.yml: ${stage}.accessMode is ${accessMode}, and the api service has not been deployed with it. Deploy both services: ${npx} sls deploy --stage ${stage}.`,
      );
    }
    throw this.mistake(
      `The caller service needs the API's URL, and this folder has no note of it. If the api service is deployed, run first: ${npx} sls api:info --stage ${stage}. If it is not: ${npx} sls deploy --stage ${stage}.`,
    );
  }

  /**
   * @override
   * @param {string} stage
   * @param {import('../preflight.js').StageSettings} settings
   */
  async checkDeployment(stage, { callerAccountId, callerRoleName, rolePath }) {
    const own = accountMistake({
      ...{ stage, setting: 'callerAccountId', expected: callerAccountId },
      actual: await this.accountId(),
      who: 'the credentials of this deployment belong',
    });
    if (own !== undefined) {
      throw this.mistake(
        `${own} Correct callerAccountId, or use credentials of that account: credentials in environment variables (AWS_ACCESS_KEY_ID, AWS_PROFILE) come before callerProfile.`,
      );
    }
    await this.checkRolePath(stage, callerRoleName, rolePath);
  }
}
