import { randomInt, randomUUID } from 'node:crypto';
import { handlerActions } from '@cross-account-api/iam/aws';
import { AwsError, errorMessage } from '../../../../core/errors.ts';
import type { Scope } from '../../../../core/scope.ts';
import {
  type ResourceChange,
  type ResourceContext,
  ResourceExistsError,
  type ResourceType,
} from '../../../resource-type.ts';
import type { permitter, StackActor } from '../actor.ts';
import { readLive } from '../change/drift.ts';
import type { PlanTools } from '../change/plan.ts';
import { validateProperties } from '../change/property-schema.ts';
import type { DeployedResource, ResourceSpec, Retired, Stack } from '../stack.ts';
import type { OutputReference } from '../template/references.ts';

type Change = Omit<ResourceChange, keyof ResourceContext>;

/** Reads an output of another stack with the permissions of the actor. @throws AwsError */
export type OutputReader = (stack: Scope, actor: StackActor, reference: OutputReference) => Promise<string>;

/** The tools that change stacks and their resources. */
export interface ResourceTools extends PlanTools {
  /** Checks that the stack's actor has all permissions. */
  readonly permit: ReturnType<typeof permitter>;
  readonly readOutput: OutputReader;
  /** Whether local AWS has an account. */
  readonly hasAccount: (accountId: string) => boolean;
}

/**
 * Makes the functions that change single resources of a stack. Each returns whether it succeeded.
 * @param isStopped whether the deployment failed or was stopped meanwhile; then a running creation or update fails, too
 */
