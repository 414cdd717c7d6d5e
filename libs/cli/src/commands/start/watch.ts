import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { GetFunctionConfigurationCommand, UpdateFunctionCodeCommand } from '@aws-sdk/client-lambda';
import { terminalPalette } from '@cross-account-api/command-line';
import type { LocalAws } from '@cross-account-api/local-aws';
import { fileInZip, withFileInZip } from '@cross-account-api/local-aws/start';
import { nameOf, readServices, staleDocument } from '@cross-account-api/serverless-plugin';
import type { Account } from '../../aws/account.ts';
import { findSource } from '../../project/bundle-function.ts';
import { readDeployedFunctions } from '../../stage/deployed-functions.ts';
import { type FunctionPackage, readFunctionPackage } from '../../stage/function-package.ts';
import { furtherServices } from '../../stage/further-services.ts';
import { type OpenStage, openStage } from '../../stage/open-stage.ts';
import { findConfigurationFiles } from './configuration-files.ts';
import { createFolderWatcher } from './folder-watcher.ts';
import {
  type Bundled,
  createFunctionBundle,
  type FunctionBundle,
  formatErrors,
  onOneScreen,
} from './function-bundle.ts';
import { createTypeChecker } from './type-check.ts';

/** Editors write a file in several steps, and save several files at once. */
const SETTLE_MS = 30;

/** The project's folder of the contract. */
const CONTRACT = 'services/contract';

/** A service whose functions are watched. */
interface WatchedService {
  readonly account: Account;
  /** The name of its stack. */
  readonly stack: string;
  /** Its folder, from the project's root. */
  readonly folder: string;
}

/** The services of the project: of the API, of the first caller, and of the further callers. */
async function servicesOf(open: OpenStage, project: string): Promise<readonly WatchedService[]> {
  const { stage, settings } = open;
  const services = readServices(project);
  const watched: WatchedService[] = [];
  for (const name of ['api', 'caller'] as const) {
    const service = services[name];
    if (service === undefined) continue;
    watched.push({ account: open[name], stack: nameOf(service, stage), folder: service.folder });
  }
  for (const { service, folder, caller } of furtherServices(stage, settings, project, services)) {
    const account = (await open.openFurther(caller)).accounts.get(caller.accountId);
    if (account !== undefined) watched.push({ account, stack: nameOf(service, stage), folder });
  }
  return watched;
}

/** The options of the watch. */
export interface WatchOptions {
  /** The project's folder. */
  readonly project: string;
  /** The folder of the state directory of the local AWS to deploy to. */
  readonly localAwsRoot: string;
  /** The start of the deployment whose code runs now, in milliseconds since 1970. Newer sources are deployed at once. */
  readonly deployedAt: number;
  /** The local AWS, which tells of deployments. */
  readonly aws: Pick<LocalAws, 'trace' | 'stacksSettled'>;
  /** Present if debuggers attach to the functions: receives the source map of each new code before the function gets it. */
  readonly sendSourceMap?:
    | ((sent: { readonly code: string; readonly map: string; readonly outdir: string }) => Promise<void>)
    | undefined;
  /** Ends the watch. */
  readonly stop: AbortSignal;
  /** Prints a text of one line or more. */
  readonly print: (text: string) => void;
}

/** A function that is deployed, and its code. */
interface Watched {
  readonly name: string;
  readonly account: Account;
  /** The handler's module: an absolute path. */
  readonly source: string;
  readonly bundle: FunctionBundle;
  /** The deployment package that this watch has seen last. It is the current one if Lambda tells the same hash. */
  seen: Pick<FunctionPackage, 'zip' | 'sha256'> | undefined;
  /** Whether the sources cannot be bundled. */
  broken: boolean;
}

/**
 * Watches the sources of all services and of the libraries that they bundle. When a bundle changes, replaces the code of its
 * function in local AWS, and looks again after each deployment. Prints a line for each function, or the errors of the bundler; the function then keeps its code. Type errors
 * follow later, and change nothing.
 * @returns once it watches
 * @throws ReadError if local AWS does not run
 */
