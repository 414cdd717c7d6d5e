import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { AwsError } from '../../../core/errors.ts';
import type { Scope } from '../../../core/scope.ts';
import type { Call } from '../../../pipeline/endpoint.ts';
import type { Caller } from '../../../protocols/operation.ts';
import { atLeast, flag } from '../../../protocols/shapes.ts';
import { hasChanges, planChanges } from '../engine/change/plan.ts';
import type { ChangeSet } from '../engine/change-set.ts';
import type { Deployment } from '../engine/deployment.ts';
import { attempt } from '../engine/execution/converge.ts';
import type { Stack } from '../engine/stack.ts';
import { unsupported, validationError } from '../engine/template/errors.ts';
import { newArn, type StackStore } from '../store.ts';
import { deploymentMembers, newName, stackNameOrId, usePreviousTemplate } from './input.ts';
import {
  desiredFor,
  type Engine,
  listPage,
  missingInBrackets,
  onStack,
  operationsOn,
  permitsUpdate,
  stackOf,
} from './operation.ts';
import { changeSetSummary, changeSetView } from './output.ts';
import { prepareDeployment } from './prepare.ts';
import { newStack } from './stacks.ts';

const named = { ChangeSetName: v.pipe(v.string(), atLeast(1)), StackName: v.optional(stackNameOrId) };