export function resourceActions(stack: Stack, tools: ResourceTools, isStopped = () => false) {
  return { create, update, adopt, refuse, remove };

  /**
   * Creates a resource. If it replaces an old one, the old one stays until the clean-up or roll-back.
   * @param instance for one that somebody deleted: the same as before, so that the clean-up does not delete it
   */
  async function create(
    id: string,
    wanted: ResourceSpec,
    old?: DeployedResource,
    instance: string = randomUUID(),
  ): Promise<boolean> {
    const { Type, type } = wanted;
    const existing = stack.deployment?.imported?.get(id);
    if (existing !== undefined) return takeOver(id, wanted, existing);
    const verb = old === undefined ? 'CREATE' : 'UPDATE';
    const replacing =
      'Requested update requires the creation of a new physical resource; hence creating one.';
    stack.enterResource(id, Type, `${verb}_IN_PROGRESS`, old && { deployed: old, reason: replacing });
    try {
      const properties = read(id, wanted);
      const context = await permitted(id, type, { handler: 'create', properties });
      const state = await type.create(properties, context);
      const deployed = withLive({ ...wanted, state, instance, uncertain: false, tags: context.tags });
      const reason = 'Resource creation Initiated';
      stack.enterResource(id, Type, `${verb}_IN_PROGRESS`, { deployed, reason });
      return complete(id, verb, deployed);
    } catch (error) {
      const mustRename = old !== undefined && handlerErrorCode(error) === 'AlreadyExists';
      const reason = mustRename
        ? `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${old.state.physicalId} and update the stack again.`
        : failureReason(error, Type);
      return stack.enterResource(id, Type, `${verb}_FAILED`, { reason, deployed: old });
    }
  }

  /** Takes over a resource that exists, for an import. */
  async function takeOver(id: string, wanted: ResourceSpec, physicalId: string): Promise<boolean> {
    const { Type, type } = wanted;
    stack.enterResource(id, Type, 'IMPORT_IN_PROGRESS', { physicalId });
    try {
      const properties = read(id, wanted);
      const current = { physicalId, attributes: {} };
      const context = await permitted(id, type, {
        handler: 'update',
        current,
        properties,
        previous: properties,
      });
      const state = await type.adopt?.(physicalId, properties, context);
      if (state === undefined) throw new RefusedResourceError(`Resource type ${Type} cannot be imported.`);
      const deployed = withLive({
        ...wanted,
        state,
        instance: randomUUID(),
        uncertain: false,
        tags: context.tags,
      });
      return stack.enterResource(id, Type, 'IMPORT_COMPLETE', {
        deployed,
        reason: 'Resource import completed.',
      });
    } catch (error) {
      return stack.enterResource(id, Type, 'IMPORT_FAILED', {
        reason: failureReason(error, Type),
        physicalId,
      });
    }
  }

  /** Updates a resource. @param live what the service has, if that is not what was deployed */
  async function update(
    id: string,
    wanted: ResourceSpec,
    old: DeployedResource,
    live = old,
  ): Promise<boolean> {
    const { Type, type } = wanted;
    stack.enterResource(id, Type, 'UPDATE_IN_PROGRESS', { deployed: old });
    let deployed = old;
    try {
      const properties = read(id, wanted);
      const previous = read(id, isReadable(live) ? live : old);
      const { state: current, tags: previousTags } = old;
      const change = { handler: 'update', current, properties, previous, previousTags } as const;
      const context = await permitted(id, type, change);
      deployed = { ...old, Properties: wanted.Properties, uncertain: true };
      const state = await type.update(current, properties, previous, context);
      const { instance } = old;
      const updated = { ...wanted, state, instance, uncertain: false, tags: context.tags };
      return complete(id, 'UPDATE', withLive(updated));
    } catch (error) {
      return stack.enterResource(id, Type, 'UPDATE_FAILED', { reason: failureReason(error, Type), deployed });
    }
  }

  /** Changes the stack's record of a resource, not the resource: sets metadata and policies, or restores a former state. */
  function adopt(id: string, next: DeployedResource, present = next): boolean {
    stack.enterResource(id, next.Type, 'UPDATE_IN_PROGRESS', { deployed: present });
    return stack.enterResource(id, next.Type, 'UPDATE_COMPLETE', { deployed: next });
  }

  /** Fails a resource before any change, because its functions cannot be evaluated. */
  function refuse(id: string, type: string, reason: string, old?: DeployedResource): boolean {
    const verb = old === undefined ? 'CREATE' : 'UPDATE';
    if (old === undefined) stack.enterResource(id, type, 'CREATE_IN_PROGRESS');
    return stack.enterResource(id, type, `${verb}_FAILED`, { reason, deployed: old });
  }

  /** Deletes a resource, or only forgets a retained one. */
  async function remove({ id, deployed, retain, current }: Retired): Promise<boolean> {
    const { state, Type, type } = deployed;
    const gone = { physicalId: state.physicalId, isFormer: !current };
    if (retain) return stack.enterResource(id, Type, 'DELETE_SKIPPED', gone);
    stack.enterResource(id, Type, 'DELETE_IN_PROGRESS', { ...gone, deployed });
    try {
      // A resource can be deleted even if its type no longer accepts its properties.
      const valid = validateProperties(type.properties, deployed.Properties);
      const properties = 'value' in valid ? valid.value : deployed.Properties;
      const context = await permitted(id, type, { handler: 'delete', current: state, properties });
      await type.delete(state, properties, context);
      return stack.enterResource(id, Type, 'DELETE_COMPLETE', gone);
    } catch (error) {
      return stack.enterResource(id, Type, 'DELETE_FAILED', {
        ...gone,
        deployed,
        reason: failureReason(error, Type),
      });
    }
  }

  /** Remembers what the service has now: what differs later, somebody changed. */
  function withLive(deployed: DeployedResource): DeployedResource {
    return { ...deployed, deployedLive: readLive(deployed, stack) };
  }

  /** @throws RefusedResourceError */
  function read(id: string, { type, Properties }: ResourceSpec): unknown {
    const valid = validateProperties(type.properties, Properties);
    if ('value' in valid) return valid.value;
    throw new RefusedResourceError(
      `Properties validation failed for resource ${id} with message:\n${valid.problems.join('\n')}`,
    );
  }

  function complete(id: string, verb: 'CREATE' | 'UPDATE', deployed: DeployedResource): boolean {
    if (!isStopped()) return stack.enterResource(id, deployed.Type, `${verb}_COMPLETE`, { deployed });
    const reason = `Resource ${verb === 'CREATE' ? 'creation' : 'update'} cancelled`;
    return stack.enterResource(id, deployed.Type, `${verb}_FAILED`, { reason, deployed });
  }

  /** Checks the permissions for a change, and returns the context of the change. */
  async function permitted(logicalId: string, type: ResourceType, change: Change): Promise<ResourceContext> {
    const context = contextOf(stack, logicalId);
    await tools.permit(stack, type.requires({ ...context, ...change }));
    return context;
  }
}

