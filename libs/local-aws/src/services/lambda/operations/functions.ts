import * as v from 'valibot';
import type { Operation } from '../../../protocols/operation.ts';
import type { CodeSource, FunctionControl } from '../functions/function-control.ts';
import { describeVersion } from '../functions/function-description.ts';
import { invalid, settingsEntries } from '../functions/settings.ts';
import {
  checkRevision,
  functionEntries,
  functionQuestion,
  operation,
  page,
  pageEntries,
  passRoleQuestion,
  referenceOf,
  unsupported,
} from './operation.ts';

const FUNCTION = '/2015-03-31/functions/{FunctionName}';

const architectures = v.optional(v.pipe(v.array(v.picklist(['arm64', 'x86_64'])), v.length(1)));

/** A blob in a JSON document. */
const base64 = v.pipe(
  v.string(),
  v.base64(),
  v.transform((text) => Buffer.from(text, 'base64')),
);

const codeEntries = {
  ZipFile: v.optional(base64),
  S3Bucket: v.optional(v.string()),
  S3Key: v.optional(v.string()),
  S3ObjectVersion: v.optional(v.string()),
  ImageUri: unsupported('ImageUri'),
  SourceKMSKeyArn: unsupported('SourceKMSKeyArn'),
} as const;

const unsupportedEntries = {
  Layers: unsupported('Layers'),
  VpcConfig: unsupported('VpcConfig'),
  KMSKeyArn: unsupported('KMSKeyArn'),
  DeadLetterConfig: unsupported('DeadLetterConfig'),
  FileSystemConfigs: unsupported('FileSystemConfigs'),
  ImageConfig: unsupported('ImageConfig'),
  DurableConfig: unsupported('DurableConfig'),
  SnapStart: v.optional(v.strictObject({ ApplyOn: v.literal('None') })),
} as const;

type CodeInput = v.InferOutput<v.ObjectSchema<typeof codeEntries, undefined>>;

function codeSource(input: CodeInput): CodeSource {
  if (input.ZipFile !== undefined) return { zip: input.ZipFile };
  if (input.S3Bucket === undefined || input.S3Key === undefined) {
    throw invalid('Please provide a source for function code.');
  }
  return { bucket: input.S3Bucket, key: input.S3Key, version: input.S3ObjectVersion };
}

