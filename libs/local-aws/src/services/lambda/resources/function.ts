import * as v from 'valibot';
import { tagMap, templateTags } from '../../../protocols/shapes.ts';
import type { ResourceState, ResourceType } from '../../resource-type.ts';
import type { CodeSource, FunctionControl } from '../functions/function-control.ts';
import { functionArn } from '../functions/function-name.ts';
import { architectureEntries, integer, invalid, settingsEntries } from '../functions/settings.ts';
import type { LambdaFunction } from '../store.ts';

const properties = v.strictObject({
  ...settingsEntries,
  ...architectureEntries,
  Role: v.nonOptional(settingsEntries.Role),
  FunctionName: v.optional(v.pipe(v.string(), v.regex(/^[a-zA-Z0-9-_]{1,64}$/))),
  Code: v.strictObject({
    S3Bucket: v.optional(v.string()),
    S3Key: v.optional(v.string()),
    /** In a template this is source text, not a zip. */
    ZipFile: v.optional(v.pipe(v.string(), v.maxLength(4 * 1024 * 1024))),
  }),
  PackageType: v.optional(v.literal('Zip')),
  ReservedConcurrentExecutions: v.optional(integer(0, 999_999)),
  Tags: v.optional(templateTags),
});

type Properties = v.InferOutput<typeof properties>;

/** `AWS::Lambda::Function`. */
export function functionType(control: FunctionControl): ResourceType<typeof properties> {
  const { store } = control;
  return {
    typeName: 'AWS::Lambda::Function',
    properties,
    replacedBy: ['FunctionName', 'PackageType'],
    async create(input, context) {
      const created = await control.create(context, {
        name: input.FunctionName ?? context.generateName({ maxLength: 64 }),
        settings: input,
        code: codeSource(input),
        tags: { ...context.tags, ...tagMap(input.Tags) },
        reservedConcurrency: input.ReservedConcurrentExecutions,
      });
      return stateOf(created);
    },
    async update(current, input, previous, context) {
      const changed = store.get({ ...context, name: current.physicalId });
      await control.configure(changed, input, { reset: true });
      if (JSON.stringify(input.Code) !== JSON.stringify(previous.Code)) {
        await control.updateCode(changed, codeSource(input));
      }
      if (input.ReservedConcurrentExecutions === undefined) delete changed.reservedConcurrency;
      else changed.reservedConcurrency = input.ReservedConcurrentExecutions;
      changed.tags = new Map(Object.entries({ ...context.tags, ...tagMap(input.Tags) }));
      return stateOf(changed);
    },
    async delete({ physicalId: name }, _input, { accountId, region }) {
      const reference = { accountId, region, name };
      if (store.find(reference) !== undefined) await control.delete(reference);
    },
  };
}

function stateOf({ scope, name }: LambdaFunction): ResourceState {
  return { physicalId: name, attributes: { Arn: functionArn({ ...scope, name }) } };
}

function codeSource({ Code }: Properties): CodeSource {
  if (Code.ZipFile !== undefined) return { source: Code.ZipFile };
  if (Code.S3Bucket === undefined || Code.S3Key === undefined) {
    throw invalid('Code must have S3Bucket and S3Key, or ZipFile.');
  }
  return { bucket: Code.S3Bucket, key: Code.S3Key };
}
