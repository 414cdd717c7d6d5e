import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pointSdkToLocalAws, readStateDirectory, whyNotRealAws } from '../state-directory/index.ts';

/** The members of the framework's instance that the plugin uses. */
interface Serverless {
  readonly serviceDir: string;
  readonly processedInput: { readonly commands: readonly string[] };
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
  readonly pluginManager: { readonly plugins: readonly StackPlugin[] };
  getProvider(name: 'aws'): { getStage(): string };
}

/** A plugin of the framework. One of them waits for stacks. */
interface StackPlugin {
  monitorStack?: (...parameters: unknown[]) => Promise<unknown>;
}

/** Commands that only need the service's files. */
const offlineCommands = new Set(['package', 'print', 'plugin', 'help']);

/** Environment variables that could send requests to another AWS or proxy, or with other credentials. */
const awsVariables = /^(AWS_.*|(https?_)?proxy|(https_)?ca(file)?)$/i;

/** The endpoint for commands that need no AWS: nothing listens there. */
const closedEndpoint = 'http://127.0.0.1:9';

/**
 * The Serverless Framework plugin that points stage `local`, and no other stage, at the running local AWS.
 *
 * For `local` it first removes credentials, profiles, endpoints and proxies from the environment, so that no command can
 * reach the real AWS. For any other stage, an environment that points at local AWS is an error.
 *
 * `LOCAL_AWS_ROOT` names the folder that holds the state directory `.local-aws`. Default: the folder of
 * `serverless-compose.yml`
 */
// The framework takes a plugin from its module's default export.
export default class LocalStagePlugin {
  readonly #serverless: Serverless;
  readonly #stage: string;

  constructor(serverless: Serverless) {
    this.#serverless = serverless;
    this.#stage = serverless.getProvider('aws').getStage();
    if (this.#stage === 'local') isolate(process.env);
    const problem = this.#stage === 'local' ? undefined : whyNotRealAws(this.#stage, process.env);
    if (problem !== undefined) throw this.#mistake(problem);
  }

  /** The framework calls this when it has loaded all plugins, before any command runs. */
  async asyncInit(): Promise<void> {
    if (this.#stage !== 'local') return;
    for (const plugin of this.#serverless.pluginManager.plugins) withoutConsoleLinks(plugin);
    const {
      processedInput: { commands },
      serviceDir,
    } = this.#serverless;
    const reading = await readStateDirectory(process.env.LOCAL_AWS_ROOT ?? projectRoot(serviceDir));
    if (reading.running) {
      pointSdkToLocalAws(process.env, { ...reading.instance, files: reading.files });
      // Local AWS has new stack events at once: no need to wait the framework's 5 s between two requests.
      process.env.SLS_AWS_MONITORING_FREQUENCY = '10';
    } else if (!offlineCommands.has(commands[0] ?? 'help')) {
      throw this.#mistake(`Stage "local" needs a running local AWS. ${reading.message} ${reading.remedy}`);
    }
  }

  #mistake(message: string): Error {
    return new this.#serverless.classes.Error(message, 'LOCAL_AWS');
  }
}

/** Removes the link to AWS's console from the framework's errors: the console does not know the stacks of local AWS. */
function withoutConsoleLinks(plugin: StackPlugin): void {
  const { monitorStack } = plugin;
  if (monitorStack === undefined) return;
  plugin.monitorStack = async (...parameters) => {
    try {
      return await monitorStack.apply(plugin, parameters);
    } catch (error) {
      if (error instanceof Error && 'decoratedMessage' in error) {
        error.decoratedMessage = String(error.decoratedMessage).replace(
          /\s*[^\n]*View the full error: .*$/s,
          '',
        );
      }
      throw error;
    }
  };
}

function isolate(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(environment)) {
    if (awsVariables.test(name)) delete environment[name];
  }
  environment.AWS_ENDPOINT_URL = closedEndpoint;
  environment.AWS_EC2_METADATA_DISABLED = 'true';
}

/** The nearest folder above a service that has a `serverless-compose.yml`, or else the service's own folder. */
function projectRoot(serviceDir: string): string {
  for (let folder = serviceDir; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'serverless-compose.yml'))) return folder;
    if (folder === dirname(folder)) return serviceDir;
  }
}
