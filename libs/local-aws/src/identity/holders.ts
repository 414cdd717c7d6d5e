import type { PolicyDocument } from '@cross-account-api/iam';
import type { Clock } from '../core/clock.ts';
import type { PolicyPrincipals } from '../core/policy-principals.ts';
import { deleteConflict, entityAlreadyExists, invalidInput, limitExceeded, noSuchEntity } from './errors.ts';
import { iamArn, newUniqueId, parseIdentityArn } from './identifiers.ts';
import type { ManagedPolicies } from './managed-policies.ts';
import { policySize, type StoredPolicy, storePolicy } from './policy-documents.ts';

/** The properties that roles, users and groups share: policies, a boundary, tags. */
export interface PolicyHolder {
  readonly accountId: string;
  /** `AROA…`, `AIDA…` or `AGPA…`. An entity that is deleted and created again gets a new one. */
  readonly uniqueId: string;
  readonly path: string;
  readonly name: string;
  readonly arn: string;
  readonly createdAt: Date;
  readonly inlinePolicies: Map<string, StoredPolicy>;
  /** ARNs of managed policies, in the order in which they were attached. */
  readonly attachedPolicies: Set<string>;
  permissionsBoundary: string | undefined;
  tags: ReadonlyMap<string, string>;
}

/** An IAM role. Only the directory changes it. */
export interface Role extends PolicyHolder {
  readonly kind: 'role';
  /** Principals bound to unique IDs; {@link Roles.trustPolicy} shows them. */
  boundTrust: PolicyDocument;
  description: string | undefined;
  /** Seconds, 3,600 to 43,200. */
  maxSessionDuration: number;
}

/** An IAM user. Only the directory changes it. */
export interface User extends PolicyHolder {
  readonly kind: 'user';
}

/** An IAM group. Only the directory changes it. It has no boundary and no tags. */
export interface Group extends PolicyHolder {
  readonly kind: 'group';
  /** Unique IDs of users. */
  readonly members: Set<string>;
}

/** Whatever can have policies. */
export type Holder = Role | User | Group;

/** The input members that CreateRole and CreateUser share. */
export interface NewHolder {
  readonly name: string;
  /** Default `/`. */
  readonly path?: string | undefined;
  readonly permissionsBoundary?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** The parts of the directory that roles, users and groups use. */
export interface HolderDependencies {
  readonly clock: Clock;
  readonly policies: ManagedPolicies;
  readonly principals: PolicyPrincipals;
  onChanging(holder: Holder): void;
  onCreate(holder: Holder): void;
  onDelete(holder: Holder): void;
}

/** Words and IAM's default quotas (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html). */
const kinds = {
  role: { noun: 'Role', idPrefix: 'AROA', inlinePolicyBytes: 10_240 },
  user: { noun: 'User', idPrefix: 'AIDA', inlinePolicyBytes: 2_048 },
  group: { noun: 'Group', idPrefix: 'AGPA', inlinePolicyBytes: 5_120 },
} as const;
const ATTACHED_POLICIES = 10;
const TAGS = 50;

/** The roles, the users or the groups of all accounts. In an account, no two names differ only by case. */
export abstract class Holders<One extends Holder> {
  protected abstract readonly kind: One['kind'];
  protected readonly dependencies: HolderDependencies;
  readonly #byName = new Map<string, One>();

  constructor(dependencies: HolderDependencies) {
    this.dependencies = dependencies;
  }

  find(accountId: string, name: string): One | undefined {
    return this.#byName.get(key(accountId, name));
  }

  /** The path must match, too. */
  findByArn(arn: string): One | undefined {
    const parsed = parseIdentityArn(arn);
    if (parsed?.kind !== this.kind) return undefined;
    const holder = this.find(parsed.accountId, parsed.name);
    return holder?.arn === arn ? holder : undefined;
  }

  get(accountId: string, name: string): One {
    const holder = this.find(accountId, name);
    if (holder === undefined) throw noSuchEntity(`The ${this.kind} with name ${name} cannot be found.`);
    return holder;
  }

