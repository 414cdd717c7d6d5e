import { dirname } from 'node:path';
import { removeZipFolders } from './bundle/zip-folders.ts';
import { announceRemoval } from './commands/announce-removal.ts';
import { explainFunctionErrors } from './commands/function-error.ts';
import { hintAtLeftTables } from './commands/left-tables.ts';
import { deployedService, noteOutputs, removeOutputs } from './commands/outputs.ts';
import { ownAccount } from './commands/own-account.ts';
import { checkDoors, type DeploymentCheck, type PackageCheck } from './commands/preflight.ts';
import { skipRemovalOfNothing } from './commands/removal.ts';
import type { ServiceAccount } from './credentials/account.ts';
import type { DeploymentFacts, FunctionStep, TemplateStep } from './deployment.ts';
import type { Framework, Hooks, Utilities } from './framework.ts';
import { collectMistakes, Mistake } from './mistake.ts';
import { checkQuotas } from './quotas/check-quotas.ts';
import type { Door } from './routes/open-doors.ts';
import { projectIn, readStageSettings, type StageSettings, settingsOfService } from './settings/read.ts';
import { withProperties } from './template/read-template.ts';

/** A step that may stop a command before it changes anything. */
type Comparison = (framework: Framework, deployment: DeploymentFacts, utilities: Utilities) => Promise<void>;

/** The steps of a plugin, each list in its order. */
export interface Steps {
  /** The account to which the service belongs. */
  readonly account: (settings: StageSettings) => ServiceAccount;
  /** Further properties of functions in serverless.yml, as JSON Schemas by name. */
  readonly functionProperties: Readonly<Record<string, object>>;
  /** Before `sls package` and `sls deploy` do anything. Each stops the command unless this holds: */
  readonly packageChecks: readonly PackageCheck[];
  /** Before a deployment, with what AWS has. Each stops it unless this holds: */
  readonly deploymentChecks: readonly DeploymentCheck[];
  /** Change the functions of `serverless.yml`, before they are compiled: */
  readonly functions: readonly FunctionStep[];
  /** Whether packaging stops at a resource of the finished template, because of the callers that it lets in. */
  readonly isOpenDoor: (door: Door) => boolean;
  /** Change the compiled template, or refuse it: */
  readonly template: readonly TemplateStep[];
  /** Refuse the finished template, when all plugins have changed it: */
  readonly finalChecks: readonly TemplateStep[];
  /** Warn, with the finished template: */
  readonly warnings: readonly ((...of: Parameters<TemplateStep>) => string | undefined)[];
  /** Before a deployment changes anything, with the finished package. `INTERRUPT_CALLERS=yes` lets what is announced go on: */
  readonly beforeDeployment: readonly Comparison[];
  /** Before a rollback changes anything, in the same way: */
  readonly beforeRollback: readonly Comparison[];
  /** After a deployment or a rollback: */
  readonly afterDeployment: readonly ((framework: Framework, utilities: Utilities) => Promise<void>)[];
  /** Add a remedy to an error of the framework or of AWS: */
  readonly hints: readonly ((error: Error) => void)[];
}

/** The property `open` of a route's event: callers without IAM may call it. */
const OPEN = { properties: { open: { type: 'boolean' } } };

