import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { AwsError } from '../../../core/errors.ts';
import type { Call } from '../../../pipeline/endpoint.ts';
import { flag, listOf, wholeNumberText } from '../../../protocols/shapes.ts';
import { hasChanges, planChanges } from '../engine/change/plan.ts';
import type { Stack } from '../engine/stack.ts';
import { MissingExportError, validationError } from '../engine/template/errors.ts';
import { newArn } from '../store.ts';
import { deploymentMembers, newName, stackNameOrId, usePreviousTemplate } from './input.ts';
import {
  desiredFor,
  type Engine,
  missingInBrackets,
  operationsOn,
  permitsUpdate,
  stackOf,
} from './operation.ts';
import { prepareDeployment } from './prepare.ts';
import { stackPolicyText } from './stack-policies.ts';

const OnFailure = v.optional(v.picklist(['ROLLBACK', 'DELETE', 'DO_NOTHING']));

/** The operations that create, change and delete stacks directly. */
export function stackOperations(engine: Engine) {
  const { store, deployer } = engine;
  const operation = operationsOn(store);
  return [
    operation('CreateStack', {
      input: v.object({
        ...deploymentMembers,
        ClientRequestToken: v.optional(v.string()),
        StackName: newName,
        OnFailure,
        DisableRollback: v.optional(flag),
        TimeoutInMinutes: v.optional(wholeNumberText(1, 2_147_483_647)),
        EnableTerminationProtection: v.optional(flag, 'false'),
        RetainExceptOnCreate: v.optional(flag, 'false'),
        StackPolicyBody: v.optional(v.string()),
        StackPolicyURL: v.optional(v.string()),
      }),
      async handle(input, call) {
        const { StackName: name } = input;
        refuseExisting(engine, call, name);
        if (input.OnFailure !== undefined && input.DisableRollback !== undefined) {
          throw validationError('Either DisableRollback or OnFailure can be specified, not both.');
        }
        const policy = await stackPolicyText(input, call, engine.templates);
        const deployment = await prepareDeployment(engine, call, input);
        const actor = await engine.actor(call, deployment.roleArn);
        // Another request may have taken the name while the template was read.
        refuseExisting(engine, call, name);
        const onFailure = input.OnFailure ?? (input.DisableRollback ? 'DO_NOTHING' : 'ROLLBACK');
        const stack = newStack(engine, call, name, {
          deployment,
          disableRollback: onFailure === 'DO_NOTHING',
          terminationProtection: input.EnableTerminationProtection,
          ...defined({
            policy,
            timeoutInMinutes: input.TimeoutInMinutes,
            clientRequestToken: input.ClientRequestToken,
          }),
        });
        const desired = desiredFor(store, stack, deployment);
        const missingExport = findMissingExport(() => planChanges(stack, desired, engine.types));
        store.add(stack);
        void deployer.create(stack, desired, {
          actor,
          onFailure,
          retainExceptOnCreate: input.RetainExceptOnCreate,
          ...defined({ failure: missingExport && `${missingExport.message}. ` }),
        });
        return { StackId: stack.id };
      },
    }),

    operation('UpdateStack', {
      input: v.object({
        ...deploymentMembers,
        ...usePreviousTemplate,
        ClientRequestToken: v.optional(v.string()),
        StackName: stackNameOrId,
        DisableRollback: v.optional(flag),
        RetainExceptOnCreate: v.optional(flag, 'false'),
        StackPolicyBody: v.optional(v.string()),
        StackPolicyURL: v.optional(v.string()),
        StackPolicyDuringUpdateBody: v.optional(v.string()),
        StackPolicyDuringUpdateURL: v.optional(v.string()),
      }),
      async handle(input, call) {
        const stack = stackOf(store, call, input.StackName, missingInBrackets);
        permitsUpdate(stack);
        const policy = await stackPolicyText(input, call, engine.templates);
        const temporary = await stackPolicyText(
          {
            StackPolicyBody: input.StackPolicyDuringUpdateBody,
            StackPolicyURL: input.StackPolicyDuringUpdateURL,
          },
          call,
          engine.templates,
        );
        const deployment = await prepareDeployment(engine, call, input, stack);
        const actor = await engine.actor(call, deployment.roleArn);
        permitsUpdate(stack);
        const desired = desiredFor(store, stack, deployment);
        const changes = planChanges(stack, desired, engine.types);
        if (!hasChanges(stack, desired, changes)) {
          throw validationError('No updates are to be performed.');
        }
        if (policy !== undefined) stack.policy = policy;
        stack.clientRequestToken = input.ClientRequestToken;
        makeChangeSetsObsolete(stack);
        void deployer.update(stack, deployment, desired, {
          actor,
          onFailure: (input.DisableRollback ?? stack.disableRollback) ? 'DO_NOTHING' : 'ROLLBACK',
          retainExceptOnCreate: input.RetainExceptOnCreate,
          ...defined({ policy: temporary }),
        });
        return { StackId: stack.id };
      },
    }),

    operation('DeleteStack', {
      input: v.object({
        StackName: stackNameOrId,
        RetainResources: v.optional(listOf(v.string()), () => []),
        RoleARN: v.optional(v.string()),
        ClientRequestToken: v.optional(v.string()),
        DeletionMode: v.optional(v.picklist(['STANDARD', 'FORCE_DELETE_STACK']), 'STANDARD'),
      }),
      async handle(input, call) {
        const stack = store.find(call, input.StackName);
        const actor = await engine.actor(call, input.RoleARN ?? stack?.deployment?.roleArn);
        const { status } = stack ?? {};
        // Deleting a stack that does not exist, or is being deleted, succeeds.
        if (stack === undefined || status === 'DELETE_COMPLETE' || status === 'DELETE_IN_PROGRESS')
          return undefined;
        if (stack.terminationProtection) {
          throw validationError(
            `Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`,
          );
        }
        if (
          status?.endsWith('_IN_PROGRESS') &&
          status !== 'CREATE_IN_PROGRESS' &&
          status !== 'REVIEW_IN_PROGRESS'
        ) {
          throw validationError(`Stack [${stack.id}] cannot be deleted while in status ${status}`);
        }
        const force = input.DeletionMode === 'FORCE_DELETE_STACK';
        if ((input.RetainResources.length > 0 || force) && status !== 'DELETE_FAILED') {
          const what = force ? 'DeletionMode FORCE_DELETE_STACK' : 'RetainResources';
          throw validationError(
            `Invalid operation on stack [${stack.id}]. ${what} is only allowed for stacks in DELETE_FAILED, this one is in ${status}.`,
          );
        }
        checkRetained(stack, input.RetainResources);
        stack.clientRequestToken = input.ClientRequestToken;
        stack.changeSets.clear();
        void deployer.delete(stack, { actor, retain: new Set(input.RetainResources), force });
      },
    }),

    operation('UpdateTerminationProtection', {
      input: v.object({ StackName: stackNameOrId, EnableTerminationProtection: flag }),
      handle({ StackName, EnableTerminationProtection: enable }, call) {
        const stack = stackOf(store, call, StackName, missingInBrackets);
        stack.terminationProtection = enable;
        return { StackId: stack.id };
      },
    }),
  ];
}