/** The operations that plan changes first, and execute them later. */
export function changeSetOperations(engine: Engine) {
  const { store, journal, deployer } = engine;
  const operation = operationsOn(store);
  const onChangeSet = (
    { ChangeSetName, StackName }: { ChangeSetName: string; StackName?: string | undefined },
    caller: Caller,
  ) => {
    const found = StackName === undefined ? findChangeSet(store.list(caller), ChangeSetName) : undefined;
    return onStack(store, caller, { ChangeSetName, StackName: StackName ?? found?.stack.id });
  };
  return [
    operation('CreateChangeSet', {
      input: v.object({
        ...deploymentMembers,
        ...usePreviousTemplate,
        StackName: stackNameOrId,
        ChangeSetName: newName,
        ClientToken: v.optional(v.string()),
        ChangeSetType: v.optional(v.picklist(['CREATE', 'UPDATE', 'IMPORT']), 'UPDATE'),
        Description: v.optional(v.string()),
        OnStackFailure: v.optional(v.picklist(['ROLLBACK', 'DELETE', 'DO_NOTHING'])),
        IncludeNestedStacks: v.optional(flag, 'false'),
        ImportExistingResources: v.optional(flag, 'false'),
      }),
      async handle(input, call) {
        const { ChangeSetName: name, ChangeSetType: type } = input;
        if (type === 'IMPORT' || input.ImportExistingResources) {
          throw unsupported('importing resources', 'Create them with the stack.');
        }
        const find = () =>
          type === 'CREATE'
            ? reviewed(engine, call, input.StackName, name)
            : updatable(engine, call, input.StackName);
        const deployment = await prepareDeployment(engine, call, input, find());
        // Another request may have made or changed the stack while the template was read.
        const present = find();
        const stack = present ?? newStack(engine, call, checkedName(input.StackName));
        const namesake = stack.changeSets.get(name);
        if (namesake !== undefined && !namesake.executionStatus.startsWith('EXECUTE')) {
          // "…so that CloudFormation knows that you're not attempting to create another change set with the same name."
          if (input.ClientToken !== undefined && input.ClientToken === namesake.clientToken) {
            return { Id: namesake.id, StackId: stack.id };
          }
          throw new AwsError('AlreadyExistsException', `ChangeSet ${namesake.id} already exists`);
        }
        const changeSet: ChangeSet = {
          id: newArn(call, 'changeSet', name),
          name,
          type,
          createdAt: journal.now(),
          ...defined({
            description: input.Description,
            clientToken: input.ClientToken,
            onFailure: input.OnStackFailure,
          }),
          deployment,
          ...plannedChanges(engine, stack, deployment),
        };
        if (present === undefined) {
          store.add(stack);
          journal.stack(stack, 'REVIEW_IN_PROGRESS', 'User Initiated');
        }
        stack.changeSets.set(name, changeSet);
        return { Id: changeSet.id, StackId: stack.id };
      },
    }),

    operation('DescribeChangeSet', {
      input: v.object({ ...named, NextToken: v.optional(v.string()) }),
      requires: onChangeSet,
      handle({ ChangeSetName, StackName, NextToken: token }, call) {
        const { stack, changeSet } = changeSetOf(store, call, ChangeSetName, StackName);
        const view = changeSetView(stack, changeSet);
        return { ...view, ...listPage('Changes', view.Changes, token, (change) => change) };
      },
    }),

    operation('ListChangeSets', {
      input: v.object({ StackName: stackNameOrId, NextToken: v.optional(v.string()) }),
      handle({ StackName, NextToken: token }, call) {
        const stack = stackOf(store, call, StackName, missingInBrackets);
        return listPage('Summaries', [...stack.changeSets.values()], token, (changeSet) =>
          changeSetSummary(stack, changeSet),
        );
      },
    }),

    operation('DeleteChangeSet', {
      input: v.object(named),
      requires: onChangeSet,
      handle({ ChangeSetName, StackName }, call) {
        // A change set that the stack does not have is deleted already.
        const found =
          StackName === undefined
            ? changeSetOf(store, call, ChangeSetName, StackName)
            : findChangeSet([stackOf(store, call, StackName, missingInBrackets)], ChangeSetName);
        if (found === undefined) return {};
        const { changeSet, stack } = found;
        if (changeSet.executionStatus === 'EXECUTE_IN_PROGRESS') {
          throw new AwsError(
            'InvalidChangeSetStatus',
            `An operation on this ChangeSet is currently in progress: [${changeSet.id}]`,
          );
        }
        stack.changeSets.delete(changeSet.name);
        return {};
      },
    }),

    operation('ExecuteChangeSet', {
      input: v.object({
        ...named,
        ClientRequestToken: v.optional(v.string()),
        DisableRollback: v.optional(flag),
        RetainExceptOnCreate: v.optional(flag, 'false'),
      }),
      requires: onChangeSet,
      async handle(input, call) {
        const { roleArn } = changeSetOf(store, call, input.ChangeSetName, input.StackName).changeSet
          .deployment;
        const actor = await engine.actor(call, roleArn);
        const { stack, changeSet } = changeSetOf(store, call, input.ChangeSetName, input.StackName);
        if (changeSet.status === 'FAILED' || changeSet.executionStatus !== 'AVAILABLE') {
          const status = changeSet.status === 'FAILED' ? changeSet.status : changeSet.executionStatus;
          throw new AwsError(
            'InvalidChangeSetStatus',
            `ChangeSet [${changeSet.id}] cannot be executed in its current status of [${status}]`,
          );
        }
        const isCreate = stack.status === 'REVIEW_IN_PROGRESS';
        if (!isCreate) permitsUpdate(stack);
        if (input.DisableRollback !== undefined && changeSet.onFailure !== undefined) {
          throw validationError('Either DisableRollback or OnStackFailure can be specified, not both.');
        }
        const desired = desiredFor(store, stack, changeSet.deployment);
        const onFailure = changeSet.onFailure ?? (input.DisableRollback ? 'DO_NOTHING' : 'ROLLBACK');
        const options = { actor, onFailure, retainExceptOnCreate: input.RetainExceptOnCreate };
        // The other change sets were planned against the stack as it was before.
        stack.changeSets.clear();
        stack.clientRequestToken = input.ClientRequestToken;
        stack.disableRollback = onFailure === 'DO_NOTHING';
        stack.changeSets.set(changeSet.name, { ...changeSet, executionStatus: 'EXECUTE_IN_PROGRESS' });
        const execution = isCreate
          ? deployer.create(Object.assign(stack, { deployment: changeSet.deployment }), desired, options)
          : deployer.update(stack, changeSet.deployment, desired, options);
        void execution.then(() => finish(stack, changeSet));
        return {};
      },
    }),
  ];
}