export async function watchFunctions(options: WatchOptions): Promise<void> {
  const { deployedAt, aws, sendSourceMap, stop, print } = options;
  const project = realpathSync(options.project);
  const open = await openStage('local', options.localAwsRoot, process.env);
  const services = await servicesOf(open, project);
  const folders = services.map(({ folder }) => folder);
  const functions = new Map<string, Watched>();
  let configuration = await findConfigurationFiles(project, folders);
  let configurationChanged = false;

  const types = createTypeChecker(project);
  const changed = new Map<string, number>();
  let work = Promise.resolve();
  const watcher = createFolderWatcher((path) => {
    if (basename(path).startsWith('.')) return;
    if (changed.size === 0) work = work.then(deployChanges);
    if (!changed.has(path)) changed.set(path, performance.now());
  });
  const watchFolders = () => {
    const inputs = [...functions.values()].flatMap(({ bundle }) => [...bundle.inputs()]);
    watcher.watch([
      ...[...inputs, ...configuration].map((file) => dirname(file)),
      ...[...folders, CONTRACT].flatMap((folder) => withSubfolders(join(project, folder, 'src'))),
    ]);
  };

  /** Adds deployed functions that are not known yet. */
  const findFunctions = async (): Promise<Watched[]> => {
    const added: Watched[] = [];
    for (const { account, stack, folder } of services) {
      const deployed = await readDeployedFunctions(account, stack, open.region);
      for (const { name, module } of deployed) {
        const path = join(project, folder);
        const source = findSource(path, module);
        if (functions.has(name) || source === undefined) continue;
        const bundle = await createFunctionBundle(path, source, sendSourceMap !== undefined);
        const watched = {
          name,
          account,
          source: join(path, source),
          bundle,
          seen: undefined,
          broken: false,
        };
        functions.set(name, watched);
        added.push(watched);
      }
    }
    return added;
  };

  /** Deploys the functions whose sources have changed. */
  const deployChanges = async () => {
    await setTimeout(SETTLE_MS, undefined, { signal: stop }).catch(() => {});
    if (stop.aborted) return;
    const since = Math.min(...changed.values());
    const paths = [...changed.keys()];
    changed.clear();
    // The new code does not share the processor with it.
    types?.cancel();
    try {
      const settings = paths.filter((path) => configuration.has(path));
      if (settings.length > 0) {
        const names = settings.map((path) => relative(project, path)).join(', ');
        print(
          `${terminalPalette.warning('!')} ${names} changed. To deploy that: npx sls deploy --stage local`,
        );
        configuration = await findConfigurationFiles(project, folders);
        configurationChanged = true;
      }
      const added = configurationChanged || functions.size === 0 ? await findFunctions() : [];
      const affected = [...functions.values()].filter(
        (each) => each.broken || added.includes(each) || paths.some((path) => each.bundle.inputs().has(path)),
      );
      await deployAll(affected, since);
      // The new code runs meanwhile, and the next save does not wait.
      if (!affected.some(({ broken }) => broken)) void checkSources(paths, affected.length > 0);
    } catch (error) {
      if (!stop.aborted) print(`${terminalPalette.denied('✘')} ${messageOf(error)}`);
    }
    watchFolders();
  };

  const deployAll = async (affected: readonly Watched[], since: number) => {
    const bundled = await Promise.all(
      affected.map(async (each) => [each, await each.bundle.build()] as const),
    );
    const failures = new Map<string, string[]>();
    const asDeployed: string[] = [];
    for (const [each, result] of bundled) {
      const wasBroken = each.broken;
      each.broken = 'errors' in result;
      if ('errors' in result) {
        const text = await formatErrors(result.errors, {
          color: terminalPalette.strong('x') !== 'x',
          width: process.stdout.columns ?? 80,
        });
        failures.set(text, [...(failures.get(text) ?? []), each.name]);
      } else if (await replaceCode(open, each, result, sendSourceMap)) {
        const seconds = ((performance.now() - since) / 1000).toFixed(1);
        print(
          `${terminalPalette.allowed('✔')} ${each.name} has the new code ${terminalPalette.faint(`${seconds} s`)}`,
        );
      } else if (wasBroken) asDeployed.push(each.name);
    }
    if (asDeployed.length > 0)
      print(`${terminalPalette.allowed('✔')} The code of ${asDeployed.join(', ')} is as deployed.`);
    // Functions that share a source share its errors.
    for (const [text, names] of failures)
      print(`${terminalPalette.denied('✘')} The old code stays in ${names.join(', ')}.\n${text}`);
  };

  let hadTypeErrors = false;

  /** Reports what bundling does not notice: wrong types, and an OpenAPI document that is older than the contract. */
  const checkSources = async (paths: readonly string[], isCode: boolean) => {
    try {
      const contract = join(project, CONTRACT);
      const stale = paths.some((path) => path.startsWith(`${contract}/`))
        ? await staleDocument(contract)
        : undefined;
      if (stop.aborted) return;
      if (stale !== undefined) print(`${terminalPalette.warning('!')} ${stale}`);
      const sources = [...functions.values()].map(({ source }) => source);
      const errors = isCode ? await types?.check(sources) : undefined;
      if (errors === undefined || stop.aborted) return;
      if (errors.length > 0) {
        const count = errors.length === 1 ? '1 type error' : `${errors.length} type errors`;
        print(`${terminalPalette.denied('✘')} ${count}. The code runs all the same.\n${onOneScreen(errors)}`);
      } else if (hadTypeErrors) print(`${terminalPalette.allowed('✔')} The types are right again.`);
      hadTypeErrors = errors.length > 0;
    } catch (error) {
      if (!stop.aborted) print(`${terminalPalette.denied('✘')} ${String(error)}`);
    }
  };

  /** A deployment may have put code into functions that is older than their sources. @returns a function that ends it */
  const lookAfterDeployments = () => {
    let isWaiting = false;
    return aws.trace.subscribe(({ service, operation, status }) => {
      if (service !== 'cloudformation' || !STACK_CHANGES.test(operation) || status >= 400 || isWaiting)
        return;
      isWaiting = true;
      void aws.stacksSettled().then(() => {
        isWaiting = false;
        work = work.then(() => bringUpToDate());
      });
    });
  };

  const bringUpToDate = async () => {
    if (stop.aborted) return;
    try {
      await findFunctions();
      await deployAll([...functions.values()], performance.now());
    } catch (error) {
      if (!stop.aborted) print(`${terminalPalette.denied('✘')} ${messageOf(error)}`);
    }
    watchFolders();
  };

  // Does not wait for a deployment: local AWS is closing and no longer answers. Open handles would keep this process alive.
  stop.addEventListener('abort', () => {
    watcher.close();
    types?.close();
    for (const { bundle } of functions.values()) void bundle.close();
    open.close();
  });
  const since = performance.now();
  const found = await findFunctions();
  const newer: Watched[] = [];
  for (const each of found) {
    await each.bundle.build();
    if ([...each.bundle.inputs()].some((file) => modifiedAt(file) > deployedAt)) newer.push(each);
  }
  watchFolders();
  await deployAll(newer, since);
  stop.addEventListener('abort', lookAfterDeployments());
}