/** Makes a plugin of the framework from steps. */
export function createPlugin(steps: Steps) {
  return class StagePlugin {
    readonly hooks: Hooks;

    /**
     * The framework calls this when it has loaded all plugins, before it asks AWS for anything, also for `${aws:accountId}`. From here
     * on, it uses the service's credentials.
     */
    readonly asyncInit: () => Promise<void>;

    constructor(framework: Framework, _options: unknown, utilities: Utilities) {
      const { classes, configSchemaHandler, processedInput, service } = framework;
      configSchemaHandler.defineFunctionProperties('aws', { properties: steps.functionProperties });
      for (const event of ['http', 'httpApi']) {
        configSchemaHandler.defineFunctionEventProperties('aws', event, OPEN);
      }
      /** Runs work, and turns a mistake into an error that the framework prints without a stack. */
      const shown = <T>(work: () => T): T => {
        const show = (error: unknown): never => {
          throw error instanceof Mistake ? new classes.Error(error.message, error.code) : error;
        };
        try {
          const result = work();
          return result instanceof Promise ? (result.catch(show) as T) : result;
        } catch (error) {
          return show(error);
        }
      };
      if (processedInput.isHelpRequest) {
        this.hooks = {};
        this.asyncInit = async () => {};
        return;
      }
      const command = processedInput.commands.join(' ');
      const deployment = shown(() => readDeployment(framework));
      const { settings } = deployment;
      const account = ownAccount(framework, deployment, steps.account(settings), utilities);
      let accountId: string | undefined;
      this.asyncInit = () => shown(() => account.use());
      const afterDeployment = () =>
        shown(async () => {
          for (const step of steps.afterDeployment) await step(framework, utilities);
        });
      // Only now, so that the tags are not in the framework's note of the package. If it finds some there, the framework
      // tags the API's stage itself, and deletes the access log group, which it takes for its own.
      const tagStack = () => {
        service.provider.stackTags = settings.tags;
      };

      const afterZips = () => removeZipFolders([service.service, ...Object.keys(service.functions ?? {})]);

      this.hooks = {
        'after:package:createDeploymentArtifacts': afterZips,
        'after:deploy:function:packageFunction': afterZips,
        // The first event of every command. Now the plugin of local AWS has set up the environment.
        initialize: () =>
          shown(async () => {
            const isDeployment = ['deploy', 'deploy function'].includes(command);
            if (isDeployment || command === 'package') {
              for (const check of steps.packageChecks) await check(framework, deployment);
            }
            accountId = await account.check();
            if (command === 'invoke') explainFunctionErrors(framework, deployment.stage);
            for (const step of steps.functions) {
              step(service.functions ?? {}, settings, service.custom, service.provider);
            }
            if (isDeployment) for (const check of steps.deploymentChecks) await check(framework, deployment);
          }),
        // Now the resources of serverless.yml are in the template, and it is not written yet.
        'after:aws:package:finalize:mergeCustomProviderResources': () =>
          shown(async () => {
            const template = withProperties(service.provider.compiledCloudFormationTemplate);
            // All mistakes of a template in one message.
            collectMistakes(steps.template, (step) => step(template, deployment));
            checkDoors(template, service, steps.isOpenDoor);
            for (const warning of steps.warnings) {
              const text = warning(template, deployment);
              if (text !== undefined) utilities.log.warning(text);
            }
            await checkQuotas(framework, deployment, utilities);
          }),
        // Plugins after this one have changed it, too.
        'before:aws:package:finalize:saveServiceState': () =>
          shown(() => {
            const { compiledCloudFormationTemplate: template } = service.provider;
            collectMistakes(steps.finalChecks, (step) => step(template, deployment));
          }),
        'before:deploy:deploy': () =>
          shown(async () => {
            for (const check of steps.beforeDeployment) await check(framework, deployment, utilities);
            tagStack();
            // Without the setting, a protection that was set by hand stays.
            if (settings.deletionProtection !== undefined) {
              service.provider.deletionProtection = settings.deletionProtection;
            }
          }),
        // Also if the framework skips a deployment without changes: the previous deployment may have failed half-way.
        'after:deploy:deploy': afterDeployment,
        'before:rollback:rollback': () =>
          shown(async () => {
            for (const check of steps.beforeRollback) await check(framework, deployment, utilities);
            tagStack();
          }),
        'after:rollback:rollback': afterDeployment,
        // Runs in `sls info` and in `sls deploy`, even without changes.
        'after:aws:info:gatherData': () => noteOutputs(framework),
        'before:remove:remove': async () => {
          await skipRemovalOfNothing(framework, utilities, accountId);
          await announceRemoval(framework, deployment, utilities);
        },
        'after:remove:remove': () => removeOutputs(deployedService(framework)),
        error: async (error: Error) => {
          for (const hint of steps.hints) hint(error);
          if (command === 'deploy') await hintAtLeftTables(framework, error, await account.cli());
          await account.explain(error);
        },
      };
    }
  };
}

/** @throws Mistake if the settings cannot be used, or if the command is not supported */
function readDeployment(framework: Framework): DeploymentFacts {
  const { processedInput, service, serviceDir } = framework;
  const stage = framework.getProvider('aws').getStage();
  const folder = dirname(serviceDir);
  const project = projectIn(folder);
  const settings = settingsOfService(readStageSettings(stage, project, processedInput.options.region), {
    stage,
    root: dirname(folder),
    serviceDir,
    services: project.readServices(),
  });
  if (processedInput.commands.join(' ') === 'invoke local') {
    throw new Mistake(
      `"sls invoke local" would run the function as you: neither the caller's role nor API Gateway is there. Invoke what is deployed, in this folder: npx sls invoke -f caller --stage ${stage}. Without an AWS account: npm start, and --stage local.`,
    );
  }
  return { service: service.service, stage, settings };
}
