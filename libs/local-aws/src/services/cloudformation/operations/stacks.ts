import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import type { ServiceRequest } from '../../../pipeline/endpoint.ts';
import { flag, listOf } from '../../../protocols/shapes.ts';
import { desiredState, hasChanges, planChanges } from '../engine/change/plan.ts';
import { Stack } from '../engine/stack.ts';
import { checkExpansion } from '../engine/template/check-template.ts';
import { validationError } from '../engine/template/errors.ts';
import * as shared from './operation.ts';

/** The operations that create, change, protect and delete stacks. */
export function stackOperations(engine: shared.StackTools) {
  const { store, deployer } = engine;
  const operation = shared.operationsOn(store);
  const actorFor = (
    call: ServiceRequest,
    { StackName = '', RoleARN, ClientRequestToken }: shared.StackInput,
  ) => engine.actor(call, RoleARN ?? store.find(call, StackName)?.deployment?.roleArn, ClientRequestToken);
  return [
    operation('CreateStack', {
      input: v.object({
        ...shared.deploymentMembers,
        ...shared.requestMembers,
        StackName: shared.newStackName,
        OnFailure: v.optional(v.picklist(['ROLLBACK', 'DELETE', 'DO_NOTHING'])),
        DisableRollback: v.optional(flag),
        EnableTerminationProtection: v.optional(flag, 'false'),
      }),
      async handle(input, call) {
        const { StackName: name, OnFailure, DisableRollback } = input;
        if (OnFailure !== undefined && DisableRollback !== undefined) {
          throw validationError('Either DisableRollback or OnFailure can be specified, not both.');
        }
        const onFailure = OnFailure ?? shared.onFailureOf(input, false);
        const deployment = await shared.prepareDeployment(engine, call, input);
        checkExpansion(deployment.transforms, input.Capabilities);
        const actor = await actorFor(call, input);
        const present = store.find(call, name);
        // A stack whose first change set was not executed has only a name.
        if (present !== undefined && present.status !== 'REVIEW_IN_PROGRESS') {
          throw new AwsError('AlreadyExistsException', `Stack [${name}] already exists`);
        }
        const stack = present ?? new Stack(call, name, engine.now);
        stack.disableRollback = onFailure === 'DO_NOTHING';
        stack.staysFailed = OnFailure === 'DO_NOTHING';
        stack.terminationProtection = input.EnableTerminationProtection;
        planChanges(stack, desiredState(stack, deployment, engine));
        store.add(stack);
        // As LocalStack's tests recorded it on AWS: `test_create_while_in_review`, https://github.com/localstack/localstack
        const obsolete = [...stack.changeSets];
        void deployer.deploy(stack, deployment, actor, onFailure);
        for (const [changeSetName, changeSet] of obsolete) {
          changeSet.ExecutionStatus = 'OBSOLETE';
          stack.changeSets.set(changeSetName, changeSet);
        }
        return { StackId: stack.id };
      },
    }),
    operation('UpdateStack', {
      input: v.object({
        ...shared.deploymentMembers,
        ...shared.requestMembers,
        ...shared.usePreviousTemplate,
        StackName: shared.stackNameOrId,
        DisableRollback: v.optional(flag),
      }),
      async handle(input, call) {
        const stack = store.getUpdatable(call, input.StackName);
        const deployment = await shared.prepareDeployment(engine, call, input, stack);
        checkExpansion(deployment.transforms, input.Capabilities);
        const actor = await actorFor(call, input);
        const outputs = await shared.foreseenOutputs(engine, call, stack, deployment);
        // Another request may have come in between.
        store.getUpdatable(call, stack.id);
        const desired = desiredState(stack, deployment, engine, outputs);
        if (!hasChanges(stack, desired, planChanges(stack, desired))) {
          throw validationError('No updates are to be performed.');
        }
        void deployer.deploy(stack, deployment, actor, shared.onFailureOf(input, stack.disableRollback));
        return { StackId: stack.id };
      },
    }),
    operation('DeleteStack', {
      input: v.object({
        ...shared.requestMembers,
        ...shared.deletionConfig,
        StackName: shared.stackNameOrId,
        RetainResources: v.optional(listOf(v.string()), () => []),
        RoleARN: v.optional(v.string()),
      }),
      async handle(input, call) {
        const { RetainResources: retained } = input;
        const actor = await actorFor(call, input);
        const stack = store.find(call, input.StackName);
        // Deleting a stack that does not exist, or is being deleted, succeeds.
        if (stack === undefined || /^DELETE_(COMPLETE|IN_PROGRESS)$/.test(stack.status)) return;
        if (stack.terminationProtection) {
          throw validationError(
            `Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`,
          );
        }
        if (/^(?!CREATE_|REVIEW_).*_IN_PROGRESS$/.test(stack.status)) {
          throw validationError(`Stack [${stack.id}] cannot be deleted while in status ${stack.status}`);
        }
        checkRetained(stack, retained);
        void deployer.remove(stack, actor, retained);
      },
    }),
    operation('ContinueUpdateRollback', {
      input: v.object({
        ...shared.requestMembers,
        StackName: shared.stackNameOrId,
        ResourcesToSkip: v.optional(listOf(v.string()), () => []),
        RoleARN: v.optional(v.string()),
      }),
      async handle(input, call) {
        const find = () => {
          const stack = store.getForChange(call, input.StackName);
          checkSkippable(stack, input.ResourcesToSkip);
          return stack;
        };
        find();
        const actor = await actorFor(call, input);
        // Another request may have come in between.
        const stack = find();
        if (input.RoleARN !== undefined && stack.deployment !== undefined) {
          stack.deployment = { ...stack.deployment, roleArn: input.RoleARN };
        }
        void deployer.continueUpdateRollback(stack, actor, input.ResourcesToSkip);
        return {};
      },
    }),
    operation('UpdateTerminationProtection', {
      input: v.object({ StackName: shared.stackNameOrId, EnableTerminationProtection: flag }),
      handle({ StackName, EnableTerminationProtection }, call) {
        const stack = store.getForChange(call, StackName);
        stack.terminationProtection = EnableTerminationProtection;
        return { StackId: stack.id };
      },
    }),
  ];
}

