import type { Clock } from '../core/clock.ts';
import { iamArn, parseIdentityArn } from './arn.ts';
import type { Mutable, PolicyHolder, Role, User } from './entities.ts';
import { deleteConflict, entityAlreadyExists, invalidInput, limitExceeded, noSuchEntity } from './errors.ts';
import { compare, type ManagedPolicies } from './managed-policies.ts';
import { policySize, type StoredPolicy, storePolicy } from './policy-documents.ts';
import { newUniqueId } from './unique-ids.ts';

/** What CreateRole and CreateUser both take. */
export interface NewHolder {
  readonly name: string;
  /** Default `/`. */
  readonly path?: string | undefined;
  /** ARN of a managed policy. */
  readonly permissionsBoundary?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** What roles and users need from the rest of the directory. */
export interface HolderDependencies {
  readonly clock: Clock;
  readonly policies: ManagedPolicies;
  /** Receives each role or user before it is changed. */
  onChanging(holder: Role | User): void;
  /** Receives each role or user that was created or moved. */
  onChange(holder: Role | User): void;
  /** Receives each role or user that was deleted. */
  onDelete(holder: Role | User): void;
}

/**
 * The differences between roles and users: words, and IAM's default quotas
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
 */
const kinds = {
  role: { noun: 'Role', idPrefix: 'AROA', inlinePolicyBytes: 10_240 },
  user: { noun: 'User', idPrefix: 'AIDA', inlinePolicyBytes: 2_048 },
} as const;
const ATTACHED_POLICIES = 10;
const TAGS = 50;

/**
 * The roles or users of all accounts, with policies, boundaries and tags. Names are unique in an account, whatever their case.
 */
export class Holders<Holder extends Role | User, Stored extends Holder & Mutable<PolicyHolder>> {
  protected readonly dependencies: HolderDependencies;
  readonly #kind: 'role' | 'user';
  readonly #byName = new Map<string, Stored>();

  constructor(kind: 'role' | 'user', dependencies: HolderDependencies) {
    this.#kind = kind;
    this.dependencies = dependencies;
  }

  /** The role or user with this name, if there is one. */
  find(accountId: string, name: string): Holder | undefined {
    return this.#byName.get(key(accountId, name));
  }

