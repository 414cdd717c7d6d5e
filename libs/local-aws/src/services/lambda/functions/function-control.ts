import type { Clock } from '../../../core/clock.ts';
import { AwsError } from '../../../core/errors.ts';
import type { Scope } from '../../../core/scope.ts';
import type { CodePackage, CodePackages } from '../code/packages.ts';
import { MAX_ZIP_BYTES } from '../code/unzip.ts';
import type { CodeStore, FunctionRoles } from '../dependencies.ts';
import type { EnvironmentPool } from '../invocation/environment-pool.ts';
import { CANNOT_ASSUME } from '../invocation/environments.ts';
import { type FunctionStore, type FunctionVersion, functionVersion, type LambdaFunction } from '../store.ts';
import { type FunctionReference, functionArn, parseFunctionName } from './function-name.ts';
import { applySettings, type FunctionSettings, invalid, type SettingsInput } from './settings.ts';

/** Where a deployment package is. */
export type CodeSource =
  | { readonly zip: Buffer }
  | { readonly bucket: string; readonly key: string; readonly version?: string | undefined };

/** A new function. */
export interface FunctionInput {
  readonly name: string;
  readonly settings: SettingsInput;
  readonly architecture?: FunctionSettings['architecture'] | undefined;
  readonly code: CodeSource;
  readonly tags?: Readonly<Record<string, string>>;
  readonly reservedConcurrency?: number | undefined;
}

/** What function control works with. */
export interface FunctionControlParts {
  readonly clock: Clock;
  readonly store: FunctionStore;
  readonly pool: EnvironmentPool;
  readonly packages: CodePackages;
  readonly code: CodeStore;
  readonly roles: FunctionRoles;
}

/** Creates, changes, publishes and deletes functions: for the API and for CloudFormation alike. */
export class FunctionControl {
  readonly store: FunctionStore;
  readonly #parts: FunctionControlParts;

  constructor(parts: FunctionControlParts) {
    this.#parts = parts;
    this.store = parts.store;
  }

  /** @throws AwsError for a name that is taken, settings, code or a role that cannot be used */
  async create(scope: Scope, input: FunctionInput): Promise<LambdaFunction> {
    const { name } = parseFunctionName(input.name, scope);
    const settings = withArchitecture(applySettings(name, input.settings), input.architecture);
    if (this.store.find({ ...scope, name }) !== undefined) {
      throw new AwsError('ResourceConflictException', `Function already exist: ${name}`, 409);
    }
    await this.#checkRole(settings.roleArn, { ...scope, name });
    const code = await this.#load(scope, input.code);
    const created: LambdaFunction = {
      scope: { accountId: scope.accountId, region: scope.region },
      name,
      latest: this.#version(scope, name, '$LATEST', settings, code),
      published: new Map(),
      policies: new Map(),
      tags: new Map(Object.entries(input.tags ?? {})),
      lastVersion: 0,
      ...(input.reservedConcurrency === undefined ? {} : { reservedConcurrency: input.reservedConcurrency }),
    };
    try {
      this.store.add(created);
    } catch (error) {
      await this.#parts.packages.release(code.sha256);
      throw error;
    }
    return created;
  }

  /** Changes the configuration: what the input does not name stays, or goes back to its default with `reset`. */
  async configure(
    changed: LambdaFunction,
    input: SettingsInput,
    options: {
      readonly reset?: boolean;
      readonly architecture?: FunctionSettings['architecture'] | undefined;
    } = {},
  ): Promise<FunctionVersion> {
    const { latest, name } = changed;
    const applied = applySettings(name, input, options.reset === true ? undefined : latest.settings);
    const settings = withArchitecture(applied, options.architecture ?? latest.settings.architecture);
    if (settings.roleArn !== latest.settings.roleArn)
      await this.#checkRole(settings.roleArn, { ...changed.scope, name });
    this.#parts.packages.retain(latest.code.sha256);
    return this.#replaceLatest(changed, settings, latest.code);
  }

  /** Changes the code. */
  async updateCode(
    changed: LambdaFunction,
    source: CodeSource,
    options: {
      readonly dryRun?: boolean;
      readonly architecture?: FunctionSettings['architecture'] | undefined;
    } = {},
  ): Promise<FunctionVersion> {
    const { scope, name } = changed;
    const code = await this.#load(scope, source);
    const settings = withArchitecture(changed.latest.settings, options.architecture);
    if (options.dryRun === true) {
      await this.#parts.packages.release(code.sha256);
      return this.#version(scope, name, '$LATEST', settings, code);
    }
    return this.#replaceLatest(changed, settings, code);
  }

