import { randomInt, randomUUID } from 'node:crypto';
import { AwsError, errorMessage } from '../../../../core/errors.ts';
import {
  type ResourceChange,
  type ResourceContext,
  ResourceExistsError,
  type ResourceType,
} from '../../../resource-type.ts';
import type { StackStore } from '../../store.ts';
import type { permitter } from '../actor.ts';
import { validateProperties } from '../change/property-schema.ts';
import type { Journal, ResourceStep } from '../journal.ts';
import type { DeployedResource, ResourceSpec, ResourceStatus, Retired, Stack } from '../stack.ts';

/** What stacks and their resources are changed with. */
export interface ResourceTools {
  readonly journal: Journal;
  readonly store: StackStore;
  readonly types: ReadonlyMap<string, ResourceType>;
  /** Checks that whoever changes the stack has all permissions. */
  readonly permit: ReturnType<typeof permitter>;
}

/** Changes single resources of a stack, and writes each step into the stack's events. */
export class ResourceActions {
  readonly #stack: Stack;
  readonly #tools: ResourceTools;
  readonly #isStopped: () => boolean;

  /** @param isStopped whether the deployment has failed or was stopped meanwhile: then what was running fails, too */
  constructor(stack: Stack, tools: ResourceTools, isStopped: () => boolean = () => false) {
    this.#stack = stack;
    this.#tools = tools;
    this.#isStopped = isStopped;
  }

  /** Creates a resource. An old one that it replaces stays, for the clean-up or the roll-back. @returns whether it succeeded */
  async create(id: string, wanted: ResourceSpec, old?: DeployedResource): Promise<boolean> {
    const { Type } = wanted;
    const verb = old === undefined ? 'CREATE' : 'UPDATE';
    const replacing =
      'Requested update requires the creation of a new physical resource; hence creating one.';
    this.#record(id, Type, `${verb}_IN_PROGRESS`, old && { deployed: old, reason: replacing });
    try {
      const { type, properties } = this.#read(id, wanted);
      const context = await this.#permitted(id, type, { handler: 'create', properties });
      const state = await type.create(properties, context);
      const deployed = { ...wanted, state, instance: randomUUID(), uncertain: false };
      this.#record(id, Type, `${verb}_IN_PROGRESS`, { deployed, reason: 'Resource creation Initiated' });
      return this.#complete(id, verb, deployed);
    } catch (error) {
      const mustRename = old !== undefined && handlerErrorCode(error) === 'AlreadyExists';
      const reason = mustRename
        ? `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${old.state.physicalId} and update the stack again.`
        : failureReason(error, Type);
      return this.#fail(id, Type, `${verb}_FAILED`, { reason, deployed: old });
    }
  }

  /** Changes a resource in place. @returns whether it succeeded */
  async update(id: string, wanted: ResourceSpec, old: DeployedResource): Promise<boolean> {
    const { Type } = wanted;
    this.#record(id, Type, 'UPDATE_IN_PROGRESS', { deployed: old });
    let deployed = old;
    try {
      const { type, properties } = this.#read(id, wanted);
      const previous = this.#read(id, old).properties;
      const change = { handler: 'update', current: old.state, properties, previous } as const;
      const context = await this.#permitted(id, type, change);
      deployed = { ...old, Properties: wanted.Properties, uncertain: true };
      const state = await type.update(old.state, properties, previous, context);
      return this.#complete(id, 'UPDATE', { ...wanted, state, instance: old.instance, uncertain: false });
    } catch (error) {
      return this.#fail(id, Type, 'UPDATE_FAILED', { reason: failureReason(error, Type), deployed });
    }
  }

  /** Changes what the stack knows of a resource, but not the resource: its metadata and policies, or back to a former state. */
  adopt(id: string, next: DeployedResource, present = next): true {
    this.#record(id, next.Type, 'UPDATE_IN_PROGRESS', { deployed: present });
    this.#record(id, next.Type, 'UPDATE_COMPLETE', { deployed: next });
    return true;
  }

  /** Fails a resource before anything is done to it: its functions are wrong. */
  refuse(id: string, type: string, reason: string, old?: DeployedResource): false {
    if (old !== undefined) return this.#fail(id, type, 'UPDATE_FAILED', { reason, deployed: old });
    this.#record(id, type, 'CREATE_IN_PROGRESS');
    return this.#fail(id, type, 'CREATE_FAILED', { reason });
  }

