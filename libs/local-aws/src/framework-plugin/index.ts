import type { SigningKeys } from '../authentication/sign-request.ts';
import { errorMessage } from '../core/errors.ts';
import { isObject } from '../core/is-object.ts';
import { accountOfProfile } from '../core/local-account.ts';
import {
  findRoot,
  INSTANCE_VARIABLE,
  pointSdkToLocalAws,
  ROOT_VARIABLE,
  type RunningInstance,
  readStateDirectory,
  startedWithout,
  whyNotRealAws,
} from '../state-directory/index.ts';

interface Serverless {
  readonly serviceDir: string;
  readonly processedInput: { readonly commands: readonly string[] };
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
  readonly pluginManager: { readonly plugins: readonly StackPlugin[] };
  readonly service: {
    readonly provider: { profile?: string };
    readonly functions?: Readonly<Record<string, { readonly handler?: string }>>;
  };
  getProvider(name: 'aws'): Provider;
}

interface Provider {
  getStage(): string;
  getRegion(): string;
  /** Options for a client of AWS SDK v3, with the credentials of the service. The framework's own clients are made with them, too. */
  getAwsSdkV3Config(...options: unknown[]): Promise<ClientOptions>;
}

interface ClientOptions {
  readonly credentials?: SigningKeys | (() => Promise<SigningKeys>);
}

interface Utilities {
  readonly log: { notice(message: string): void };
}

/** A plugin of the framework. One of them waits for stacks. */
interface StackPlugin {
  monitorStack?: (...parameters: unknown[]) => Promise<unknown>;
}

/** Commands that only need the service's files. */
const offlineCommands = new Set(['package', 'print', 'plugin', 'help']);

/** Environment variables that could send requests to another AWS or proxy, or with other credentials. */
const awsVariables = /^(AWS_.*|(https?_)?proxy|(https_)?ca(file)?)$/i;

/** Nothing listens there. */
const closedEndpoint = 'http://127.0.0.1:9';

/**
 * The Serverless Framework plugin that points stage `local`, and no other stage, at the running local AWS.
 * For `local`, it first removes credentials, profiles, endpoints and proxies from the environment: no command can reach the real AWS.
 * For any other stage, an environment that points at local AWS is an error.
 * It looks for the state directory `.local-aws` in the folder that `LOCAL_AWS_ROOT` names, or else in the service's folder and its
 * parents. If `provider.profile` names a profile of local AWS, it selects the account.
 */
// The framework takes a plugin from its module's default export.
export default class LocalStagePlugin {
  /** The framework reads this when it has made the plugin. */
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;
  #running: { readonly url: string; readonly root: string } | undefined;
  readonly #serverless: Serverless;
  readonly #stage: string;
  readonly #utilities: Utilities;

  constructor(serverless: Serverless, _options: unknown, utilities: Utilities) {
    this.#serverless = serverless;
    this.#utilities = utilities;
    this.#stage = serverless.getProvider('aws').getStage();
    if (this.#stage === 'local') isolate(process.env);
    const problem = this.#stage === 'local' ? undefined : whyNotRealAws(this.#stage, process.env);
    if (problem !== undefined) throw this.#mistake(problem);
    const sendSourceMaps = () => this.#sendSourceMaps();
    const keepLines = () => this.#keepLines();
    this.hooks = {
      // Before serverless-esbuild bundles, and after it has read its options.
      'before:package:cleanup': keepLines,
      'before:deploy:function:packageFunction': keepLines,
      'after:package:createDeploymentArtifacts': sendSourceMaps,
      'after:deploy:function:packageFunction': sendSourceMaps,
    };
  }

  /** The framework calls this when it has loaded all plugins, before any command runs. */
  async asyncInit(): Promise<void> {
    if (this.#stage !== 'local') return;
    const { plugins } = this.#serverless.pluginManager;
    for (const plugin of plugins) withoutConsoleLinks(plugin);
    const { processedInput, serviceDir } = this.#serverless;
    const [command = 'help'] = processedInput.commands;
    const root = process.env[ROOT_VARIABLE] ?? findRoot(serviceDir);
    const reading = await readStateDirectory(root);
    if (reading.running) {
      this.#checkInstance(reading.instance);
      this.#running = { url: reading.instance.url, root };
      pointSdkToLocalAws(process.env, { ...reading.instance, files: reading.files });
      this.#chooseProfile(reading.instance);
      withPathStyle(this.#serverless.getProvider('aws'));
      for (const plugin of plugins) this.#nameInertResources(plugin, reading.instance.url);
      // Local AWS has new stack events at once: no need to wait the framework's 5 s between two requests. README.md says what this costs.
      process.env.SLS_AWS_MONITORING_FREQUENCY = '10';
    } else if (!offlineCommands.has(command)) {
      throw this.#mistake(`Stage "local" needs a running local AWS. ${reading.message} ${reading.remedy}`);
    }
  }

  /**
   * A deployment goes on if the local AWS that began it is killed. Its next service must not go to the one that was started meanwhile.
   */
  #checkInstance({ instanceId }: RunningInstance): void {
    const wanted = process.env[INSTANCE_VARIABLE];
    if (wanted === undefined || wanted === instanceId) return;
    throw this.#mistake(
      `This deployment was started for another local AWS (${wanted}), which has ended. Deploy again: npx sls deploy --stage local.`,
    );
  }

  /** Prints which resources of a stack have no effect here, after each deployment. */
  #nameInertResources(plugin: StackPlugin, url: string): void {
    const { monitorStack } = plugin;
    if (monitorStack === undefined) return;
    plugin.monitorStack = async (...parameters) => {
      const result = await monitorStack.apply(plugin, parameters);
      const [action, stack] = parameters;
      if (action === 'delete' || !isObject(stack) || typeof stack.StackId !== 'string') return result;
      const provider = this.#serverless.getProvider('aws');
      const { credentials } = await provider.getAwsSdkV3Config();
      const keys = typeof credentials === 'function' ? await credentials() : credentials;
      if (keys === undefined) return result;
      const question = { url, region: provider.getRegion(), keys, stackId: stack.StackId };
      // The deployment has succeeded, whatever becomes of the notice.
      // Loaded here, because most commands deploy nothing.
      const { readStackNotice } = await import('./stack-notice.ts');
      const notice = await readStackNotice(question).catch(() => undefined);
      if (notice !== undefined) this.#utilities.log.notice(notice);
      return result;
    };
  }