/** Creating, reading, changing and deleting functions and their versions. */
export function functionRoutes(control: FunctionControl): readonly Operation[] {
  const { store } = control;
  const question =
    (action: string) =>
    (
      input: { readonly FunctionName: string; readonly Qualifier?: string | undefined },
      scope: { readonly accountId: string; readonly region: string },
    ) => [functionQuestion(store, action, referenceOf(input, scope))];

  return [
    operation('CreateFunction', {
      http: 'POST /2015-03-31/functions',
      status: 201,
      input: v.object({
        ...settingsEntries,
        ...unsupportedEntries,
        FunctionName: functionEntries.FunctionName,
        Code: v.object(codeEntries),
        PackageType: v.optional(v.literal('Zip')),
        Architectures: architectures,
        Tags: v.optional(v.record(v.string(), v.string())),
        Publish: v.optional(v.boolean()),
      }),
      requires: (input, caller) => [
        functionQuestion(store, 'CreateFunction', referenceOf(input, caller)),
        ...(input.Role === undefined ? [] : [passRoleQuestion(input.Role, caller.accountId)]),
      ],
      async handle(input, call) {
        const created = await control.create(call, {
          name: input.FunctionName,
          settings: input,
          architecture: input.Architectures?.[0],
          code: codeSource(input.Code),
          tags: input.Tags ?? {},
        });
        return input.Publish === true
          ? describeVersion(control.publish(created).version, true)
          : describeVersion(created.latest, false);
      },
    }),
    operation('ListFunctions', {
      http: 'GET /2015-03-31/functions',
      input: v.object({ ...pageEntries, FunctionVersion: v.optional(v.literal('ALL')) }),
      requires: (_input, { accountId }) => [
        { action: 'lambda:ListFunctions', resource: '*', resourceAccountId: accountId },
      ],
      handle(input, call) {
        const all = store.list(call).flatMap(({ latest, published }) => {
          const versions = input.FunctionVersion === 'ALL' ? [latest, ...published.values()] : [latest];
          return versions.map((version) => describeVersion(version, input.FunctionVersion === 'ALL'));
        });
        const { items, ...next } = page(all, input);
        return { Functions: items, ...next };
      },
    }),
    operation('GetFunction', {
      http: `GET ${FUNCTION}`,
      input: v.object(functionEntries),
      requires: question('GetFunction'),
      handle(input, call) {
        const reference = referenceOf(input, call);
        const { tags, reservedConcurrency } = store.get(reference);
        return {
          Configuration: describeVersion(store.version(reference), reference.qualifier !== undefined),
          // No Location: local AWS has no URL from which the zip could be fetched.
          Code: { RepositoryType: 'S3' },
          ...(tags.size === 0 ? {} : { Tags: Object.fromEntries(tags) }),
          ...(reservedConcurrency === undefined
            ? {}
            : { Concurrency: { ReservedConcurrentExecutions: reservedConcurrency } }),
        };
      },
    }),
    operation('GetFunctionConfiguration', {
      http: `GET ${FUNCTION}/configuration`,
      input: v.object(functionEntries),
      requires: question('GetFunctionConfiguration'),
      handle(input, call) {
        const reference = referenceOf(input, call);
        return describeVersion(store.version(reference), reference.qualifier !== undefined);
      },
    }),
    operation('UpdateFunctionConfiguration', {
      http: `PUT ${FUNCTION}/configuration`,
      input: v.object({
        ...settingsEntries,
        ...unsupportedEntries,
        FunctionName: functionEntries.FunctionName,
        RevisionId: v.optional(v.string()),
      }),
      requires: (input, caller) => [
        functionQuestion(store, 'UpdateFunctionConfiguration', referenceOf(input, caller)),
        ...(input.Role === undefined ? [] : [passRoleQuestion(input.Role, caller.accountId)]),
      ],
      async handle(input, call) {
        const changed = store.get(referenceOf(input, call));
        checkRevision(changed, input.RevisionId);
        return describeVersion(await control.configure(changed, input), false);
      },
    }),
    operation('UpdateFunctionCode', {
      http: `PUT ${FUNCTION}/code`,
      input: v.object({
        ...codeEntries,
        FunctionName: functionEntries.FunctionName,
        RevisionId: v.optional(v.string()),
        Publish: v.optional(v.boolean()),
        DryRun: v.optional(v.boolean()),
        Architectures: architectures,
      }),
      requires: question('UpdateFunctionCode'),
      async handle(input, call) {
        const changed = store.get(referenceOf(input, call));
        checkRevision(changed, input.RevisionId);
        const latest = await control.updateCode(changed, codeSource(input), {
          dryRun: input.DryRun ?? false,
          architecture: input.Architectures?.[0],
        });
        return input.Publish === true && input.DryRun !== true
          ? describeVersion(control.publish(changed).version, true)
          : describeVersion(latest, false);
      },
    }),
    operation('DeleteFunction', {
      http: `DELETE ${FUNCTION}`,
      status: 204,
      input: v.object(functionEntries),
      requires: question('DeleteFunction'),
      async handle(input, call) {
        await control.delete(referenceOf(input, call));
      },
    }),
    operation('PublishVersion', {
      http: `POST ${FUNCTION}/versions`,
      status: 201,
      input: v.object({
        FunctionName: functionEntries.FunctionName,
        CodeSha256: v.optional(v.string()),
        Description: v.optional(v.pipe(v.string(), v.maxLength(256))),
        RevisionId: v.optional(v.string()),
      }),
      requires: question('PublishVersion'),
      handle(input, call) {
        const published = store.get(referenceOf(input, call));
        checkRevision(published, input.RevisionId);
        const options = { codeSha256: input.CodeSha256, description: input.Description };
        return describeVersion(control.publish(published, options).version, true);
      },
    }),
    operation('ListVersionsByFunction', {
      http: `GET ${FUNCTION}/versions`,
      input: v.object({ FunctionName: functionEntries.FunctionName, ...pageEntries }),
      requires: question('ListVersionsByFunction'),
      handle(input, call) {
        const { latest, published } = store.get(referenceOf(input, call));
        const versions = [latest, ...published.values()].map((version) => describeVersion(version, true));
        const { items, ...next } = page(versions, input);
        return { Versions: items, ...next };
      },
    }),
    operation('ListAliases', {
      http: `GET ${FUNCTION}/aliases`,
      input: v.object({
        FunctionName: functionEntries.FunctionName,
        FunctionVersion: v.optional(v.string()),
        ...pageEntries,
      }),
      requires: question('ListAliases'),
      handle(input, call) {
        store.get(referenceOf(input, call));
        // There is no way to make one here.
        return { Aliases: [] };
      },
    }),
  ];
}
