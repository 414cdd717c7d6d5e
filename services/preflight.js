import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { readStageSettings, SettingsError } from './stage-settings.js';

/**
 * What the checks use of the framework's instance.
 * @typedef {{
 *   processedInput: {
 *     commands: readonly string[],
 *     options: { readonly region?: string | null, readonly 'aws-profile'?: string | null },
 *     isHelpRequest: boolean,
 *   },
 *   service: {
 *     custom: Record<string, unknown>,
 *     functions?: Record<string, { events?: { http?: { method: string, path: string } }[] }>,
 *   },
 *   classes: { Error: new (message: string, code: string) => Error },
 *   getProvider(name: 'aws'): {
 *     getStage(): string,
 *     getAwsSdkV3Config(options?: { profile?: string }): Promise<object>,
 *   },
 * }} Serverless
 * @typedef {ReturnType<typeof readStageSettings>} StageSettings
 */

/**
 * A plugin that stops a command with a mistake in it before it does anything. Each service has a subclass, which knows what
 * else to check before a deployment.
 */
export class Preflight {
  /** @param {Serverless} serverless */
  constructor(serverless) {
    this.serverless = serverless;
    const { commands, options, isHelpRequest } = serverless.processedInput;
    if (isHelpRequest) return;
    const command = commands.join(' ');
    const stage = serverless.getProvider('aws').getStage();
    const settings = this.#read(stage, options.region);
    if (command === 'invoke local') {
      throw this.mistake(
        `"sls invoke local" would run the function as you: neither the caller's role nor API Gateway is there. Invoke what is deployed, from the root: npx sls caller:invoke -f caller --stage ${stage}. Without an AWS account: npm start, and --stage local.`,
      );
    }
    this.hooks = {
      // The first hook of every command. Now the plugin of local AWS has set up the environment.
      initialize: async () => {
        if (['package', 'deploy', 'deploy function'].includes(command)) this.checkPackage(stage);
        if (['deploy', 'deploy function'].includes(command)) await this.checkDeployment(stage, settings);
      },
    };
  }

  /**
   * Before something is packaged. Asks nobody.
   * @param {string} _stage
   */
  checkPackage(_stage) {}

  /**
   * Before something is deployed.
   * @param {string} _stage
   * @param {StageSettings} _settings
   */
  async checkDeployment(_stage, _settings) {}

  /**
   * Asks STS whose credentials they are.
   * @param {string} [profile] by default the credentials that the service is deployed with
   * @returns {Promise<string | undefined>} an account's ID
   * @throws the framework's error, if they are not valid
   */
  async accountId(profile) {
    let region;
    try {
      const config = await this.serverless
        .getProvider('aws')
        .getAwsSdkV3Config(profile === undefined ? {} : { profile });
      const sts = new STSClient(config);
      region = await sts.config.region();
      const { Account } = await sts.send(new GetCallerIdentityCommand({}));
      sts.destroy();
      return Account;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (
        error instanceof Error &&
        'code' in error &&
        ['ENOTFOUND', 'EAI_AGAIN'].includes(String(error.code))
      ) {
        throw this.mistake(
          `STS has no address in the region "${region}" (${reason}). If AWS has no such region, correct it in services/stages.yml, in STAGE_REGION or in --region; otherwise check this machine's network.`,
        );
      }
      throw this.mistake(
        profile === undefined
          ? `The credentials of this deployment are not valid: ${reason}`
          : `The profile "${profile}" of services/stages.yml has no valid credentials: ${reason} Sign in (aws sso login --profile ${profile}), or name another profile.`,
      );
    }
  }

  /**
   * Stops a deployment that would move a role to another path. To CloudFormation that is a new role, and it refuses to make
   * one under a name that is taken.
   * @param {string} stage
   * @param {string} roleName
   * @param {string} rolePath the stage's setting
   */
  async checkRolePath(stage, roleName, rolePath) {
    // Only here, as most commands do without.
    const { GetRoleCommand, IAMClient } = await import('@aws-sdk/client-iam');
    const iam = new IAMClient(await this.serverless.getProvider('aws').getAwsSdkV3Config());
    const path = await iam.send(new GetRoleCommand({ RoleName: roleName })).then(
      ({ Role }) => Role?.Path,
      // There is no such role yet, or these credentials may not look: CloudFormation has the last word.
      () => undefined,
    );
    iam.destroy();
    if (path === undefined || path === rolePath) return;
    throw this.mistake(
      `services/stages.yml: ${stage}.rolePath is ${rolePath}, but the role ${roleName} has the path ${path}. AWS cannot move a role to another path. Set rolePath to ${path}; or remove the stage and deploy it again: npx sls remove --stage ${stage}. Nothing has been deployed.`,
    );
  }

  /**
   * @param {string} message
   * @returns an error that the framework prints as it is, without a stack
   */
  mistake(message) {
    return new this.serverless.classes.Error(message, 'PREFLIGHT');
  }

  /**
   * @param {string} stage
   * @param {string | null} [region]
   */
  #read(stage, region) {
    try {
      return readStageSettings(stage, region);
    } catch (error) {
      throw error instanceof SettingsError ? this.mistake(error.message) : error;
    }
  }
}
