import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../core/clock.ts';
import { defined } from '../../../core/defined.ts';
import { AwsError } from '../../../core/errors.ts';
import type { Scope } from '../../../core/scope.ts';
import type { S3Service } from '../../s3/index.ts';
import type { CodePackage, CodePackages } from '../code/packages.ts';
import type { Environments } from '../invocation/environments.ts';
import type { FunctionStore, FunctionVersion, LambdaFunction } from '../store.ts';
import { type FunctionReference, parseFunctionName } from './function-name.ts';
import { checkFunctionRole, type FunctionRoles } from './function-role.ts';
import { applySettings, type FunctionSettings, invalid, type SettingsInput } from './settings.ts';

/** Where a function's code is. */
export type CodeSource =
  | { readonly zip: Buffer }
  /** The text of `index.js`. */
  | { readonly source: string }
  | { readonly bucket: string; readonly key: string };

/** A new function. */
export interface FunctionInput {
  readonly name: string;
  readonly settings: SettingsInput;
  readonly code: CodeSource;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly reservedConcurrency?: number | undefined;
}

/** The largest zip in a request, in bytes. A larger one must come through S3. */
const MAX_ZIP_BYTES = 50 * 1024 * 1024;

interface FunctionControlOptions {
  readonly clock: Clock;
  readonly store: FunctionStore;
  readonly environments: Environments;
  readonly packages: CodePackages;
  readonly code: Pick<S3Service, 'read'>;
  readonly roles: FunctionRoles;
}

/** Creates, changes, publishes and deletes functions, for the API and for CloudFormation. */
export class FunctionControl {
  readonly store: FunctionStore;
  readonly #options: FunctionControlOptions;

  constructor(options: FunctionControlOptions) {
    this.#options = options;
    this.store = options.store;
  }

  /** @throws AwsError if the name is taken, or settings, code or role are invalid */
  async create({ accountId, region }: Scope, input: FunctionInput): Promise<LambdaFunction> {
    const scope = { accountId, region };
    const { name } = parseFunctionName(input.name, scope);
    const reference = { ...scope, name };
    const settings = applySettings(name, input.settings);
    this.store.checkAvailable(reference);
    await checkFunctionRole(this.#options.roles, settings.Role, reference);
    const code = await this.#load(scope, input.code);
    const created = defined({
      scope,
      name,
      latest: this.#version(reference, '$LATEST', settings, code),
      published: new Map<string, FunctionVersion>(),
      policies: new Map(),
      tags: new Map(Object.entries(input.tags ?? {})),
      lastVersion: 0,
      reservedConcurrency: input.reservedConcurrency,
    });
    try {
      this.store.add(created);
    } catch (error) {
      await this.#options.packages.release(code);
      throw error;
    }
    return created;
  }

  /**
   * Changes the configuration.
   * @param options.reset whether settings that the input does not name get their default; otherwise they stay
   */
  async configure(
    changed: LambdaFunction,
    input: SettingsInput,
    options: { readonly reset?: boolean } = {},
  ): Promise<FunctionVersion> {
    const { latest, scope, name } = changed;
    const settings = applySettings(name, input, options.reset === true ? undefined : latest.settings);
    if (settings.Role !== latest.settings.Role) {
      await checkFunctionRole(this.#options.roles, settings.Role, { ...scope, name });
    }
    this.#options.packages.retain(latest.code);
    return this.#replaceLatest(changed, settings, latest.code);
  }

  /** Changes the code and, with it, the architecture. */
  async updateCode(
    changed: LambdaFunction,
    source: CodeSource,
    input: Pick<SettingsInput, 'Architectures'> = {},
  ): Promise<FunctionVersion> {
    const code = await this.#load(changed.scope, source);
    return this.#replaceLatest(changed, applySettings(changed.name, input, changed.latest.settings), code);
  }

  /** Publishes `$LATEST` as the next version. If nothing has changed since the last version, returns that one. */
  publish(
    published: LambdaFunction,
    input: { readonly CodeSha256?: string | undefined; readonly Description?: string | undefined } = {},
  ): { readonly version: FunctionVersion; readonly isNew: boolean } {
    const { latest, scope, name } = published;
    if (input.CodeSha256 !== undefined && input.CodeSha256 !== latest.code.sha256) {
      throw invalid(
        `CodeSHA256 (${input.CodeSha256}) is different from current CodeSHA256 in $LATEST (${latest.code.sha256}). Please try again with the CodeSHA256 in $LATEST.`,
      );
    }
    const last = published.published.get(String(published.lastVersion));
    if (last !== undefined && sameContent(last, latest)) return { version: last, isNew: false };
    published.lastVersion += 1;
    const number = String(published.lastVersion);
    const settings = applySettings(name, { Description: input.Description }, latest.settings);
    this.#options.packages.retain(latest.code);
    const version = this.#version({ ...scope, name }, number, settings, latest.code);
    published.published.set(number, version);
    return { version, isNew: true };
  }

  /** Deletes the function, or the version that the reference names. */
  async delete(reference: FunctionReference): Promise<void> {
    const { qualifier } = reference;
    const deleted = this.store.get(reference);
    if (qualifier === undefined) {
      this.store.delete(reference);
      await Promise.all([deleted.latest, ...deleted.published.values()].map((each) => this.#drop(each)));
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
    const { scope, name, latest: previous } = changed;
    changed.latest = this.#version({ ...scope, name }, '$LATEST', settings, code);
    await this.#drop(previous);
    return changed.latest;
  }

  async #drop(version: FunctionVersion): Promise<void> {
    await this.#options.environments.retire(version);
    await this.#options.packages.release(version.code);
  }

  #version(
    { accountId, region, name }: FunctionReference,
    version: string,
    settings: FunctionSettings,
    code: CodePackage,
  ): FunctionVersion {
    return {
      scope: { accountId, region },
      functionName: name,
      version,
      settings,
      code,
      lastModified: this.#options.clock.now(),
      revisionId: randomUUID(),
    };
  }

  async #load(scope: Scope, source: CodeSource): Promise<CodePackage> {
    const { code, packages } = this.#options;
    if ('source' in source) return packages.use(source.source);
    if ('bucket' in source) {
      let zip: Buffer;
      try {
        zip = code.read(scope, source.bucket, source.key);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        throw invalid(
          `Error occurred while GetObject. S3 Error Code: ${error.code}. S3 Error Message: ${error.message}`,
        );
      }
      return packages.use(zip);
    }
    if (source.zip.length > MAX_ZIP_BYTES) {
      throw new AwsError(
        'RequestEntityTooLargeException',
        `Request must be smaller than ${MAX_ZIP_BYTES} bytes for the CreateFunction operation: put a larger zip into S3.`,
        413,
      );
    }
    return packages.use(source.zip);
  }
}

/** Whether a published version is what publishing again would make. A new description alone makes no new version. */
function sameContent(a: FunctionVersion, b: FunctionVersion): boolean {
  const content = ({ settings, code }: FunctionVersion) =>
    JSON.stringify([{ ...settings, Description: '' }, code.sha256]);
  return content(a) === content(b);
}
