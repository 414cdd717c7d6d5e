import * as v from 'valibot';
import { tagMap, templateTags, wholeNumber } from '../../../protocols/shapes.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import { deploymentPermissions } from '../../deployment-permissions.ts';
import {
  isChanged,
  type ResourceChange,
  type ResourcePermission,
  type ResourceState,
  type ResourceType,
  withTagContext,
} from '../../resource-type.ts';
import type { FunctionControl } from '../functions/function-control.ts';
import { functionArn } from '../functions/function-name.ts';
import { architectureEntries, settingsEntries } from '../functions/settings.ts';
import { passRole } from '../operations/functions.ts';
import { recursiveLoop } from '../operations/recursion.ts';
import type { FunctionStore, LambdaFunction } from '../store.ts';

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
  ReservedConcurrentExecutions: v.optional(wholeNumber(0, 999_999)),
  // The framework writes an empty list for a stage without layers.
  Layers: withoutEffect(
    v.optional(
      v.array(
        v.never(
          "local AWS has no layers: bundle the layer's code with the function, or leave it out of this stage",
        ),
      ),
    ),
    'a function has no layers',
  ),
  DeadLetterConfig: v.optional(
    v.strictObject({
      TargetArn: withoutEffect(v.optional(v.string()), 'a failed event is in the log of the function only'),
    }),
  ),
  RecursiveLoop: v.optional(recursiveLoop),
  Tags: v.optional(templateTags),
});

type Properties = v.InferOutput<typeof properties>;

const TYPE = 'AWS::Lambda::Function';

/** `AWS::Lambda::Function`. */
export function functionType(control: FunctionControl): ResourceType<typeof properties> {
  const { store } = control;
  return {
    typeName: TYPE,
    properties,
    instead: {
      FileSystemConfigs: 'Write to /tmp',
      ImageConfig: 'Deploy the function as a zip',
      'Code.ImageUri': 'Deploy the function as a zip',
      KmsKeyArn: 'Leave it out of the local stage',
      SnapStart: 'Leave it out of the local stage',
    },
    replacedBy: ['FunctionName', 'PackageType'],
    requires: (change) => requires(change, store),
    async create(input, context) {
      const created = await control.create(context, {
        name: input.FunctionName ?? context.generateName({ maxLength: 64 }),
        settings: input,
        code: input.Code,
        tags: { ...context.tags, ...tagMap(input.Tags) },
        reservedConcurrency: input.ReservedConcurrentExecutions,
        recursiveLoop: input.RecursiveLoop,
      });
      return stateOf(created);
    },
    async update(current, input, previous, context) {
      const changed = store.get({ ...context, name: current.physicalId });
      await control.configure(changed, input);
      if (JSON.stringify(input.Code) !== JSON.stringify(previous.Code)) {
        await control.updateCode(changed, input.Code);
      }
      changed.reservedConcurrency = input.ReservedConcurrentExecutions;
      changed.recursiveLoop = input.RecursiveLoop ?? 'Terminate';
      changed.tags = { ...context.tags, ...tagMap(input.Tags) };
      return stateOf(changed);
    },
    // AWS cannot read the code either: it is a write-only property.
    read({ physicalId: name }, _input, scope) {
      const present = store.find({ ...scope, name });
      if (present === undefined) return undefined;
      const { latest, reservedConcurrency, recursiveLoop } = present;
      return {
        ...latest.settings,
        ReservedConcurrentExecutions: reservedConcurrency,
        RecursiveLoop: recursiveLoop,
      };
    },
    async delete({ physicalId: name }, _input, { accountId, region }) {
      const reference = { accountId, region, name };
      if (store.find(reference) !== undefined) await control.delete(reference);
    },
  };
}

function requires(change: ResourceChange<Properties>, store: FunctionStore): readonly ResourcePermission[] {
  const { handler, current, properties } = change;
  const name = current?.physicalId ?? properties.FunctionName ?? change.generateName({ maxLength: 64 });
  const reference = { ...change, name };
  const own = functionArn(reference);
  const settings = (Object.keys(properties) as (keyof Properties)[]).filter(
    (name) =>
      !['FunctionName', 'Code', 'Tags', 'ReservedConcurrentExecutions', 'RecursiveLoop'].includes(name),
  );
  const isConfigured = handler !== 'delete' && isChanged(change, ...settings);
  const placeOf = (action: string, isOnAll: boolean) => {
    if (action === 's3:GetObject') return `arn:aws:s3:::${properties.Code.S3Bucket}/${properties.Code.S3Key}`;
    return isOnAll ? '*' : own;
  };
  return [
    ...deploymentPermissions(TYPE, change, placeOf).flatMap((permission) =>
      permission.resource === own
        ? withTagContext([permission], change, store.find(reference)?.tags)
        : permission,
    ),
    ...(isConfigured ? passRole(properties.Role) : []),
  ];
}

function stateOf(owned: LambdaFunction): ResourceState {
  return { physicalId: owned.name, attributes: { Arn: functionArn(owned) } };
}
