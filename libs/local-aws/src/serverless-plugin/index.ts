import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findLocalEndpoint, pointToLocalAws, readStateDirectory } from '../state-directory/index.ts';

/** What the plugin uses of the framework's instance. */
interface Serverless {
  readonly serviceDir: string;
  readonly processedInput: { readonly commands: readonly string[] };
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
  readonly pluginManager: { readonly plugins: readonly StackPlugin[] };
  getProvider(name: 'aws'): { getStage(): string };
}

/** A plugin of the framework that may wait for stacks. */
interface StackPlugin {
  monitorStack?: (...parameters: unknown[]) => Promise<unknown>;
}

/** Commands that work on the service's files alone. */
const offlineCommands = new Set(['package', 'print', 'plugin', 'help']);

/** Environment variables that could lead a request, or its credentials, elsewhere. */
const misleading = /^(AWS_.*|(https?_)?proxy|(https_)?ca(file)?)$/i;

/** Where nothing listens: for commands that need no AWS, should they ask for it after all. */
const nowhere = 'http://127.0.0.1:9';

/**
 * The Serverless Framework plugin that leads stage `local` to the local AWS that runs, and no other stage there.
 *
 * For `local`, whatever the shell holds of credentials, profiles, endpoints and proxies is set aside first, so that
 * no command can reach the real AWS. For any other stage, a shell that points at local AWS is an error.
 *
 * `LOCAL_AWS_ROOT` names the folder that holds the state directory `.local-aws` of the local AWS to use; by default it is
 * that of `serverless-compose.yml`.
 */
// The framework takes a plugin from its module's default export.
export default class LocalStagePlugin {
  readonly #serverless: Serverless;
  readonly #stage: string;

  constructor(serverless: Serverless) {
    this.#serverless = serverless;
    this.#stage = serverless.getProvider('aws').getStage();
    if (this.#stage === 'local') isolate(process.env);
    else this.#refuseLocalEndpoints();
  }

  /** Called by the framework once all plugins are there, before any command runs. */
  async asyncInit(): Promise<void> {
    if (this.#stage !== 'local') return;
    for (const plugin of this.#serverless.pluginManager.plugins) withoutConsoleLinks(plugin);
    const {
      processedInput: { commands },
      serviceDir,
    } = this.#serverless;
    const reading = await readStateDirectory(process.env.LOCAL_AWS_ROOT ?? projectRoot(serviceDir));
    if (reading.running) {
      const { instance, files } = reading;
      const { set } = pointToLocalAws({ ...instance, files });
      for (const [name, value] of Object.entries(set)) {
        // Each service's configuration names its profile. The endpoint needs no proxy.
        if (name.startsWith('AWS_') && name !== 'AWS_PROFILE') process.env[name] = value;
      }
      // Stack events are there at once; the framework's 5 s between two looks would only be waited out.
      process.env.SLS_AWS_MONITORING_FREQUENCY = '50';
    } else if (!offlineCommands.has(commands[0] ?? 'help')) {
      throw this.#mistake(`Stage "local" needs a running local AWS. ${reading.message} ${reading.remedy}`);
    }
  }

  #refuseLocalEndpoints(): void {
    const found = findLocalEndpoint(process.env);
    if (found === undefined) return;
    throw this.#mistake(
      `The environment variable ${found.name} points at local AWS (${found.value}), and stage "${this.#stage}" is not local. Use --stage local, or a shell that has not sourced .local-aws/env.`,
    );
  }

  #mistake(message: string): Error {
    return new this.#serverless.classes.Error(message, 'LOCAL_AWS');
  }
}

/** The framework ends the error of a stack with a link to AWS's own console, which knows no stack of local AWS. */
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
    if (misleading.test(name)) delete environment[name];
  }
  environment.AWS_ENDPOINT_URL = nowhere;
  environment.AWS_EC2_METADATA_DISABLED = 'true';
}

/** The nearest folder above a service that has a `serverless-compose.yml`; without one, the service's own. */
function projectRoot(serviceDir: string): string {
  for (let folder = serviceDir; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'serverless-compose.yml'))) return folder;
    if (folder === dirname(folder)) return serviceDir;
  }
}
