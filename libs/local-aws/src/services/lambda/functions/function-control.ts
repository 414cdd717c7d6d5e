import { randomUUID } from 'node:crypto';
import type { Authorizer } from '@cross-account-api/iam';
import type { Clock } from '../../../core/clock.ts';
import { AwsError } from '../../../core/errors.ts';
import type { Scope } from '../../../core/scope.ts';
import type { ServiceRoles } from '../../../identity/service-role.ts';
import type { S3Service } from '../../s3/index.ts';
import type { CodePackage, CodePackages } from '../code/packages.ts';
import { storedZip } from '../code/stored-zip.ts';
import type { Environments } from '../invocation/environments.ts';
import type { Programs } from '../runtime/programs.ts';
import type { FunctionStore, FunctionVersion, LambdaFunction, RecursiveLoop } from '../store.ts';
import { conflict, invalid } from './errors.ts';
import { type FunctionReference, parseFunctionName } from './function-name.ts';
import { assumeFunctionRole, checkVpcPermission } from './function-role.ts';
import {
  applySettings,
  type FunctionSettings,
  isPythonRuntime,
  type Runtime,
  type SettingsInput,
} from './settings.ts';

/** The source of a function's code in requests and templates. */
interface CodeSource {
  /** A zip, or the text of the file `index`, with the extension of the runtime. */
  readonly ZipFile?: Buffer | string | undefined;
  readonly S3Bucket?: string | undefined;
  readonly S3Key?: string | undefined;
}

/** The largest zip in a request, in bytes. A larger one must come through S3. */
const MAX_ZIP_BYTES = 50 * 1024 * 1024;

/** Creates, changes, publishes and deletes functions. */
export type FunctionControl = ReturnType<typeof createFunctionControl>;