  /** Publishes `$LATEST` as the next version; where nothing has changed since the last one, that is the answer. */
  publish(
    published: LambdaFunction,
    options: { readonly codeSha256?: string | undefined; readonly description?: string | undefined } = {},
  ): { readonly version: FunctionVersion; readonly isNew: boolean } {
    const { latest } = published;
    if (options.codeSha256 !== undefined && options.codeSha256 !== latest.code.sha256) {
      throw invalid(
        `CodeSHA256 (${options.codeSha256}) is different from current CodeSHA256 in $LATEST (${latest.code.sha256}). Please try again with the CodeSHA256 in $LATEST.`,
      );
    }
    const last = published.published.get(String(published.lastVersion));
    if (last !== undefined && sameContent(last, latest)) return { version: last, isNew: false };
    published.lastVersion += 1;
    const number = String(published.lastVersion);
    const settings = { ...latest.settings, description: options.description ?? latest.settings.description };
    this.#parts.packages.retain(latest.code.sha256);
    const version = this.#version(published.scope, published.name, number, settings, latest.code);
    published.published.set(number, version);
    return { version, isNew: true };
  }

  /** Deletes the function, or the version that the reference names. */
  async delete(reference: FunctionReference): Promise<void> {
    const { qualifier } = reference;
    const deleted = this.store.get(reference);
    if (qualifier === undefined) {
      this.store.delete(reference);
      await Promise.all(
        [deleted.latest, ...deleted.published.values()].map((version) => this.#drop(version)),
      );
      return;
    }
    if (qualifier === '$LATEST') {
      throw invalid('$LATEST version cannot be deleted without deleting the function.');
    }
    const version = deleted.published.get(qualifier);
    if (version === undefined) return;
    deleted.published.delete(qualifier);
    deleted.policies.delete(qualifier);
    await this.#drop(version);
  }

  async #replaceLatest(
    changed: LambdaFunction,
    settings: FunctionSettings,
    code: CodePackage,
  ): Promise<FunctionVersion> {
    const previous = changed.latest;
    changed.latest = this.#version(changed.scope, changed.name, '$LATEST', settings, code);
    await this.#drop(previous);
    return changed.latest;
  }

  async #drop(version: FunctionVersion): Promise<void> {
    await this.#parts.pool.retire(version);
    await this.#parts.packages.release(version.code.sha256);
  }

  #version(
    scope: Scope,
    functionName: string,
    version: string,
    settings: FunctionSettings,
    code: CodePackage,
  ): FunctionVersion {
    const { accountId, region } = scope;
    const lastModified = this.#parts.clock.now();
    return functionVersion({
      scope: { accountId, region },
      functionName,
      version,
      settings,
      code,
      lastModified,
    });
  }

  async #checkRole(roleArn: string, reference: FunctionReference): Promise<void> {
    try {
      await this.#parts.roles.assume(roleArn, reference.name, functionArn(reference));
    } catch (error) {
      if (error instanceof AwsError) throw invalid(CANNOT_ASSUME);
      throw error;
    }
  }

  async #load(scope: Scope, source: CodeSource): Promise<CodePackage> {
    const { code, packages } = this.#parts;
    if ('zip' in source) {
      if (source.zip.length > MAX_ZIP_BYTES) {
        throw new AwsError(
          'RequestEntityTooLargeException',
          `Request must be smaller than ${MAX_ZIP_BYTES} bytes for the CreateFunction operation: put a larger zip into S3.`,
          413,
        );
      }
      return packages.use(source.zip);
    }
    let zip: Buffer;
    try {
      zip = await code.read(scope, source.bucket, source.key, source.version);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      throw invalid(
        `Error occurred while GetObject. S3 Error Code: ${error.code}. S3 Error Message: ${error.message}`,
      );
    }
    return packages.use(zip);
  }
}

function withArchitecture(
  settings: FunctionSettings,
  architecture: FunctionSettings['architecture'] | undefined,
): FunctionSettings {
  return architecture === undefined ? settings : { ...settings, architecture };
}

/** Whether a published version is what publishing again would make. A description alone makes no new version. */
function sameContent(a: FunctionVersion, b: FunctionVersion): boolean {
  const content = ({ settings, code }: FunctionVersion) =>
    JSON.stringify([{ ...settings, description: '' }, code.sha256]);
  return content(a) === content(b);
}
