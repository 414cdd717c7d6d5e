import { defined } from '../../../core/defined.ts';
import type { Scope } from '../../../core/scope.ts';
import { type Caller, operationsOf, type Permission } from '../../../protocols/operation.ts';
import { paginate } from '../../../protocols/shapes.ts';
import type { DesiredState } from '../engine/change/desired-state.ts';
import { desiredState } from '../engine/change/desired-state.ts';
import type { Deployment } from '../engine/deployment.ts';
import type { Deployer, DeployerParts } from '../engine/execution/deployer.ts';
import type { Stack, StackStatus } from '../engine/stack.ts';
import { validationError } from '../engine/template/errors.ts';
import { partitionOf } from '../engine/template/pseudo-parameters.ts';
import type { StackStore } from '../store.ts';

/** Declares an operation of CloudFormation. */
export const operation = operationsOf('cloudformation');

/** Where templates are read that a `TemplateURL` names. */
export interface TemplateFiles {
  /**
   * Reads an object from S3.
   * @throws AwsError if there is no such object, or reading it is not allowed
   */
  read(scope: Scope, bucket: string, key: string, versionId?: string): Buffer | Promise<Buffer>;
}

/** What the operations work with. */
export interface Engine extends DeployerParts {
  readonly deployer: Deployer;
  readonly templates: TemplateFiles;
}

/**
 * The permission to do something with a stack: on the stack's ARN if it exists, otherwise on all stacks of its name
 * (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html).
 * @param nameOrId absent for an operation on no stack in particular
 * @param context condition keys without their prefix, e.g. `{ TemplateUrl: 'https://…' }`
 */
export function onStack(
  store: StackStore,
  caller: Caller,
  nameOrId: string | undefined,
  context: Readonly<Record<string, string | undefined>> = {},
): Permission {
  const { accountId, region } = caller;
  const stack = nameOrId === undefined ? undefined : store.find(caller, nameOrId);
  const arn = `arn:${partitionOf(region)}:cloudformation:${region}:${accountId}:stack/${nameOrId}/*`;
  const tags = Object.entries(stack?.deployment?.tags ?? {});
  const given = Object.entries(defined(context));
  return {
    resource: nameOrId === undefined ? '*' : (stack?.id ?? (nameOrId.startsWith('arn:') ? nameOrId : arn)),
    context: Object.fromEntries([
      ...tags.map(([key, value]) => [`aws:ResourceTag/${key}`, value]),
      ...given.map(([key, value]) => [`cloudformation:${key}`, value]),
    ]),
  };
}

/**
 * Finds the stack that an operation is about.
 * @param missing words the error, as each operation has its own words for it
 * @throws AwsError `ValidationError`
 */
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

/**
 * The state that a deployment wants a stack to reach.
 * @throws AwsError `ValidationError`
 */
export function desiredFor(
  store: StackStore,
  scope: Scope,
  stack: { readonly name: string; readonly id: string },
  deployment: Deployment,
): DesiredState {
  return desiredState({
    template: deployment.template,
    parameters: deployment.parameters,
    scope,
    stack,
    exportValue: (name) => store.exports(scope).find((one) => one.name === name)?.value,
  });
}

/**
 * One page of a list.
 * @param member the member of the output that holds the items
 * @param view how an item is shown
 * @throws AwsError `ValidationError` for an invalid token
 */
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

/**
 * Checks that a stack can be updated. After its creation was rolled back it can only be deleted.
 * @throws AwsError `ValidationError`
 */
export function permitsUpdate(stack: Stack): void {
  if (UPDATABLE.includes(stack.status)) return;
  throw validationError(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
}
