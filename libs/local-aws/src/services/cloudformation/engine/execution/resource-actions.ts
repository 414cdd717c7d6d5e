import { randomUUID } from 'node:crypto';
import type {
  ResourceChange,
  ResourceContext,
  ResourcePermission,
  ResourceType,
} from '../../../resource-type.ts';
import { DeniedError } from '../actor.ts';
import { validateProperties } from '../change/property-schema.ts';
import type { DeployedResource, ResourceSpec } from '../deployment.ts';
import type { Journal, ResourceStep } from '../journal.ts';
import type { ResourceStatus, Retired, Stack } from '../stack.ts';
import { failureReason, handlerErrorCode, RefusedResourceError } from './failure-reason.ts';
import { physicalName } from './physical-name.ts';

/** What resources are changed with. */
export interface ResourceTools {
  readonly journal: Journal;
  readonly types: ReadonlyMap<string, ResourceType>;
  /**
   * Checks that whoever changes the stack has all permissions.
   * @throws AwsError `AccessDenied` for the first that is missing
   */
  permit(stack: Stack, permissions: readonly ResourcePermission[]): Promise<void>;
}

/** A resource, and how a template wants it. */
export interface Target extends ResourceSpec {
  readonly logicalId: string;
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

  /**
   * Creates a resource.
   * @param old the resource that the new one replaces; it stays for the clean-up or the roll-back
   * @returns whether it succeeded
   */
  async create(target: Target, old?: DeployedResource): Promise<boolean> {
    const verb = old === undefined ? 'CREATE' : 'UPDATE';
    const reason = 'Requested update requires the creation of a new physical resource; hence creating one.';
    this.#record(target, `${verb}_IN_PROGRESS`, old && { deployed: old, reason });
    try {
      const { type, properties } = this.#read(target, target.logicalId);
      const context = this.#context(target.logicalId);
      await this.#permit(type, { ...context, handler: 'create', properties });
      const state = await type.create(properties, context);
      const deployed = { ...specOf(target), state, instance: randomUUID(), uncertain: false };
      this.#record(target, `${verb}_IN_PROGRESS`, { deployed, reason: 'Resource creation Initiated' });
      return this.#complete(target, verb, deployed);
    } catch (error) {
      const mustRename = old !== undefined && handlerErrorCode(error) === 'AlreadyExists';
      return this.#fail(target, `${verb}_FAILED`, {
        reason: mustRename ? renameFirst(old.state.physicalId) : failureReason(error, target.type),
        deployed: old,
      });
    }
  }

  /** Changes a resource in place. @returns whether it succeeded */
  async update(target: Target, old: DeployedResource): Promise<boolean> {
    this.#record(target, 'UPDATE_IN_PROGRESS', { deployed: old });
    try {
      const { type, properties } = this.#read(target, target.logicalId);
      const previous = this.#read(old, target.logicalId).properties;
      const context = this.#context(target.logicalId);
      await this.#permit(type, { ...context, handler: 'update', current: old.state, properties, previous });
      const state = await type.update(old.state, properties, previous, context);
      const deployed = { ...specOf(target), state, instance: old.instance, uncertain: false };
      return this.#complete(target, 'UPDATE', deployed);
    } catch (error) {
      const isUntouched = error instanceof RefusedResourceError || error instanceof DeniedError;
      return this.#fail(target, 'UPDATE_FAILED', {
        reason: failureReason(error, target.type),
        deployed: isUntouched ? old : { ...old, properties: target.properties, uncertain: true },
      });
    }
  }

  /** Takes over what only the stack itself knows of a resource (metadata, policies). */
  adopt(target: Target, old: DeployedResource): true {
    const { state, instance } = old;
    return this.restore(target.logicalId, { ...specOf(target), state, instance, uncertain: false }, old);
  }

  /** Gives a resource back its logical ID. */
  restore(logicalId: string, next: DeployedResource, present = next): true {
    this.#record({ logicalId, type: next.type }, 'UPDATE_IN_PROGRESS', { deployed: present });
    this.#record({ logicalId, type: next.type }, 'UPDATE_COMPLETE', { deployed: next });
    return true;
  }

  /** A resource stays as it is; only what it depends on may have changed. */
  keep({ logicalId, dependencies }: Target, old: DeployedResource): true {
    const present = this.#stack.resources.get(logicalId);
    if (present !== undefined) {
      this.#stack.resources.set(logicalId, { ...present, deployed: { ...old, dependencies } });
    }
    return true;
  }

  /** Fails a resource before anything is done to it: its functions are wrong, or the stack policy forbids the update. */
  refuse(resource: Pick<Target, 'logicalId' | 'type'>, reason: string, old?: DeployedResource): false {
    if (old === undefined) this.#record(resource, 'CREATE_IN_PROGRESS');
    const status = old === undefined ? 'CREATE_FAILED' : 'UPDATE_FAILED';
    return this.#fail(resource, status, { reason, deployed: old });
  }

  /** Deletes a resource, or only forgets it. @returns whether it succeeded */
  async remove({ logicalId, deployed, retain, current }: Retired): Promise<boolean> {
    const resource = { logicalId, type: deployed.type };
    const { state } = deployed;
    const gone = { physicalId: state.physicalId, isFormer: !current };
    if (retain) {
      this.#record(resource, 'DELETE_SKIPPED', gone);
      return true;
    }
    this.#record(resource, 'DELETE_IN_PROGRESS', { ...gone, deployed });
    try {
      const type = this.#type(deployed.type);
      const valid = validateProperties(type.properties, deployed.properties);
      // A resource can be deleted even if its type no longer accepts its properties.
      const properties = 'value' in valid ? valid.value : deployed.properties;
      const context = this.#context(logicalId);
      await this.#permit(type, { ...context, handler: 'delete', current: state, properties });
      await type.delete(state, properties, context);
      this.#record(resource, 'DELETE_COMPLETE', gone);
      return true;
    } catch (error) {
      const reason = failureReason(error, deployed.type);
      return this.#fail(resource, 'DELETE_FAILED', { ...gone, deployed, reason });
    }
  }

  /** @throws RefusedResourceError */
  #read(
    spec: ResourceSpec,
    logicalId: string,
  ): { readonly type: ResourceType; readonly properties: unknown } {
    const type = this.#type(spec.type);
    const valid = validateProperties(type.properties, spec.properties);
    if ('value' in valid) return { type, properties: valid.value };
    throw new RefusedResourceError(
      `Properties validation failed for resource ${logicalId} with message:\n${valid.problems.join('\n')}`,
    );
  }

  #type(name: string): ResourceType {
    const type = this.#tools.types.get(name);
    if (type === undefined) throw new RefusedResourceError(`Unknown type ${name}`);
    return type;
  }

  /** @throws AwsError `AccessDenied` */
  #permit(type: ResourceType, change: ResourceChange): Promise<void> {
    return this.#tools.permit(this.#stack, type.requires(change));
  }

  #complete(target: Target, verb: 'CREATE' | 'UPDATE', deployed: DeployedResource): boolean {
    if (this.#isStopped()) {
      const reason = `Resource ${verb === 'CREATE' ? 'creation' : 'update'} cancelled`;
      return this.#fail(target, `${verb}_FAILED`, { reason, deployed });
    }
    this.#record(target, `${verb}_COMPLETE`, { deployed });
    return true;
  }

  #fail(resource: Pick<Target, 'logicalId' | 'type'>, status: ResourceStatus, details: StepDetails): false {
    this.#record(resource, status, details);
    return false;
  }

  #record(
    { logicalId, type }: Pick<Target, 'logicalId' | 'type'>,
    status: ResourceStatus,
    details: StepDetails = {},
  ): void {
    this.#tools.journal.resource(this.#stack, { logicalId, type, status, ...details });
  }

  #context(logicalId: string): ResourceContext {
    const { accountId, region, name, id, deployment } = this.#stack;
    return {
      accountId,
      region,
      stackName: name,
      stackId: id,
      logicalId,
      tags: deployment?.tags ?? {},
      generateName: (options) => physicalName(name, logicalId, options),
    };
  }
}

type StepDetails = Omit<ResourceStep, 'logicalId' | 'type' | 'status'>;

function specOf({ logicalId: _, ...spec }: Target): ResourceSpec {
  return spec;
}

function renameFirst(name: string): string {
  return `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${name} and update the stack again.`;
}