/**
 * Only what a failed roll-back left behind can be skipped
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ContinueUpdateRollback.html). The words are those of local AWS.
 */
function checkSkippable({ id, name, status, unfinished }: Stack, skipped: readonly string[]): void {
  if (status !== 'UPDATE_ROLLBACK_FAILED' || unfinished === undefined) {
    throw validationError(
      `Stack:${id} is in ${status} state and can not continue its rollback: only a stack in UPDATE_ROLLBACK_FAILED can.`,
    );
  }
  const failed = [...unfinished.failed.keys()];
  const others = skipped.filter((one) => !failed.includes(one));
  if (others.length === 0) return;
  throw validationError(
    `ResourcesToSkip: the rollback of stack [${name}] did not fail at ${others.join(', ')}. Name some of ${failed.join(', ')}.`,
  );
}

/**
 * Resources can be retained only after a deletion has failed
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html).
 * AWS's words: https://github.com/Corymbia/eucalyptus/issues/81 for the status, and
 * https://github.com/rebuy-de/aws-nuke/issues/270 for a resource that is gone. The other words are those of local AWS.
 */
function checkRetained(stack: Stack, retained: readonly string[]): void {
  if (retained.length === 0) return;
  if (stack.status !== 'DELETE_FAILED') {
    throw validationError(
      `Invalid operation on stack [${stack.id}]. When you delete a stack, specify which resources to retain only when the stack is in the DELETE_FAILED state.`,
    );
  }
  for (const id of retained) {
    const resource = stack.resources.get(id);
    if (resource === undefined) {
      throw validationError(`RetainResources: stack [${stack.name}] has no resource ${id}. Use logical IDs.`);
    }
    if (resource.ResourceStatus === 'DELETE_COMPLETE') {
      throw validationError(
        'The specified resources to retain must be in a valid state. Do not specify resources that are in the DELETE_COMPLETE state.',
      );
    }
  }
}
