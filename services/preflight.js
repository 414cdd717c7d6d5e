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
 *   service: { custom: Record<string, unknown> },
 *   classes: { Error: new (message: string, code: string) => Error },
 *   getProvider(name: 'aws'): {
 *     getStage(): string,
 *     getAwsSdkV3Config(options?: { profile?: string }): Promise<import('@aws-sdk/client-sts').STSClientConfig>,
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
    try {
      const config = await this.serverless
        .getProvider('aws')
        .getAwsSdkV3Config(profile === undefined ? {} : { profile });
      const sts = new STSClient(config);
      const { Account } = await sts.send(new GetCallerIdentityCommand({}));
      sts.destroy();
      return Account;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw this.mistake(
        profile === undefined
          ? `The credentials of this deployment are not valid: ${reason}`
          : `The profile "${profile}" of services/stages.yml has no valid credentials: ${reason} Sign in (aws sso login --profile ${profile}), or name another profile.`,
      );
    }
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
