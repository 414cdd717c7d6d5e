import { randomUUID } from 'node:crypto';
import { defined } from '../../../../core/defined.ts';
import type { ResourceContext, ResourceState, ResourceType } from '../../../resource-type.ts';
import { validateProperties } from '../change/property-schema.ts';
import type { DeployedResource } from '../deployment.ts';
import type { Journal } from '../journal.ts';
import type { ResourceStatus, Stack } from '../stack.ts';
import type { JsonObject } from '../template/json.ts';
import type { ResourceDefinition } from '../template/template.ts';
import { failureReason, handlerErrorCode } from './failure-reason.ts';
import { physicalName } from './physical-name.ts';

/** A resource that an action is about. */
export interface Target {
  readonly logicalId: string;
  readonly definition: ResourceDefinition;
  readonly properties: JsonObject;
  readonly dependencies: readonly string[];
}

/** Does to single resources what a plan says, and writes each step into the stack's events. */
export class ResourceActions {
  readonly #stack: Stack;
  readonly #journal: Journal;
  readonly #types: ReadonlyMap<string, ResourceType>;
  readonly #isStopped: () => boolean;

  /** @param isStopped whether the deployment has failed or was cancelled meanwhile */
  constructor(
    stack: Stack,
    journal: Journal,
    types: ReadonlyMap<string, ResourceType>,
    isStopped: () => boolean = () => false,
  ) {
    this.#stack = stack;
    this.#journal = journal;
    this.#types = types;
    this.#isStopped = isStopped;
  }

