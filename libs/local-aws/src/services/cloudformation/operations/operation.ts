import { likelyPartitionOf } from '@cross-account-api/iam';
import type * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import type { Scope } from '../../../core/scope.ts';
import type { Call } from '../../../pipeline/endpoint.ts';
import {
  type Caller,
  type OperationSpec,
  operationsOf,
  type Permission,
} from '../../../protocols/operation.ts';
import { paginate } from '../../../protocols/shapes.ts';
import type { S3Service } from '../../s3/index.ts';
import type { SsmService } from '../../ssm/index.ts';
import { type Actor, SERVICE } from '../engine/actor.ts';
import { type DesiredState, desiredState } from '../engine/change/desired-state.ts';
import type { Deployer, DeployerParts, DeployOptions } from '../engine/execution/deployer.ts';
import type { Deployment, Stack, StackStatus } from '../engine/stack.ts';
import { validationError } from '../engine/template/errors.ts';
import type { StackStore } from '../store.ts';

const operation = operationsOf('cloudformation');

/** What the operations work with. */
export interface Engine extends DeployerParts {
  readonly deployer: Deployer;
  /**
   * The actor of a request that changes a stack: the caller, or a service role.
   * @param roleArn the service role
   * @param clientRequestToken the caller's name for the request
   */
  actor(call: Call, roleArn: string | undefined, clientRequestToken?: string): Promise<Actor>;
  readonly templates: Pick<S3Service, 'read'>;
  readonly ssm: Pick<SsmService, 'read'>;
}

/** The input members that name the stack, and those that are condition keys of the permission. */
interface StackInput {
  readonly StackName?: string | undefined;
  readonly ChangeSetName?: string | undefined;
  readonly RoleARN?: string | undefined;
  readonly TemplateURL?: string | undefined;
}

/** Makes the function that declares operations. By default, they require a permission on the stack of their input. */
export function operationsOn(store: StackStore) {
  return <Schema extends v.GenericSchema<unknown, object>>(
    name: string,
    spec: Pick<OperationSpec<Schema>, 'input' | 'handle'> & Partial<Pick<OperationSpec<Schema>, 'requires'>>,
  ) =>
    operation<Schema>(name, {
      requires: (input: StackInput, caller) => [onStack(store, caller, input), ...passRole(input)],
      ...spec,
    });
}

/**
 * The permission on a stack, or on all stacks of a name that none has; on all resources if the input names no stack
 * (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html).
 */
export function onStack(store: StackStore, caller: Caller, input: StackInput): Permission {
  const { accountId, region } = caller;
  const { StackName: nameOrId } = input;
  const stack = nameOrId === undefined ? undefined : store.find(caller, nameOrId);
  const arn = `arn:${likelyPartitionOf(region).name}:cloudformation:${region}:${accountId}:stack/${nameOrId}/*`;
  const tags = Object.entries(stack?.deployment?.tags ?? {});
  return {
    resource: nameOrId === undefined ? '*' : (stack?.id ?? (nameOrId.startsWith('arn:') ? nameOrId : arn)),
    context: {
      ...Object.fromEntries(tags.map(([key, value]) => [`aws:ResourceTag/${key}`, value])),
      ...defined({
        'cloudformation:ChangeSetName': input.ChangeSetName,
        'cloudformation:RoleArn': input.RoleARN,
        'cloudformation:TemplateUrl': input.TemplateURL,
      }),
    },
  };
}

/** The permission to give a service role to CloudFormation. */
function passRole({ RoleARN: resource }: StackInput): readonly Permission[] {
  if (resource === undefined) return [];
  return [{ action: 'iam:PassRole', resource, context: { 'iam:PassedToService': SERVICE } }];
}

/** Finds the stack that an operation is about. Each operation has its own words for a missing one. */
export function stackOf(
  store: StackStore,
  scope: Scope,
  nameOrId: string,
  missing: (nameOrId: string) => string = (name) => `Stack with id ${name} does not exist`,
): Stack {
  const stack = store.find(scope, nameOrId);
  if (stack === undefined) throw validationError(missing(nameOrId));
  return stack;
}

/** `Stack [name] does not exist`: how operations that change stacks say it. */
export function missingInBrackets(nameOrId: string): string {
  return `Stack [${nameOrId}] does not exist`;
}

/** The state that a deployment wants a stack to reach. */
export function desiredFor(store: StackStore, stack: Stack, deployment: Deployment): DesiredState {
  const exportValue = (name: string) => store.exports(stack).find((one) => one.name === name)?.value;
  return desiredState(stack, deployment, exportValue);
}

/** Begins to create or update a stack. @returns when that has ended */
export function beginDeployment(
  { store, deployer }: Engine,
  stack: Stack,
  deployment: Deployment,
  options: DeployOptions,
): Promise<void> {
  const desired = desiredFor(store, stack, deployment);
  // They were planned against the stack as it was before.
  stack.changeSets.clear();
  const isNew = stack.deployment === undefined;
  return deployer[isNew ? 'create' : 'update'](stack, deployment, desired, options);
}

/** One page of a list, as the member of the output that holds the items. */
export function listPage<Item>(
  member: string,
  items: readonly Item[],
  token: string | undefined,
  view: (item: Item) => unknown,
) {
  const page = paginate(items, { size: 100, token });
  return { [member]: page.items.map(view), NextToken: page.next };
}

const UPDATABLE: readonly StackStatus[] = [
  'CREATE_COMPLETE',
  'CREATE_FAILED',
  'UPDATE_COMPLETE',
  'UPDATE_FAILED',
  'UPDATE_ROLLBACK_COMPLETE',
];

/** Finds a stack that can be updated. After its creation was rolled back it can only be deleted. */
export function updatableStack(store: StackStore, scope: Scope, nameOrId: string): Stack {
  const stack = stackOf(store, scope, nameOrId, missingInBrackets);
  if (UPDATABLE.includes(stack.status)) return stack;
  throw validationError(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
}
