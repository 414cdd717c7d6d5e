import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { AwsError } from '../../../core/errors.ts';
import type { Scope } from '../../../core/scope.ts';
import type { ServiceRequest } from '../../../pipeline/endpoint.ts';
import { invalidInputError, queryInputCodes } from '../../../protocols/invalid-input.ts';
import type { OperationCaller } from '../../../protocols/operation.ts';
import { atLeast, flag, listOf } from '../../../protocols/shapes.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import { driftOfStack, driftsOf, unreadReason } from '../engine/change/drift.ts';
import { desiredState, hasChanges, planChanges, type ReadOutputs } from '../engine/change/plan.ts';
import { unreadableResources } from '../engine/execution/resource-actions.ts';
import { type ChangeSet, newArn, type PlannedChange, type RequestedStack, Stack } from '../engine/stack.ts';
import { attempt, validationError } from '../engine/template/errors.ts';
import type { StackStore } from '../store.ts';
import { changeSetView } from './describe.ts';
import * as shared from './operation.ts';

/** A resource that exists, and that an import takes over. */
const resourceToImport = v.object({
  ResourceType: v.string(),
  LogicalResourceId: v.string(),
  // A map, as the query protocol writes it.
  ResourceIdentifier: v.object({ entry: v.array(v.object({ key: v.string(), value: v.string() })) }),
});

const named = { ChangeSetName: v.pipe(v.string(), atLeast(1)), StackName: v.optional(shared.stackNameOrId) };
type Named = v.InferOutput<v.ObjectSchema<typeof named, undefined>>;