  /** Bundles functions without minifying for a local AWS to whose functions a debugger may attach. */
  async #keepLines(): Promise<void> {
    const { pluginManager, processedInput } = this.#serverless;
    if (this.#running === undefined || processedInput.commands[0] !== 'deploy') return;
    // Loaded here, because most commands deploy nothing.
    const { keepLines } = await import('./source-maps.ts');
    await keepLines(this.#running, pluginManager.plugins);
  }

  /** Sends the source maps of functions to a local AWS to whose functions a debugger may attach. */
  async #sendSourceMaps(): Promise<void> {
    const { serviceDir, service, pluginManager, processedInput } = this.#serverless;
    if (this.#running === undefined || processedInput.commands[0] !== 'deploy') return;
    // Loaded here, because most commands deploy nothing.
    const { sendSourceMaps } = await import('./source-maps.ts');
    const handlers = Object.values(service.functions ?? {}).flatMap(({ handler }) => handler ?? []);
    try {
      await sendSourceMaps(this.#running, serviceDir, pluginManager.plugins, handlers);
    } catch (error) {
      // Without them, the deployment and breakpoints in JavaScript work.
      this.#utilities.log.notice(`There are no source maps for the debugger: ${errorMessage(error)}`);
    }
  }

  /**
   * Replaces a profile that local AWS does not have by the default profile.
   * @throws Error if it is that of an account that local AWS does not have, and the command needs one
   */
  #chooseProfile({ accounts, profile }: RunningInstance): void {
    const { provider } = this.#serverless.service;
    const { profile: wanted } = provider;
    if (accounts.some((account) => account.profile === wanted)) return;
    const isOffline = offlineCommands.has(this.#serverless.processedInput.commands[0] ?? 'help');
    const missing = wanted === undefined || isOffline ? undefined : accountOfProfile(wanted);
    if (missing !== undefined) throw this.#mistake(startedWithout(missing));
    delete provider.profile;
    process.env.AWS_PROFILE = profile;
    if (wanted === undefined) return;
    const known = accounts.map((one) => `${one.profile} (account ${one.accountId})`).join(', ');
    const message = `Local AWS has no profile "${wanted}", only ${known}. Stage "local" acts as ${profile}.`;
    this.#utilities.log.notice(message);
  }

  #mistake(message: string): Error {
    return new this.#serverless.classes.Error(message, 'LOCAL_AWS');
  }
}

/**
 * Removes the link to AWS's console from the framework's errors: the console does not know the stacks of local AWS. The framework
 * documents no way to change its errors. README.md says what this costs.
 */
function withoutConsoleLinks(plugin: StackPlugin): void {
  const { monitorStack } = plugin;
  if (monitorStack === undefined) return;
  plugin.monitorStack = async (...parameters) => {
    try {
      return await monitorStack.apply(plugin, parameters);
    } catch (error) {
      if (error instanceof Error && 'decoratedMessage' in error) {
        const link = /\s*[^\n]*View the full error: .*$/s;
        error.decoratedMessage = String(error.decoratedMessage).replace(link, '');
      }
      throw error;
    }
  };
}

/**
 * Puts names of buckets into the path. At an IP address, AWS SDK v3 does so anyway, except for a name with dots, which makes it fail with
 * "Invalid URL".
 */
function withPathStyle(provider: Provider): void {
  const { getAwsSdkV3Config } = provider;
  provider.getAwsSdkV3Config = async (...options) => {
    const config = await getAwsSdkV3Config.apply(provider, options);
    return { ...config, forcePathStyle: true };
  };
}

function isolate(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(environment)) {
    if (awsVariables.test(name)) delete environment[name];
  }
  environment.AWS_ENDPOINT_URL = closedEndpoint;
  environment.AWS_EC2_METADATA_DISABLED = 'true';
}