  /** Those of an account, sorted by name. */
  list(accountId: string): readonly One[] {
    return [...this.#byName.values()]
      .filter((holder) => holder.accountId === accountId)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Adds one with its tags and boundary. @param make makes it from the shared properties */
  protected add(
    accountId: string,
    { name, path = '/', tags = {}, permissionsBoundary }: NewHolder,
    make: (common: PolicyHolder) => One,
  ): One {
    const { noun, idPrefix } = kinds[this.kind];
    if (this.find(accountId, name) !== undefined) {
      throw entityAlreadyExists(`${noun} with name ${name} already exists.`);
    }
    const holder = make({
      accountId,
      path,
      name,
      arn: iamArn(accountId, this.kind, path, name),
      uniqueId: newUniqueId(idPrefix),
      createdAt: this.dependencies.clock.now(),
      inlinePolicies: new Map(),
      attachedPolicies: new Set(),
      permissionsBoundary: undefined,
      tags: new Map(),
    });
    this.#tag(holder, tags);
    if (permissionsBoundary !== undefined) this.#bound(holder, permissionsBoundary);
    this.#byName.set(key(accountId, name), holder);
    this.dependencies.onCreate(holder);
    return holder;
  }

  /** Deletes one, and ends its sessions. */
  delete(accountId: string, name: string): void {
    const holder = this.changing(accountId, name);
    if (holder.attachedPolicies.size > 0) {
      throw deleteConflict('Cannot delete entity, must detach all policies first.');
    }
    if (holder.inlinePolicies.size > 0) {
      throw deleteConflict('Cannot delete entity, must delete policies first.');
    }
    this.#byName.delete(key(accountId, name));
    this.dependencies.onDelete(holder);
  }

  /** Adds an inline policy, or replaces the one with this name. */
  putPolicy(accountId: string, name: string, policyName: string, document: string | object): void {
    const { inlinePolicies } = this.changing(accountId, name);
    const policy = storePolicy(document, 'inline');
    const others = [...inlinePolicies].filter(([other]) => other !== policyName);
    const size = others.reduce((sum, [, other]) => sum + policySize(other), policySize(policy));
    const limit = kinds[this.kind].inlinePolicyBytes;
    if (size > limit) {
      throw limitExceeded(`Maximum policy size of ${limit} bytes exceeded for ${this.kind} ${name}`);
    }
    inlinePolicies.set(policyName, policy);
  }

  inlinePolicy(accountId: string, name: string, policyName: string): StoredPolicy {
    const policy = this.get(accountId, name).inlinePolicies.get(policyName);
    if (policy !== undefined) return policy;
    throw noSuchEntity(`The ${this.kind} policy with name ${policyName} cannot be found.`);
  }

  deletePolicy(accountId: string, name: string, policyName: string): void {
    this.inlinePolicy(accountId, name, policyName);
    this.changing(accountId, name).inlinePolicies.delete(policyName);
  }

  /** Attaches a managed policy. Does nothing if it is attached already. */
  attachPolicy(accountId: string, name: string, policyArn: string): void {
    const { attachedPolicies } = this.changing(accountId, name);
    this.#checkAttachable('Policy', accountId, policyArn);
    if (!attachedPolicies.has(policyArn) && attachedPolicies.size >= ATTACHED_POLICIES) {
      throw limitExceeded(
        `Cannot exceed quota for PoliciesPer${kinds[this.kind].noun}: ${ATTACHED_POLICIES}`,
      );
    }
    attachedPolicies.add(policyArn);
  }

  detachPolicy(accountId: string, name: string, policyArn: string): void {
    const { attachedPolicies } = this.changing(accountId, name);
    if (!attachedPolicies.delete(policyArn)) throw noSuchEntity(`Policy ${policyArn} was not found.`);
  }

  setPermissionsBoundary(accountId: string, name: string, policyArn: string): void {
    this.#bound(this.changing(accountId, name), policyArn);
  }

  clearPermissionsBoundary(accountId: string, name: string): void {
    const holder = this.changing(accountId, name);
    if (holder.permissionsBoundary === undefined) {
      throw noSuchEntity(`${kinds[this.kind].noun} ${holder.name} does not have a permissions boundary.`);
    }
    holder.permissionsBoundary = undefined;
  }

  tag(accountId: string, name: string, tags: Readonly<Record<string, string>>): void {
    this.#tag(this.changing(accountId, name), tags);
  }

  untag(accountId: string, name: string, keys: readonly string[]): void {
    const holder = this.changing(accountId, name);
    holder.tags = tagsWithout(holder, keys);
  }

  /** Gets one for a change. Call this before the change: it reports the change to the directory. */
  protected changing(accountId: string, name: string): One {
    const holder = this.get(accountId, name);
    this.dependencies.onChanging(holder);
    return holder;
  }

  /** The new spelling of a key replaces the old one. */
  #tag(holder: PolicyHolder, tags: Readonly<Record<string, string>>): void {
    const keys = Object.keys(tags);
    if (new Set(keys.map((key) => key.toLowerCase())).size !== keys.length) {
      throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
    }
    const kept = tagsWithout(holder, keys);
    if (kept.size + keys.length > TAGS) {
      throw limitExceeded(`Cannot exceed quota for TagsPer${kinds[this.kind].noun}: ${TAGS}`);
    }
    holder.tags = new Map([...kept, ...Object.entries(tags)]);
  }

  #bound(holder: PolicyHolder, policyArn: string): void {
    this.#checkAttachable('Scope ARN:', holder.accountId, policyArn);
    holder.permissionsBoundary = policyArn;
  }

  /** @param noun AWS's word for the policy in its error */
  #checkAttachable(noun: string, accountId: string, policyArn: string): void {
    const { policies } = this.dependencies;
    if (policies.find(accountId, policyArn) !== undefined) return;
    throw noSuchEntity(
      `${noun} ${policyArn} does not exist or is not attachable.${policies.hint(policyArn)}`,
    );
  }
}

/** Keys are compared without regard to case, as IAM does. */
function tagsWithout({ tags }: PolicyHolder, keys: readonly string[]): ReadonlyMap<string, string> {
  const unwanted = new Set(keys.map((key) => key.toLowerCase()));
  return new Map([...tags].filter(([key]) => !unwanted.has(key.toLowerCase())));
}

function key(accountId: string, name: string): string {
  return `${accountId}/${name.toLowerCase()}`;
}