  /** The role or user with this ARN. The path must match, too. */
  findByArn(arn: string): Holder | undefined {
    const parsed = parseIdentityArn(arn);
    if (parsed?.kind !== this.#kind) return undefined;
    const holder = this.find(parsed.accountId, parsed.name);
    return holder?.arn === arn ? holder : undefined;
  }

  get(accountId: string, name: string): Holder {
    const holder = this.find(accountId, name);
    if (holder === undefined) throw noSuchEntity(`The ${this.#kind} with name ${name} cannot be found.`);
    return holder;
  }

  /** The roles or users of an account, sorted by name. */
  list(accountId: string): readonly Holder[] {
    return [...this.all()]
      .filter((holder) => holder.accountId === accountId)
      .sort((a, b) => compare(a.name, b.name));
  }

  /** The roles or users of all accounts, in no particular order. */
  all(): Iterable<Holder> {
    return this.#byName.values();
  }

  /** What a new role and a new user have in common. */
  protected newHolder(accountId: string, { name, path = '/' }: NewHolder): Mutable<PolicyHolder> {
    const { noun, idPrefix } = kinds[this.#kind];
    if (this.find(accountId, name) !== undefined) {
      throw entityAlreadyExists(`${noun} with name ${name} already exists.`);
    }
    return {
      accountId,
      path,
      name,
      arn: iamArn(accountId, this.#kind, path, name),
      uniqueId: newUniqueId(idPrefix),
      createdAt: this.dependencies.clock.now(),
      inlinePolicies: new Map(),
      attachedPolicies: new Set(),
      permissionsBoundary: undefined,
      tags: new Map(),
    };
  }

  /** Adds a role or user with its tags and boundary. */
  protected add(holder: Stored, { tags = {}, permissionsBoundary }: NewHolder): Holder {
    this.#tag(holder, tags);
    if (permissionsBoundary !== undefined) this.#bound(holder, permissionsBoundary);
    this.#byName.set(key(holder.accountId, holder.name), holder);
    this.dependencies.onChange(holder);
    return holder;
  }

  /** Deletes a role or user, and ends its sessions. */
  delete(accountId: string, name: string): void {
    const holder = this.mutable(accountId, name);
    if (holder.attachedPolicies.size > 0) {
      throw deleteConflict('Cannot delete entity, must detach all policies first.');
    }
    if (holder.inlinePolicies.size > 0) {
      throw deleteConflict('Cannot delete entity, must delete policies first.');
    }
    this.#byName.delete(key(accountId, name));
    this.dependencies.onDelete(holder);
  }

  /** Writes an inline policy, or replaces the one with this name. */
  putPolicy(accountId: string, name: string, policyName: string, document: string | object): void {
    const { inlinePolicies } = this.mutable(accountId, name);
    const policy = storePolicy(document, 'identity');
    const others = [...inlinePolicies].filter(([other]) => other !== policyName);
    const size = others.reduce((sum, [, other]) => sum + policySize(other), policySize(policy));
    const limit = kinds[this.#kind].inlinePolicyBytes;
    if (size > limit) {
      throw limitExceeded(`Maximum policy size of ${limit} bytes exceeded for ${this.#kind} ${name}`);
    }
    inlinePolicies.set(policyName, policy);
  }

  inlinePolicy(accountId: string, name: string, policyName: string): StoredPolicy {
    const policy = this.get(accountId, name).inlinePolicies.get(policyName);
    if (policy === undefined) {
      throw noSuchEntity(`The ${this.#kind} policy with name ${policyName} cannot be found.`);
    }
    return policy;
  }

  deletePolicy(accountId: string, name: string, policyName: string): void {
    this.inlinePolicy(accountId, name, policyName);
    this.mutable(accountId, name).inlinePolicies.delete(policyName);
  }

  /** Attaches a managed policy. Does nothing if it is attached already. */
  attachPolicy(accountId: string, name: string, policyArn: string): void {
    const { attachedPolicies } = this.mutable(accountId, name);
    this.#checkAttachable('Policy', accountId, policyArn);
    if (!attachedPolicies.has(policyArn) && attachedPolicies.size >= ATTACHED_POLICIES) {
      throw limitExceeded(
        `Cannot exceed quota for PoliciesPer${kinds[this.#kind].noun}: ${ATTACHED_POLICIES}`,
      );
    }
    attachedPolicies.add(policyArn);
  }

  detachPolicy(accountId: string, name: string, policyArn: string): void {
    const { attachedPolicies } = this.mutable(accountId, name);
    if (!attachedPolicies.delete(policyArn)) throw noSuchEntity(`Policy ${policyArn} was not found.`);
  }

  setPermissionsBoundary(accountId: string, name: string, policyArn: string): void {
    this.#bound(this.mutable(accountId, name), policyArn);
  }

  clearPermissionsBoundary(accountId: string, name: string): void {
    const holder: Mutable<PolicyHolder> = this.mutable(accountId, name);
    if (holder.permissionsBoundary === undefined) {
      throw noSuchEntity(`${kinds[this.#kind].noun} ${holder.name} does not have a permissions boundary.`);
    }
    holder.permissionsBoundary = undefined;
  }

  tag(accountId: string, name: string, tags: Readonly<Record<string, string>>): void {
    this.#tag(this.mutable(accountId, name), tags);
  }

  untag(accountId: string, name: string, keys: readonly string[]): void {
    const { tags } = this.mutable(accountId, name);
    const unwanted = new Set(keys.map((key) => key.toLowerCase()));
    for (const key of [...tags.keys()]) if (unwanted.has(key.toLowerCase())) tags.delete(key);
  }

  /** A role or user that is about to be changed. */
  protected mutable(accountId: string, name: string): Stored {
    const holder = this.#byName.get(key(accountId, name));
    if (holder === undefined) throw noSuchEntity(`The ${this.#kind} with name ${name} cannot be found.`);
    this.dependencies.onChanging(holder);
    return holder;
  }

  /** Keys are compared without regard to case, as IAM does. The last spelling stays. */
  #tag(holder: Mutable<PolicyHolder>, tags: Readonly<Record<string, string>>): void {
    const keys = Object.keys(tags).map((key) => key.toLowerCase());
    if (new Set(keys).size !== keys.length) {
      throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
    }
    const kept = [...holder.tags].filter(([key]) => !keys.includes(key.toLowerCase()));
    if (kept.length + keys.length > TAGS) {
      throw limitExceeded(`Cannot exceed quota for TagsPer${kinds[this.#kind].noun}: ${TAGS}`);
    }
    holder.tags = new Map([...kept, ...Object.entries(tags)]);
  }

  #bound(holder: Mutable<PolicyHolder>, policyArn: string): void {
    this.#checkAttachable('Scope ARN:', holder.accountId, policyArn);
    holder.permissionsBoundary = policyArn;
  }

  /** @param noun what AWS calls the policy in its error */
  #checkAttachable(noun: string, accountId: string, policyArn: string): void {
    const { policies } = this.dependencies;
    if (policies.find(accountId, policyArn) !== undefined) return;
    throw noSuchEntity(
      `${noun} ${policyArn} does not exist or is not attachable.${policies.hint(policyArn)}`,
    );
  }
}

function key(accountId: string, name: string): string {
  return `${accountId}/${name.toLowerCase()}`;
}