/**
 * Puts a bundle into the deployment package of its function, which keeps its other files. Does nothing if the package has the bundle
 * already, whoever deployed it.
 * @returns whether the function has new code
 * @throws Error of the AWS SDK if local AWS refuses the code
 */
async function replaceCode(
  { region }: Pick<OpenStage, 'region'>,
  watched: Watched,
  { file, code, map }: Extract<Bundled, { readonly code: string }>,
  sendSourceMap: WatchOptions['sendSourceMap'],
): Promise<boolean> {
  const { name, account } = watched;
  const lambda = account.lambda(region);
  const { CodeSha256 } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
  if (watched.seen === undefined || watched.seen.sha256 !== CodeSha256) {
    watched.seen = await readFunctionPackage(account, name, region);
  }
  const { zip } = watched.seen;
  if ((await fileInZip(zip, file))?.toString() === code) return false;
  if (map !== undefined) await sendSourceMap?.({ code, ...map });
  const ZipFile = await withFileInZip(zip, file, code);
  const updated = await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile }));
  watched.seen = { zip: ZipFile, sha256: updated.CodeSha256 ?? '' };
  return true;
}

/** The requests after which CloudFormation changes stacks. */
const STACK_CHANGES = /^(CreateStack|UpdateStack|ExecuteChangeSet|RollbackStack|ContinueUpdateRollback)$/;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A folder and those in it. */
function withSubfolders(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return [
    folder,
    ...entries.filter((entry) => entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name)),
  ];
}

/** The time of a file's last change, in milliseconds since 1970; 0 if it does not exist. */
function modifiedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