  /** Deletes a resource, or only forgets it. @returns whether it succeeded */
  async remove({ id, deployed, retain, current }: Retired): Promise<boolean> {
    const { state, Type } = deployed;
    const gone = { physicalId: state.physicalId, isFormer: !current };
    if (retain) {
      this.#record(id, Type, 'DELETE_SKIPPED', gone);
      return true;
    }
    this.#record(id, Type, 'DELETE_IN_PROGRESS', { ...gone, deployed });
    try {
      const type = this.#type(Type);
      const valid = validateProperties(type.properties, deployed.Properties);
      // A resource can be deleted even if its type no longer accepts its properties.
      const properties = 'value' in valid ? valid.value : deployed.Properties;
      const context = await this.#permitted(id, type, { handler: 'delete', current: state, properties });
      await type.delete(state, properties, context);
      this.#record(id, Type, 'DELETE_COMPLETE', gone);
      return true;
    } catch (error) {
      return this.#fail(id, Type, 'DELETE_FAILED', { ...gone, deployed, reason: failureReason(error, Type) });
    }
  }

  /** @throws RefusedResourceError */
  #read(id: string, { Type, Properties }: ResourceSpec) {
    const type = this.#type(Type);
    const valid = validateProperties(type.properties, Properties);
    if ('value' in valid) return { type, properties: valid.value };
    throw new RefusedResourceError(
      `Properties validation failed for resource ${id} with message:\n${valid.problems.join('\n')}`,
    );
  }

  #type(name: string): ResourceType {
    const type = this.#tools.types.get(name);
    if (type === undefined) throw new RefusedResourceError(`Unknown type ${name}`);
    return type;
  }

  #complete(id: string, verb: 'CREATE' | 'UPDATE', deployed: DeployedResource): boolean {
    if (this.#isStopped()) {
      const reason = `Resource ${verb === 'CREATE' ? 'creation' : 'update'} cancelled`;
      return this.#fail(id, deployed.Type, `${verb}_FAILED`, { reason, deployed });
    }
    this.#record(id, deployed.Type, `${verb}_COMPLETE`, { deployed });
    return true;
  }

  #fail(id: string, type: string, status: ResourceStatus, details: StepDetails): false {
    this.#record(id, type, status, details);
    return false;
  }

  #record(id: string, type: string, status: ResourceStatus, details: StepDetails = {}): void {
    this.#tools.journal.resource(this.#stack, { id, type, status, ...details });
  }

  /** The context of a change, once it is permitted. */
  async #permitted(
    logicalId: string,
    type: ResourceType,
    change: Omit<ResourceChange, keyof ResourceContext>,
  ): Promise<ResourceContext> {
    const { accountId, region, name: stackName, id: stackId, deployment } = this.#stack;
    const context: ResourceContext = {
      ...{ accountId, region, stackName, stackId, logicalId, tags: deployment?.tags ?? {} },
      generateName: (options) => physicalName(stackName, logicalId, options),
    };
    await this.#tools.permit(this.#stack, type.requires({ ...context, ...change }));
    return context;
  }
}

type StepDetails = Omit<ResourceStep, 'id' | 'type' | 'status'>;

/** CloudFormation itself refuses a resource, before it calls the resource's type. The message is the reason. */
class RefusedResourceError extends Error {}

/** The reason for a resource's failure, in CloudFormation's words for what a resource handler reports. */
function failureReason(error: unknown, typeName: string): string {
  if (error instanceof RefusedResourceError) return error.message;
  const service = typeName.split('::')[1] ?? typeName;
  const status = error instanceof AwsError ? error.status : 500;
  const origin = `(Service: ${service}, Status Code: ${status}, Request ID: ${randomUUID()})`;
  const message = error instanceof ResourceExistsError ? error.message : `${errorMessage(error)} ${origin}`;
  return `Resource handler returned message: "${message}" (RequestToken: ${randomUUID()}, HandlerErrorCode: ${handlerErrorCode(error)})`;
}

/**
 * A handler's error code
 * (https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html).
 */
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

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** A physical name as CloudFormation makes it: `<stack>-<logicalId>-<random>`. Stack and ID are cut if it is too long. */
export function physicalName(
  stackName: string,
  logicalId: string,
  { maxLength = 64, lowerCase = false }: { readonly maxLength?: number; readonly lowerCase?: boolean } = {},
): string {
  const random = Array.from({ length: 12 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  const room = maxLength - '--'.length - random.length;
  const stack = stackName.slice(0, Math.max(Math.floor(room / 2), room - logicalId.length));
  const name = `${stack}-${logicalId.slice(0, room - stack.length)}-${random}`;
  return lowerCase ? name.toLowerCase() : name;
}