/** The operations that plan changes first, and execute them later. */
export function changeSetOperations(engine: shared.StackTools) {
  const { store, now } = engine;
  const operation = shared.operationsOn(store);
  const onChangeSet = (input: Named, caller: OperationCaller) => {
    const { ChangeSetName, StackName = findChangeSet(store, caller, input)?.stack.id } = input;
    return shared.onStack(store, caller, { ChangeSetName, StackName });
  };
  /** CloudFormation reads live resources with the permissions of the stack's service role or, without one, of the caller. */
  const unreadableOf = async (stack: Stack | undefined, deployment: RequestedStack, call: ServiceRequest) =>
    stack === undefined || deployment.revertsDrift === undefined
      ? new Map<string, string>()
      : unreadableResources(stack, await engine.actor(call, deployment.roleArn), engine);
  return [
    operation('CreateChangeSet', {
      input: v.object({
        ...shared.deploymentMembers,
        ...shared.usePreviousTemplate,
        StackName: shared.stackNameOrId,
        ChangeSetName: shared.newName,
        DeploymentMode: v.optional(v.literal('REVERT_DRIFT')),
        ChangeSetType: v.optional(v.picklist(['CREATE', 'UPDATE', 'IMPORT']), 'UPDATE'),
        ResourcesToImport: v.optional(listOf(resourceToImport)),
        Description: v.optional(v.string()),
        ClientToken: shared.clientToken,
        OnStackFailure: v.optional(v.picklist(['ROLLBACK', 'DELETE', 'DO_NOTHING'])),
        IncludeNestedStacks: withoutEffect(v.optional(flag), 'there are no nested stacks'),
        // The CDK sends it.
        ImportExistingResources: withoutEffect(
          v.optional(flag),
          'existing resources are not imported: creating them fails',
        ),
      }),
      async handle(input, call) {
        const { ChangeSetName, StackName, Description, OnStackFailure, DeploymentConfig } = input;
        if (OnStackFailure === 'DELETE' && input.ChangeSetType !== 'CREATE') {
          throw validationError('OnStackFailure DELETE is only valid for a change set of type CREATE.');
        }
        const find = () => {
          if (input.ChangeSetType === 'UPDATE') return store.getUpdatable(call, StackName);
          // The stack of an earlier change set of type CREATE, if any.
          const stack = store.find(call, StackName);
          if (stack === undefined || stack.status === 'REVIEW_IN_PROGRESS') return stack;
          throw validationError(
            `Stack [${StackName}] already exists and cannot be created again with the changeSet [${ChangeSetName}].`,
          );
        };
        const prepared = await shared.prepareDeployment(engine, call, input, find());
        const imported = importedBy(engine, input, prepared);
        const { DeploymentMode } = input;
        if (DeploymentMode !== undefined && input.ChangeSetType !== 'UPDATE') {
          throw validationError('DeploymentMode REVERT_DRIFT is only valid for a change set of type UPDATE.');
        }
        const revertsDrift = DeploymentMode === undefined ? undefined : (true as const);
        const deployment = { ...prepared, ...defined({ imported, revertsDrift }) };
        const newStack = () => new Stack(call, checkedName(StackName), now);
        const outputs = await shared.foreseenOutputs(engine, call, find() ?? newStack(), deployment);
        const unreadable = await unreadableOf(find(), deployment, call);
        const present = find();
        const stack = present ?? newStack();
        const namesake = stack.changeSets.get(ChangeSetName);
        if (namesake !== undefined && !namesake.ExecutionStatus.startsWith('EXECUTE')) {
          throw new AwsError('AlreadyExistsException', `ChangeSet ${namesake.ChangeSetId} already exists`);
        }
        const changeSet: ChangeSet = {
          ChangeSetId: newArn(call, 'changeSet', ChangeSetName),
          ChangeSetName,
          CreationTime: now(),
          Description,
          OnStackFailure,
          DeploymentConfig,
          DeploymentMode,
          deployment,
          ...asImport(
            plannedChanges(engine, stack, deployment, { outputs, unreadable }),
            imported !== undefined,
          ),
        };
        if (present === undefined) {
          store.add(stack);
          stack.enter('REVIEW_IN_PROGRESS', 'User Initiated');
        }
        stack.changeSets.set(ChangeSetName, changeSet);
        return { Id: changeSet.ChangeSetId, StackId: stack.id };
      },
    }),
    operation('DescribeChangeSet', {
      input: v.object({
        ...named,
        IncludePropertyValues: v.optional(flag, 'false'),
      }),
      requires: onChangeSet,
      handle(input, call) {
        const { stack, changeSet } = changeSetOf(store, call, input);
        return changeSetView(stack, changeSet, input.IncludePropertyValues);
      },
    }),
    operation('DeleteChangeSet', {
      input: v.object(named),
      requires: onChangeSet,
      handle(input, call) {
        // Deleting a change set that the stack does not have succeeds.
        const found = findChangeSet(store, call, input);
        if (found?.changeSet.ExecutionStatus === 'EXECUTE_IN_PROGRESS') {
          throw new AwsError(
            'InvalidChangeSetStatus',
            `An operation on this ChangeSet is currently in progress: [${found.changeSet.ChangeSetId}]`,
          );
        }
        found?.stack.changeSets.delete(found.changeSet.ChangeSetName);
        return {};
      },
    }),
    operation('ExecuteChangeSet', {
      input: v.object({
        ...named,
        DisableRollback: v.optional(flag),
        ClientRequestToken: shared.clientToken,
      }),
      requires: onChangeSet,
      async handle(input, call) {
        const find = () => changeSetOf(store, call, input);
        const { roleArn } = find().changeSet.deployment;
        const actor = await engine.actor(call, roleArn, input.ClientRequestToken);
        const { stack, changeSet } = find();
        const { ChangeSetId, Status, ExecutionStatus, OnStackFailure, DeploymentConfig, deployment } =
          changeSet;
        if (ExecutionStatus !== 'AVAILABLE') {
          throw new AwsError(
            'InvalidChangeSetStatus',
            `ChangeSet [${ChangeSetId}] cannot be executed in its current status of [${Status === 'FAILED' ? Status : ExecutionStatus}]`,
          );
        }
        if (stack.status !== 'REVIEW_IN_PROGRESS') store.getUpdatable(call, stack.id);
        const { DisableRollback } = input;
        if (OnStackFailure !== undefined && DisableRollback !== undefined) {
          // https://github.com/cloudposse/atmos/pull/3000
          throw validationError(
            'Either DisableRollback or OnStackFailure can be specified, but not both. Validation error as OnStackFailure parameter was specified during CreateChangeSet.',
          );
        }
        const onFailure = OnStackFailure ?? shared.onFailureOf({ DisableRollback, DeploymentConfig }, false);
        stack.disableRollback = onFailure === 'DO_NOTHING';
        const execution = engine.deployer.deploy(stack, deployment, actor, onFailure);
        // The deployment removed all change sets. Only this one stays.
        stack.changeSets.set(changeSet.ChangeSetName, changeSet);
        changeSet.ExecutionStatus = 'EXECUTE_IN_PROGRESS';
        void execution.then(() => {
          const hasSucceeded = /^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(stack.status);
          changeSet.ExecutionStatus = hasSucceeded ? 'EXECUTE_COMPLETE' : 'EXECUTE_FAILED';
        });
        return {};
      },
    }),
  ];
}

/**
 * Checks what an import takes over.
 * @returns the physical IDs by logical ID; `undefined` for another type of change set
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources.html
 */