function finish(stack: Stack, changeSet: ChangeSet): void {
  if (stack.changeSets.get(changeSet.name)?.id !== changeSet.id) return;
  const succeeded = stack.status === 'CREATE_COMPLETE' || stack.status === 'UPDATE_COMPLETE';
  stack.changeSets.set(changeSet.name, {
    ...changeSet,
    executionStatus: succeeded ? 'EXECUTE_COMPLETE' : 'EXECUTE_FAILED',
  });
}

/** Plans the changes. A change set whose changes cannot be executed has failed. */
function plannedChanges(
  { store, types }: Engine,
  stack: Stack,
  deployment: Deployment,
): Pick<ChangeSet, 'changes' | 'status' | 'statusReason' | 'executionStatus'> {
  const desired = desiredFor(store, stack, deployment);
  const failed = (statusReason: string) =>
    ({ changes: [], status: 'FAILED', statusReason, executionStatus: 'UNAVAILABLE' }) as const;
  const planned = attempt(() => planChanges(stack, desired, types));
  if ('error' in planned) return failed(planned.error);
  const changes = planned.value;
  if (stack.status !== 'REVIEW_IN_PROGRESS' && stack.deployment !== undefined) {
    if (!hasChanges(stack, desired, changes)) {
      return failed(
        stack.deployment.body === deployment.body
          ? "The submitted information didn't contain changes. Submit different information to create a change set."
          : 'No updates are to be performed.',
      );
    }
  }
  return { changes, status: 'CREATE_COMPLETE', executionStatus: 'AVAILABLE' };
}

/** A stack that a change set creates needs a name, not an ARN. */
function checkedName(name: string): string {
  const result = v.safeParse(newName, name);
  if (result.success) return result.output;
  throw validationError(
    `1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint: ${result.issues[0].message}`,
  );
}

/** The stack of an earlier change set of type CREATE; `undefined` if there is no stack of the name. */
function reviewed(
  { store }: Engine,
  call: Call,
  stackName: string,
  changeSetName: string,
): Stack | undefined {
  const stack = store.find(call, stackName);
  if (stack === undefined || stack.status === 'REVIEW_IN_PROGRESS') return stack;
  throw validationError(
    `Stack [${stackName}] already exists and cannot be created again with the changeSet [${changeSetName}].`,
  );
}

function updatable({ store }: Engine, call: Call, stackName: string): Stack {
  const stack = stackOf(store, call, stackName, missingInBrackets);
  permitsUpdate(stack);
  return stack;
}

/** A change set, and the stack that it changes. */
export interface FoundChangeSet {
  readonly stack: Stack;
  readonly changeSet: ChangeSet;
}

/**
 * Finds a change set by its ARN, or by its name and its stack.
 * @throws AwsError `ChangeSetNotFound`, `ValidationError`
 */
export function changeSetOf(
  store: StackStore,
  scope: Scope,
  nameOrArn: string,
  stackName: string | undefined,
): FoundChangeSet {
  if (stackName === undefined && !nameOrArn.startsWith('arn:')) {
    throw validationError('StackName must be specified if ChangeSetName is not specified as an ARN.');
  }
  const stacks =
    stackName === undefined ? store.list(scope) : [stackOf(store, scope, stackName, missingInBrackets)];
  const found = findChangeSet(stacks, nameOrArn);
  if (found !== undefined) return found;
  throw new AwsError('ChangeSetNotFound', `ChangeSet [${nameOrArn}] does not exist`, 404);
}

function findChangeSet(stacks: readonly Stack[], nameOrArn: string): FoundChangeSet | undefined {
  for (const stack of stacks) {
    for (const changeSet of stack.changeSets.values()) {
      if (changeSet.name === nameOrArn || changeSet.id === nameOrArn) return { stack, changeSet };
    }
  }
  return undefined;
}