function contextOf(stack: Stack, logicalId: string): ResourceContext {
  const { accountId, region, name: stackName, id: stackId, deployment } = stack;
  const tags = deployment?.tags ?? {};
  const generateName: ResourceContext['generateName'] = (options) =>
    physicalName(stackName, logicalId, options);
  return { accountId, region, stackName, stackId, logicalId, tags, generateName };
}

/**
 * Finds the resources of a stack that an actor may not read: those for which it lacks an action of the handler `read` in AWS's schema of
 * the type. Types whose schema is not in the table are read without.
 * @returns the refusals by logical ID
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html#drift-considerations
 */
export async function unreadableResources(
  stack: Stack,
  actor: StackActor,
  { permit }: Pick<ResourceTools, 'permit'>,
): Promise<ReadonlyMap<string, string>> {
  const { accountId, region } = stack;
  const refusals = new Map<string, string>();
  for (const [id, deployed] of stack.deployedResources()) {
    try {
      await permit({ actor, accountId, region }, readPermissions(stack, id, deployed));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      refusals.set(id, error.message);
    }
  }
  return refusals;
}

/** An update that changes nothing needs what its handler always takes, and what reads the resource afterwards. */
function readPermissions(
  stack: Stack,
  logicalId: string,
  { type, state, Properties, tags }: DeployedResource,
) {
  const { read = {} } = handlerActions.types[type.typeName]?.handlers ?? {};
  const valid = validateProperties(type.properties, Properties);
  if (!('value' in valid)) return [];
  const unchanged = { properties: valid.value, previous: valid.value, tags, previousTags: tags };
  const context = contextOf(stack, logicalId);
  return type
    .requires({ ...context, handler: 'update', current: state, ...unchanged })
    .filter(({ action }) => Object.hasOwn(read, action));
}

/** Whether a resource type accepts its own properties. Somebody may have set what a template cannot. */
function isReadable({ type, Properties }: ResourceSpec): boolean {
  return 'value' in validateProperties(type.properties, Properties);
}

/** CloudFormation refuses a resource before it calls the resource's type. The message is the reason. */
class RefusedResourceError extends Error {}

/** The reason for a resource's failure, in the words of CloudFormation. */
function failureReason(error: unknown, typeName: string): string {
  if (error instanceof RefusedResourceError) return error.message;
  const service = typeName.split('::')[1] ?? typeName;
  const status = error instanceof AwsError ? error.status : 500;
  const origin = `(Service: ${service}, Status Code: ${status}, Request ID: ${randomUUID()})`;
  const message = error instanceof ResourceExistsError ? error.message : `${errorMessage(error)} ${origin}`;
  return `Resource handler returned message: "${message}" (RequestToken: ${randomUUID()}, HandlerErrorCode: ${handlerErrorCode(error)})`;
}

/** https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html */
function handlerErrorCode(error: unknown): string {
  if (!(error instanceof AwsError)) return 'InternalFailure';
  const { code, status } = error;
  if (/AlreadyExists|AlreadyOwnedByYou|ResourceConflict|ConflictException/.test(code)) return 'AlreadyExists';
  if (/NoSuch|NotFound/.test(code)) return 'NotFound';
  if (/AccessDenied|Unauthorized/.test(code)) return 'AccessDenied';
  if (/Throttl|TooManyRequests/.test(code)) return 'Throttling';
  if (/LimitExceeded/.test(code)) return 'ServiceLimitExceeded';
  return status >= 500 ? 'ServiceInternalError' : 'InvalidRequest';
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A physical name as CloudFormation makes it: `<stack>-<logicalId>-<random>`. Shortens stack and ID if it is too long. */
export function physicalName(
  stackName: string,
  logicalId: string,
  { maxLength = 64, prefix = stackName } = {},
): string {
  const random = Array.from({ length: 12 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  const room = maxLength - '--'.length - random.length;
  const stack = prefix.slice(0, Math.max(Math.floor(room / 2), room - logicalId.length));
  return `${stack}-${logicalId.slice(0, room - stack.length)}-${random}`;
}