/** Creates, changes, publishes and deletes functions, for the API and for CloudFormation. */
export function createFunctionControl(options: {
  readonly clock: Clock;
  readonly store: FunctionStore;
  readonly environments: Environments;
  readonly packages: CodePackages;
  readonly programs: Pick<Programs, 'check'>;
  readonly code: Pick<S3Service, 'read'>;
  readonly roles: Pick<ServiceRoles, 'assume'>;
  readonly authorizer: Pick<Authorizer, 'decide'>;
  /** Whether changes take time, in which invocations run the code and the configuration from before. */
  readonly keepsReplaced: boolean;
  /** A function was created, or has other code or another configuration. */
  readonly changed: () => void;
}) {
  const { clock, store, environments, packages, keepsReplaced } = options;

  /** Checks that Lambda can assume the role, and that the role can connect a function to its VPC. */
  async function checkRole({ Role, VpcConfig }: FunctionSettings, reference: FunctionReference) {
    const session = await assumeFunctionRole(options.roles, Role, reference);
    if (VpcConfig !== undefined && VpcConfig.SubnetIds.length > 0)
      await checkVpcPermission(options.authorizer, session);
  }

  function versionOf(
    { accountId, region, name }: FunctionReference,
    version: string,
    settings: FunctionSettings,
    code: CodePackage,
  ): FunctionVersion {
    const lastModified = clock.now();
    return { accountId, region, name, version, settings, code, lastModified, revisionId: randomUUID() };
  }

  async function replaceLatest(changed: LambdaFunction, settings: FunctionSettings, code: CodePackage) {
    const { latest: previous, replaced } = changed;
    changed.latest = versionOf(changed, '$LATEST', settings, code);
    changed.replaced = keepsReplaced ? previous : undefined;
    await drop(keepsReplaced ? replaced : previous);
    options.changed();
    return changed.latest;
  }

  async function drop(version: FunctionVersion | undefined): Promise<void> {
    if (version === undefined) return;
    await environments.retire(version);
    await packages.release(version.code);
  }

  async function load(
    scope: Scope,
    { ZipFile, S3Bucket = '', S3Key = '' }: CodeSource,
    runtime: Runtime,
  ): Promise<CodePackage> {
    if (typeof ZipFile === 'string') {
      return packages.use(storedZip({ [isPythonRuntime(runtime) ? 'index.py' : 'index.js']: ZipFile }));
    }
    if (ZipFile === undefined) return packages.use(readFromS3(scope, S3Bucket, S3Key));
    if (ZipFile.length <= MAX_ZIP_BYTES) return packages.use(ZipFile);
    throw new AwsError(
      'RequestEntityTooLargeException',
      `Zipped size must be smaller than ${MAX_ZIP_BYTES} bytes: put a larger zip into S3.`,
      413,
    );
  }

  function checkSource({ ZipFile, S3Bucket, S3Key }: CodeSource): void {
    if (ZipFile !== undefined || (S3Bucket !== undefined && S3Key !== undefined)) return;
    throw invalid('Please provide a source for function code.');
  }

  function readFromS3(scope: Scope, bucket: string, key: string): Buffer {
    try {
      return options.code.read(scope, bucket, key);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      throw invalid(
        `Error occurred while GetObject. S3 Error Code: ${error.code}. S3 Error Message: ${error.message}`,
      );
    }
  }

  return {
    store,

    async create(
      scope: Scope,
      input: {
        readonly name: string;
        readonly settings: SettingsInput;
        readonly code: CodeSource;
        readonly tags?: Readonly<Record<string, string>> | undefined;
        readonly reservedConcurrency?: number | undefined;
        readonly recursiveLoop?: RecursiveLoop | undefined;
      },
    ): Promise<LambdaFunction> {
      checkSource(input.code);
      const { qualifier: _, ...reference } = parseFunctionName(input.name, scope);
      const settings = applySettings(reference.name, input.settings);
      await options.programs.check(settings.Runtime);
      store.checkAvailable(reference);
      await checkRole(settings, reference);
      const code = await load(scope, input.code, settings.Runtime);
      const created: LambdaFunction = {
        ...reference,
        latest: versionOf(reference, '$LATEST', settings, code),
        replaced: undefined,
        published: new Map(),
        aliases: new Map(),
        urls: new Map(),
        policies: new Map(),
        tags: input.tags ?? {},
        lastVersion: 0,
        publishedContent: undefined,
        reservedConcurrency: input.reservedConcurrency,
        recursiveLoop: input.recursiveLoop ?? 'Terminate',
      };
      try {
        store.add(created);
      } catch (error) {
        await packages.release(code);
        throw error;
      }
      options.changed();
      return created;
    },

    /** Changes the configuration. @param previous the values of absent members. Default: Lambda's defaults */
    async configure(
      changed: LambdaFunction,
      input: SettingsInput,
      previous?: FunctionSettings,
    ): Promise<FunctionVersion> {
      const { latest } = changed;
      const settings = applySettings(changed.name, input, previous);
      if (settings.Role !== latest.settings.Role || settings.VpcConfig !== latest.settings.VpcConfig) {
        await checkRole(settings, changed);
      }
      if (settings.Runtime !== latest.settings.Runtime) await options.programs.check(settings.Runtime);
      packages.retain(latest.code);
      return replaceLatest(changed, settings, latest.code);
    },

    /** Changes the code and, with it, the architecture. */
    async updateCode(
      changed: LambdaFunction,
      source: CodeSource,
      input: SettingsInput = {},
    ): Promise<FunctionVersion> {
      checkSource(source);
      const settings = applySettings(changed.name, input, changed.latest.settings);
      const code = await load(changed, source, settings.Runtime);
      return replaceLatest(changed, settings, code);
    },

    /** Publishes `$LATEST` as the next version. @returns the last version, not new, if nothing has changed since then */
    publish(
      changed: LambdaFunction,
      input: { readonly CodeSha256?: string | undefined; readonly Description?: string | undefined } = {},
    ): { readonly version: FunctionVersion; readonly isNew: boolean } {
      const { latest, published, name } = changed;
      const { code } = latest;
      if (input.CodeSha256 !== undefined && input.CodeSha256 !== code.sha256) {
        throw invalid(
          `CodeSHA256 (${input.CodeSha256}) is different from current CodeSHA256 in $LATEST (${code.sha256}). Please try again with the CodeSHA256 in $LATEST.`,
        );
      }
      const last = published.get(String(changed.lastVersion));
      const content = contentOf(latest);
      if (last !== undefined && changed.publishedContent === content) return { version: last, isNew: false };
      changed.lastVersion += 1;
      changed.publishedContent = content;
      const settings = applySettings(name, { Description: input.Description }, latest.settings);
      packages.retain(code);
      const version = versionOf(changed, String(changed.lastVersion), settings, code);
      published.set(version.version, version);
      latest.revisionId = randomUUID();
      return { version, isNew: true };
    },

    /** Deletes the function, or the version that the reference names. */
    async delete(reference: FunctionReference): Promise<void> {
      const { qualifier, ...unqualified } = reference;
      if (qualifier === '$LATEST') {
        throw invalid('$LATEST version cannot be deleted without deleting the function.');
      }
      // AWS's error about a function that does not exist has no qualifier.
      const { latest, replaced, published, aliases, policies } = store.get(unqualified);
      if (qualifier === undefined) {
        store.delete(unqualified);
        await Promise.all([latest, replaced, ...published.values()].map(drop));
        return;
      }
      if (aliases.has(qualifier)) throw invalid('Deletion of aliases is not currently supported.');
      const referring = [...aliases.values()].filter(
        ({ version, weights }) => version === qualifier || Object.hasOwn(weights, qualifier),
      );
      if (referring.length > 0) {
        const names = referring.map(({ name }) => name).join(', ');
        throw conflict(`Unable to delete version because the following aliases reference it: [${names}]`);
      }
      const version = published.get(qualifier);
      published.delete(qualifier);
      policies.delete(qualifier);
      if (version !== undefined) await drop(version);
    },
  };
}

/**
 * What of `$LATEST` must differ from what was published last: a new description is enough, that of the version does not count. LocalStack's
 * tests recorded it on AWS (`test_version_lifecycle`, https://github.com/localstack/localstack).
 */
function contentOf({ settings, code }: FunctionVersion): string {
  return JSON.stringify([settings, code.sha256]);
}
