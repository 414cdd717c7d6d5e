import * as v from 'valibot';
import { tagMap, templateTags } from '../../../protocols/shapes.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import { deploymentPermissions } from '../../deployment-permissions.ts';
import {
  type ResourceContext,
  ResourceExistsError,
  type ResourceType,
  withTagContext,
} from '../../resource-type.ts';
import { groupResource } from '../operations/operation.ts';
import type { LogGroup, LogStore } from '../store.ts';

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** The pattern in AWS's schema of the type. */
const KEY_ARN = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(?:key|alias)\/.+$/;

const properties = v.strictObject({
  LogGroupName: v.optional(v.string()),
  RetentionInDays: withoutEffect(
    v.optional(v.picklist(retentionDays)),
    'events do not expire: the latest 64 MB of all groups are kept',
  ),
  LogGroupClass: v.optional(v.literal('STANDARD')),
  KmsKeyId: withoutEffect(
    v.optional(v.pipe(v.string(), v.regex(KEY_ARN))),
    'events are in memory, not encrypted',
  ),
  Tags: v.optional(templateTags),
});

type Properties = v.InferOutput<typeof properties>;

const TYPE = 'AWS::Logs::LogGroup';

/** `AWS::Logs::LogGroup`. */
export function logGroupType(store: LogStore): ResourceType<typeof properties> {
  const configure = (group: LogGroup, given: Properties, context: ResourceContext) => {
    const { KmsKeyId, RetentionInDays, Tags } = given;
    if (KmsKeyId === undefined) delete group.kmsKeyId;
    else group.kmsKeyId = KmsKeyId;
    if (RetentionInDays === undefined) delete group.retentionInDays;
    else group.retentionInDays = RetentionInDays;
    group.tags = { ...context.tags, ...tagMap(Tags) };
    return { physicalId: group.name, attributes: { Arn: `${group.arn}:*` } };
  };
  return {
    typeName: TYPE,
    properties,
    replacedBy: ['LogGroupName'],
    identifiedBy: 'LogGroupName',
    requires(change) {
      const { current, properties: given } = change;
      const name = current?.physicalId ?? given.LogGroupName ?? change.generateName({ maxLength: 512 });
      const own = groupResource(name, change);
      const present = store.findGroup(change, name)?.tags;
      const placeOf = (action: string, isOnAll: boolean) => {
        if (action === 'logs:DescribeLogGroups') return groupResource('', change);
        return isOnAll ? '*' : own;
      };
      return deploymentPermissions(TYPE, change, placeOf).flatMap((permission) =>
        permission.resource === own ? withTagContext([permission], change, present) : permission,
      );
    },
    async create(given, context) {
      const name = given.LogGroupName ?? context.generateName({ maxLength: 512 });
      if (store.findGroup(context, name) !== undefined) {
        throw new ResourceExistsError(TYPE, 'LogGroupName', name);
      }
      return configure(store.createGroup(context, name), given, context);
    },
    adopt: async (name, given, context) => configure(store.group(context, name), given, context),
    update: async (current, given, _previous, context) =>
      configure(store.group(context, current.physicalId), given, context),
    async delete({ physicalId }, _given, context) {
      const group = store.findGroup(context, physicalId);
      if (group !== undefined) store.deleteGroup(group);
    },
  };
}