/**
 * Makes a stack, and does not put it into the store.
 * @param members what differs from an empty stack
 */
export function newStack(engine: Engine, call: Call, name: string, members: Partial<Stack> = {}): Stack {
  return {
    id: newArn(call, 'stack', name),
    name,
    accountId: call.accountId,
    region: call.region,
    createdAt: engine.journal.now(),
    status: 'CREATE_IN_PROGRESS',
    resources: new Map(),
    leftovers: [],
    outputs: [],
    imports: new Set(),
    events: [],
    changeSets: new Map(),
    terminationProtection: false,
    disableRollback: false,
    ...members,
  };
}

/** Marks the change sets that an update of their stack invalidates. */
export function makeChangeSetsObsolete(stack: Stack): void {
  for (const [name, changeSet] of stack.changeSets) {
    if (changeSet.executionStatus === 'AVAILABLE') {
      stack.changeSets.set(name, { ...changeSet, executionStatus: 'OBSOLETE' });
    }
  }
}

/**
 * CloudFormation creates a stack that imports a missing export, and rolls it back: "No export named … found. Rollback requested
 * by user." (https://github.com/aws-cloudformation/aws-cloudformation-templates/issues/263)
 */
function findMissingExport(plan: () => unknown): MissingExportError | undefined {
  try {
    plan();
    return undefined;
  } catch (error) {
    if (error instanceof MissingExportError) return error;
    throw error;
  }
}

function refuseExisting({ store }: Engine, call: Call, name: string): void {
  if (store.find(call, name) !== undefined) {
    throw new AwsError('AlreadyExistsException', `Stack [${name}] already exists`);
  }
}

function checkRetained(stack: Stack, retain: readonly string[]): void {
  const strangers = retain.filter((id) => stack.resources.get(id)?.deployed === undefined);
  if (strangers.length > 0) {
    throw validationError(
      `The specified resources to retain must be in a valid state. Do not specify resources that are in the DELETE_COMPLETE state: [${strangers.join(', ')}]`,
    );
  }
}