  /** Creates a resource. @returns whether it succeeded and was not overtaken by another's failure */
  async create(target: Target): Promise<boolean> {
    this.#record(target, 'CREATE_IN_PROGRESS');
    return this.#bring(target, 'CREATE', async (type, properties) => {
      return type.create(properties, this.#context(target.logicalId));
    });
  }

  /** Creates the replacement of a resource; the old one stays, for the clean-up or the rollback. */
  async replace(target: Target, old: DeployedResource): Promise<boolean> {
    this.#record(
      target,
      'UPDATE_IN_PROGRESS',
      'Requested update requires the creation of a new physical resource; hence creating one.',
      old,
    );
    return this.#bring(
      target,
      'UPDATE',
      async (type, properties) => type.create(properties, this.#context(target.logicalId)),
      old,
    );
  }

  /** Changes a resource in place. */
  async update(target: Target, old: DeployedResource): Promise<boolean> {
    this.#record(target, 'UPDATE_IN_PROGRESS', undefined, old);
    const type = this.#types.get(old.type);
    const previous = type && validateProperties(type.properties, old.properties);
    if (type === undefined || previous === undefined || 'problems' in previous) {
      return this.#fail(target, 'UPDATE_FAILED', `The type ${old.type} no longer takes its properties`, old);
    }
    return this.#bring(
      target,
      'UPDATE',
      async (_, properties) => {
        return type.update(old.state, properties, previous.value, this.#context(target.logicalId));
      },
      old,
      true,
    );
  }

  /** Takes over what only the stack itself knows of a resource (metadata, policies). */
  adopt(target: Target, old: DeployedResource): boolean {
    this.#record(target, 'UPDATE_IN_PROGRESS', undefined, old);
    this.#record(target, 'UPDATE_COMPLETE', undefined, deployedAs(target, old.state, old.instance));
    return true;
  }

  /** A resource stays as it is; only what it depends on may have changed. */
  keep(target: Target, old: DeployedResource): boolean {
    const present = this.#stack.resources.get(target.logicalId);
    if (present !== undefined) {
      const deployed = { ...old, dependencies: target.dependencies };
      this.#stack.resources.set(target.logicalId, { ...present, deployed });
    }
    return true;
  }

  /** A resource could not even be begun: its functions or properties are wrong. */
  refuse(target: Omit<Target, 'properties'>, reason: string, old?: DeployedResource): boolean {
    const unresolved = { ...target, properties: {} };
    if (old === undefined) this.#record(unresolved, 'CREATE_IN_PROGRESS');
    return this.#fail(unresolved, old === undefined ? 'CREATE_FAILED' : 'UPDATE_FAILED', reason, old);
  }

  /**
   * Deletes a resource that exists.
   * @returns why it could not be deleted; `undefined` if it could
   */
  async remove(logicalId: string, deployed: DeployedResource): Promise<string | undefined> {
    const type = this.#types.get(deployed.type);
    if (type === undefined) return `Unknown type ${deployed.type}`;
    const properties = validateProperties(type.properties, deployed.properties);
    // A resource can be deleted whatever its type makes of its properties by now.
    const parsed = 'value' in properties ? properties.value : deployed.properties;
    try {
      await type.delete(deployed.state, parsed, this.#context(logicalId));
      return undefined;
    } catch (error) {
      return failureReason(error, deployed.type);
    }
  }

  async #bring(
    target: Target,
    verb: 'CREATE' | 'UPDATE',
    act: (type: ResourceType, properties: unknown) => Promise<ResourceState>,
    old?: DeployedResource,
    inPlace = false,
  ): Promise<boolean> {
    const type = this.#types.get(target.definition.type);
    if (type === undefined) return this.#fail(target, `${verb}_FAILED`, 'Unknown type', old);
    const valid = validateProperties(type.properties, target.properties);
    if ('problems' in valid) {
      const reason = `Properties validation failed for resource ${target.logicalId} with message:\n${valid.problems.join('\n')}`;
      return this.#fail(target, `${verb}_FAILED`, reason, old);
    }
    let state: ResourceState;
    try {
      state = await act(type, valid.value);
    } catch (error) {
      const half =
        inPlace && old !== undefined ? { ...old, properties: target.properties, uncertain: true } : old;
      return this.#fail(target, `${verb}_FAILED`, this.#reason(error, target, old, inPlace), half);
    }
    const deployed = deployedAs(target, state, inPlace && old !== undefined ? old.instance : randomUUID());
    if (!inPlace) this.#record(target, `${verb}_IN_PROGRESS`, 'Resource creation Initiated', deployed);
    if (this.#isStopped()) {
      const what = verb === 'CREATE' ? 'creation' : 'update';
      return this.#fail(target, `${verb}_FAILED`, `Resource ${what} cancelled`, deployed);
    }
    this.#record(target, `${verb}_COMPLETE`, undefined, deployed);
    return true;
  }

  #reason(error: unknown, target: Target, old: DeployedResource | undefined, inPlace: boolean): string {
    const collides = old !== undefined && !inPlace && handlerErrorCode(error) === 'AlreadyExists';
    return collides ? renameFirst(old.state.physicalId) : failureReason(error, target.definition.type);
  }

  #record(target: Target, status: ResourceStatus, reason?: string, deployed?: DeployedResource): void {
    this.#journal.resource(this.#stack, {
      logicalId: target.logicalId,
      type: target.definition.type,
      status,
      ...defined({ statusReason: reason }),
      ...(deployed === undefined ? {} : { deployed, physicalId: deployed.state.physicalId }),
    });
  }

  #fail(target: Target, status: ResourceStatus, reason: string, deployed?: DeployedResource): false {
    this.#record(target, status, reason, deployed);
    return false;
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

function deployedAs(target: Target, state: ResourceState, instance: string): DeployedResource {
  const { definition, properties, dependencies } = target;
  return {
    type: definition.type,
    instance,
    state,
    properties,
    ...defined({ metadata: definition.metadata }),
    deletionPolicy: definition.deletionPolicy,
    updateReplacePolicy: definition.updateReplacePolicy,
    dependencies,
    uncertain: false,
  };
}

function renameFirst(name: string): string {
  return `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${name} and update the stack again.`;
}