function importedBy(
  { types }: shared.StackTools,
  {
    ChangeSetType,
    ResourcesToImport: given = [],
  }: {
    readonly ChangeSetType: string;
    readonly ResourcesToImport?: readonly v.InferOutput<typeof resourceToImport>[] | undefined;
  },
  { template }: RequestedStack,
): ReadonlyMap<string, string> | undefined {
  const isImport = ChangeSetType === 'IMPORT';
  if (isImport !== given.length > 0) {
    throw validationError('A change set of type IMPORT needs ResourcesToImport, and no other type takes it.');
  }
  if (!isImport) return undefined;
  const imported = new Map(
    given.map(({ ResourceType, LogicalResourceId: id, ResourceIdentifier }) => {
      const resource = template.resources.get(id);
      if (resource?.Type !== ResourceType) {
        throw validationError(`The template has no resource ${id} of type ${ResourceType} to import.`);
      }
      if (resource.DeletionPolicy === undefined) {
        throw validationError(`Resource ${id} to import must have a DeletionPolicy in the template.`);
      }
      const { identifiedBy, adopt } = types.get(ResourceType) ?? {};
      if (identifiedBy === undefined || adopt === undefined) {
        throw new AwsError(
          'NotImplemented',
          `local AWS does not import ${ResourceType}, only DynamoDB tables, log groups, KMS keys and their aliases.`,
          501,
        );
      }
      const [identifier, ...others] = ResourceIdentifier.entry;
      if (identifier?.key !== identifiedBy || others.length > 0) {
        throw validationError(`The identifier of ${ResourceType} is ${identifiedBy}.`);
      }
      return [id, identifier.value] as const;
    }),
  );
  const added = [...template.resources.keys()].filter((id) => !imported.has(id));
  if (added.length > 0 || template.outputs.size > 0) {
    const what = added.length > 0 ? added.join(', ') : 'Outputs';
    throw validationError(`As part of the import operation, you cannot modify or add [${what}]`);
  }
  return imported;
}

/** Shows the changes of an import as such. */
function asImport<Planned extends { readonly changes: readonly PlannedChange[] }>(
  planned: Planned,
  isImport: boolean,
): Planned {
  if (!isImport) return planned;
  return { ...planned, changes: planned.changes.map((change) => ({ ...change, Action: 'Import' as const })) };
}

/**
 * Plans the changes. A change set whose changes cannot be executed has failed. So has a drift-aware one if a resource cannot be read: AWS
 * does not document what it does, and otherwise nobody would see that the resource was not compared.
 */
function plannedChanges(
  engine: shared.StackTools,
  stack: Stack,
  deployment: RequestedStack,
  {
    outputs,
    unreadable,
  }: { readonly outputs: ReadOutputs; readonly unreadable: ReadonlyMap<string, string> },
) {
  const desired = desiredState(stack, deployment, engine, outputs);
  const drifts = deployment.revertsDrift ? driftsOf(stack, unreadable) : undefined;
  const StackDriftStatus = drifts && driftOfStack(drifts.values());
  const failed = (StatusReason: string) =>
    ({
      changes: [],
      Status: 'FAILED',
      StatusReason,
      ExecutionStatus: 'UNAVAILABLE',
      ...defined({ StackDriftStatus }),
    }) as const;
  const unread = drifts && unreadReason(drifts);
  if (unread !== undefined) return failed(unread);
  const planned = attempt(() => planChanges(stack, desired, drifts));
  if ('error' in planned) return failed(planned.error);
  const changes = planned.value;
  const { deployment: present } = stack;
  if (present !== undefined && !hasChanges(stack, desired, changes)) {
    return failed(
      present.body === deployment.body
        ? "The submitted information didn't contain changes. Submit different information to create a change set."
        : 'No updates are to be performed.',
    );
  }
  return {
    changes,
    Status: 'CREATE_COMPLETE',
    ExecutionStatus: 'AVAILABLE',
    ...defined({ StackDriftStatus }),
  } as const;
}

/** A stack that a change set creates needs a name, not an ARN. */
function checkedName(name: string): string {
  const result = v.safeParse(v.object({ StackName: shared.newStackName }), { StackName: name });
  if (result.success) return result.output.StackName;
  throw invalidInputError(result.issues, queryInputCodes);
}

/** Finds a change set by its ARN, or by its name and its stack. @returns `undefined` if there is none */
function findChangeSet(store: StackStore, scope: Scope, { ChangeSetName, StackName }: Named) {
  if (StackName === undefined && !ChangeSetName.startsWith('arn:')) {
    throw validationError('StackName must be specified if ChangeSetName is not specified as an ARN.');
  }
  const stacks = StackName === undefined ? store.list(scope) : [store.getForChange(scope, StackName)];
  return stacks
    .flatMap((stack) => [...stack.changeSets.values()].map((changeSet) => ({ stack, changeSet })))
    .find(({ changeSet }) => [changeSet.ChangeSetName, changeSet.ChangeSetId].includes(ChangeSetName));
}

function changeSetOf(store: StackStore, scope: Scope, named: Named) {
  const found = findChangeSet(store, scope, named);
  if (found !== undefined) return found;
  throw new AwsError('ChangeSetNotFound', `ChangeSet [${named.ChangeSetName}] does not exist`, 404);
}
