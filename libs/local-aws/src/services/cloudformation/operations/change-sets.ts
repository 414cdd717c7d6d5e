import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { AwsError } from '../../../core/errors.ts';
import type { Scope } from '../../../core/scope.ts';
import type { Call } from '../../../pipeline/endpoint.ts';
import type { Caller } from '../../../protocols/operation.ts';
import { flag } from '../../../protocols/shapes.ts';
import { hasChanges } from '../engine/change/has-changes.ts';
import { deployedOf, type PlannedChange, planChanges } from '../engine/change/plan.ts';
import { readStackPolicy } from '../engine/change/stack-policy.ts';
import type { ChangeSet } from '../engine/change-set.ts';
import type { Deployment } from '../engine/deployment.ts';
import type { Stack } from '../engine/stack.ts';
import { unsupported, validationError } from '../engine/template/errors.ts';
import { newArn, type StackStore } from '../store.ts';
import {
  deploymentMembers,
  newChangeSetName,
  newStackName,
  stackNameOrId,
  usePreviousTemplate,
} from './input.ts';
import {
  desiredFor,
  type Engine,
  listPage,
  missingInBrackets,
  onStack,
  operation,
  permitsUpdate,
  stackOf,
} from './operation.ts';
import { changeSetSummary, changeSetView } from './output.ts';
import { prepareDeployment } from './prepare.ts';
import { newStack, stackTagsChange } from './stacks.ts';

const named = { ChangeSetName: v.pipe(v.string(), v.minLength(1)), StackName: v.optional(stackNameOrId) };

