import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { atLeast, atMost, flag, listOf, pattern } from '../../../protocols/shapes.ts';
import { unsupported } from '../engine/template/errors.ts';

/** A stack's name, or its ARN. */
export const stackNameOrId = v.pipe(v.string(), atLeast(1), atMost(2048));

/** A name for a new stack or change set. */
export const newName = v.pipe(
  v.string(),
  pattern(/^[a-zA-Z][-a-zA-Z0-9]*$/, '[a-zA-Z][-a-zA-Z0-9]*'),
  atMost(128),
);

const parameter = v.pipe(
  v.object({
    ParameterKey: v.string(),
    ParameterValue: v.optional(v.string()),
    UsePreviousValue: v.optional(flag, 'false'),
  }),
  v.transform(({ ParameterKey, ParameterValue, UsePreviousValue }) => ({
    key: ParameterKey,
    usePreviousValue: UsePreviousValue,
    ...defined({ value: ParameterValue }),
  })),
);

const tag = v.object({
  Key: v.pipe(v.string(), atLeast(1), atMost(128)),
  Value: v.pipe(v.string(), atMost(256)),
});

/** The members that say which template is meant. */
export const templateMembers = {
  TemplateBody: v.optional(v.string()),
  TemplateURL: v.optional(v.string()),
};

/** The same for operations that may keep the stack's present template. */
export const usePreviousTemplate = { UsePreviousTemplate: v.optional(flag, 'false') };

/** The input members of CreateStack, UpdateStack and CreateChangeSet that describe the deployment. */
export const deploymentMembers = {
  ...templateMembers,
  Parameters: v.optional(listOf(parameter), () => []),
  Capabilities: v.optional(
    listOf(v.picklist(['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND'])),
    () => [],
  ),
  Tags: v.optional(listOf(tag)),
  RoleARN: v.optional(v.string()),
  NotificationARNs: v.optional(listOf(v.string()), () => []),
  ResourceTypes: v.optional(listOf(v.string()), () => []),
  RollbackConfiguration: v.optional(
    v.union([v.object({ RollbackTriggers: v.optional(listOf(v.unknown()), () => []) }), v.literal('')]),
    '',
  ),
};

/** A decoded {@link deploymentMembers}. */
export type DeploymentInput = v.InferOutput<v.ObjectSchema<typeof deploymentMembers, undefined>> & {
  readonly UsePreviousTemplate?: boolean;
};

/**
 * Refuses what local AWS could only ignore.
 * @throws AwsError `ValidationError`
 */
export function refuseUnsupported(input: DeploymentInput): void {
  if (input.NotificationARNs.length > 0) {
    throw unsupported('NotificationARNs', 'It has no SNS to send them to: leave them out.');
  }
  if (input.ResourceTypes.length > 0) throw unsupported('ResourceTypes', 'Leave it out.');
  if (input.RollbackConfiguration !== '' && input.RollbackConfiguration.RollbackTriggers.length > 0) {
    throw unsupported('RollbackTriggers', 'It has no CloudWatch alarms: leave them out.');
  }
}
