import * as v from 'valibot';
import type { Scope } from '../../../core/scope.ts';
import type { ResourceState, ResourceType } from '../../resource-type.ts';
import { storedZip } from '../code/stored-zip.ts';
import type { CodeSource, FunctionControl } from '../functions/function-control.ts';
import { functionArn } from '../functions/function-name.ts';
import { invalid, settingsEntries } from '../functions/settings.ts';
import type { LambdaFunction } from '../store.ts';

const properties = v.strictObject({
  ...settingsEntries,
  Role: v.nonOptional(settingsEntries.Role),
  FunctionName: v.optional(v.pipe(v.string(), v.regex(/^[a-zA-Z0-9-_]{1,64}$/))),
  Code: v.strictObject({
    S3Bucket: v.optional(v.string()),
    S3Key: v.optional(v.string()),
    S3ObjectVersion: v.optional(v.string()),
    /** Source text here, not a zip. */
    ZipFile: v.optional(v.pipe(v.string(), v.maxLength(4 * 1024 * 1024))),
  }),
  Architectures: v.optional(v.pipe(v.array(v.picklist(['arm64', 'x86_64'])), v.length(1))),
  PackageType: v.optional(v.literal('Zip')),
  ReservedConcurrentExecutions: v.optional(
    v.pipe(
      v.union([v.number(), v.pipe(v.string(), v.regex(/^\d{1,6}$/), v.transform(Number))]),
      v.integer(),
      v.minValue(0),
    ),
  ),
  Tags: v.optional(v.array(v.strictObject({ Key: v.string(), Value: v.string() }))),
});

type Properties = v.InferOutput<typeof properties>;

/** `AWS::Lambda::Function`. */
export function functionType(control: FunctionControl): ResourceType<typeof properties> {
  const { store } = control;
  const find = (scope: Scope, name: string) => store.find({ ...scope, name });
  return {
    typeName: 'AWS::Lambda::Function',
    properties,
    replacedBy: ['FunctionName', 'PackageType'],
    async create(input, context) {
      const created = await control.create(context, {
        name: input.FunctionName ?? context.generateName({ maxLength: 64 }),
        settings: input,
        architecture: input.Architectures?.[0],
        code: codeSource(input),
        tags: tagsOf(input, context.tags),
        reservedConcurrency: input.ReservedConcurrentExecutions,
      });
      return stateOf(created);
    },
    async update(current, input, previous, context) {
      const changed = store.get({ ...context, name: current.physicalId });
      const architecture = input.Architectures?.[0] ?? 'x86_64';
      await control.configure(changed, input, { reset: true, architecture });
      if (JSON.stringify(input.Code) !== JSON.stringify(previous.Code)) {
        await control.updateCode(changed, codeSource(input));
      }
      if (input.ReservedConcurrentExecutions === undefined) delete changed.reservedConcurrency;
      else changed.reservedConcurrency = input.ReservedConcurrentExecutions;
      changed.tags.clear();
      for (const [key, value] of Object.entries(tagsOf(input, context.tags))) changed.tags.set(key, value);
      return stateOf(changed);
    },
    async delete(current, _input, context) {
      if (find(context, current.physicalId) === undefined) return;
      await control.delete({
        accountId: context.accountId,
        region: context.region,
        name: current.physicalId,
      });
    },
  };
}

function stateOf({ scope, name }: LambdaFunction): ResourceState {
  return { physicalId: name, attributes: { Arn: functionArn({ ...scope, name }) } };
}

function tagsOf(input: Properties, stackTags: Readonly<Record<string, string>>): Record<string, string> {
  return { ...stackTags, ...Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key, Value])) };
}

function codeSource({ Code }: Properties): CodeSource {
  if (Code.ZipFile !== undefined) return { zip: storedZip({ 'index.js': Code.ZipFile }) };
  if (Code.S3Bucket === undefined || Code.S3Key === undefined) {
    throw invalid('Code must have S3Bucket and S3Key, or ZipFile.');
  }
  return { bucket: Code.S3Bucket, key: Code.S3Key, version: Code.S3ObjectVersion };
}