/** The operations that work changes out first, and execute them later. */
export function changeSetOperations(engine: Engine) {
  const { store, journal, deployer } = engine;
  const onChangeSet = (
    { ChangeSetName, StackName }: { ChangeSetName?: string; StackName?: string | undefined },
    caller: Caller,
  ) => {
    // The ARN of a change set leads to its stack as well.
    const found = ChangeSetName === undefined ? undefined : byArn(store, caller, ChangeSetName);
    return onStack(store, caller, StackName ?? found?.stack.id, { ChangeSetName });
  };
  return [
    operation('CreateChangeSet', {
      input: v.object({
        ...deploymentMembers,
        ...usePreviousTemplate,
        StackName: stackNameOrId,
        ChangeSetName: newChangeSetName,
        ClientToken: v.optional(v.string()),
        ChangeSetType: v.optional(v.picklist(['CREATE', 'UPDATE', 'IMPORT']), 'UPDATE'),
        Description: v.optional(v.string()),
        OnStackFailure: v.optional(v.picklist(['ROLLBACK', 'DELETE', 'DO_NOTHING'])),
        IncludeNestedStacks: v.optional(flag, 'false'),
        ImportExistingResources: v.optional(flag, 'false'),
      }),
      requires: ({ StackName, ChangeSetName, TemplateURL, RoleARN }, caller) =>
        onStack(store, caller, StackName, {
          ChangeSetName,
          TemplateUrl: TemplateURL,
          RoleArn: RoleARN,
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
          ...defined({ description: input.Description, clientToken: input.ClientToken }),
          createdAt: journal.now(),
          ...defined({ onFailure: input.OnStackFailure }),
          deployment,
          ...workedOut(engine, call, stack, deployment),
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
      requires: ({ StackName }, caller) => onStack(store, caller, StackName),
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
        if (StackName === undefined) {
          const found = changeSetOf(store, call, ChangeSetName, StackName);
          found.stack.changeSets.delete(found.changeSet.name);
          return {};
        }
        // A change set that the stack does not have is deleted already.
        const stack = stackOf(store, call, StackName, missingInBrackets);
        const changeSet = within(stack, ChangeSetName);
        if (changeSet?.executionStatus === 'EXECUTE_IN_PROGRESS') {
          throw new AwsError(
            'InvalidChangeSetStatus',
            `An operation on this ChangeSet is currently in progress: [${changeSet.id}]`,
          );
        }
        if (changeSet !== undefined) stack.changeSets.delete(changeSet.name);
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
      handle(input, call) {
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
        const desired = desiredFor(store, call, stack, changeSet.deployment);
        const onFailure = changeSet.onFailure ?? (input.DisableRollback ? 'DO_NOTHING' : 'ROLLBACK');
        const options = { onFailure, retainExceptOnCreate: input.RetainExceptOnCreate };
        // All others were worked out against the stack as it was: they go.
        stack.changeSets.clear();
        stack.clientRequestToken = input.ClientRequestToken;
        stack.disableRollback = onFailure === 'DO_NOTHING';
        stack.changeSets.set(changeSet.name, { ...changeSet, executionStatus: 'EXECUTE_IN_PROGRESS' });
        const execution = isCreate
          ? deployer.create(Object.assign(stack, { deployment: changeSet.deployment }), desired, options)
          : deployer.update(stack, changeSet.deployment, desired, {
              ...options,
              ...(stack.policy === undefined ? {} : { policy: readStackPolicy(stack.policy) }),
            });
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

/** Works the changes out; what keeps them from being executed makes the change set a failed one. */
function workedOut(
  { store, types }: Engine,
  scope: Scope,
  stack: Stack,
  deployment: Deployment,
): Pick<ChangeSet, 'changes' | 'status' | 'statusReason' | 'executionStatus'> {
  const desired = desiredFor(store, scope, stack, deployment);
  const tagsChange = stackTagsChange(stack, deployment);
  const failed = (statusReason: string) =>
    ({ changes: [], status: 'FAILED', statusReason, executionStatus: 'UNAVAILABLE' }) as const;
  let changes: PlannedChange[];
  try {
    changes = planChanges(deployedOf(stack.resources), desired, types, tagsChange);
  } catch (error) {
    if (error instanceof AwsError) return failed(error.message);
    throw error;
  }
  if (stack.status !== 'REVIEW_IN_PROGRESS' && stack.deployment !== undefined) {
    if (!hasChanges(stack, desired, changes, tagsChange)) {
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
  const result = v.safeParse(newStackName, name);
  if (result.success) return result.output;
  throw validationError(`1 validation error detected: ${result.issues[0].message}`);
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

/**
 * Finds a change set by its ARN, or by its name and its stack.
 * @throws AwsError `ChangeSetNotFound`, `ValidationError`
 */
export function changeSetOf(
  store: StackStore,
  scope: Scope,
  nameOrArn: string,
  stackName: string | undefined,
): { readonly stack: Stack; readonly changeSet: ChangeSet } {
  if (stackName === undefined && !nameOrArn.startsWith('arn:')) {
    throw validationError('StackName must be specified if ChangeSetName is not specified as an ARN.');
  }
  const stack = stackName === undefined ? undefined : store.find(scope, stackName);
  const changeSet = stack && within(stack, nameOrArn);
  const found =
    stack && changeSet
      ? { stack, changeSet }
      : stackName === undefined
        ? byArn(store, scope, nameOrArn)
        : undefined;
  if (found !== undefined) return found;
  if (stackName !== undefined && stack === undefined) throw validationError(missingInBrackets(stackName));
  throw new AwsError('ChangeSetNotFound', `ChangeSet [${nameOrArn}] does not exist`, 404);
}

function within(stack: Stack, nameOrArn: string): ChangeSet | undefined {
  return [...stack.changeSets.values()].find(({ name, id }) => name === nameOrArn || id === nameOrArn);
}

function byArn(store: StackStore, scope: Scope, arn: string) {
  for (const stack of store.list(scope)) {
    const changeSet = [...stack.changeSets.values()].find(({ id }) => id === arn);
    if (changeSet !== undefined) return { stack, changeSet };
  }
  return undefined;
}
