import type { Clock } from '../core/clock.ts';
import type { NamedPolicy, PolicyDocument } from '../core/principal.ts';
import { iamArn, parseIdentityArn } from './arn.ts';
import type { Mutable, Role } from './entities.ts';
import { deleteConflict, entityAlreadyExists, invalidInput, limitExceeded, noSuchEntity } from './errors.ts';
import { compare, type ManagedPolicies } from './managed-policies.ts';
import { type PolicyValidator, policySize, storePolicy } from './policy-documents.ts';
import * as holders from './policy-holders.ts';
import { bindPrincipals, type PrincipalLookup, showPrincipals } from './policy-principals.ts';
import { tag, untag } from './tags.ts';
import type { IdSource } from './unique-ids.ts';

const ROLES_PER_ACCOUNT = 1_000;
const TRUST_POLICY_BYTES = 2_048;

/** What CreateRole takes. */
export interface NewRole {
  readonly name: string;
  readonly trustPolicy: string | object;
  /** Default `/`. */
  readonly path?: string | undefined;
  readonly description?: string | undefined;
  /** Seconds, 3,600 to 43,200; default 3,600. */
  readonly maxSessionDuration?: number | undefined;
  /** ARN of a managed policy. */
  readonly permissionsBoundary?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** What {@link Roles} needs of the rest of the directory. */
export interface RoleDependencies {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly validate: PolicyValidator;
  readonly policies: ManagedPolicies;
  readonly principals: PrincipalLookup;
  /** Called with each role that was created. */
  onChange(role: Role): void;
  /** Called with each role that was deleted. */
  onDelete(role: Role): void;
}

/** The roles of all accounts. Names are unique within an account without regard to case. */
export class Roles {
  readonly #dependencies: RoleDependencies;
  readonly #byName = new Map<string, Mutable<Role>>();
  #shownTrust = new WeakMap<PolicyDocument, NamedPolicy>();

  constructor(dependencies: RoleDependencies) {
    this.#dependencies = dependencies;
  }

  find(accountId: string, name: string): Role | undefined {
    return this.#byName.get(key(accountId, name));
  }

  /** The role with exactly this ARN, path included. */
  findByArn(arn: string): Role | undefined {
    const parsed = parseIdentityArn(arn);
    if (parsed?.kind !== 'role') return undefined;
    const role = this.find(parsed.accountId, parsed.name);
    return role?.arn === arn ? role : undefined;
  }

  /** @throws AwsError `NoSuchEntity` */
  get(accountId: string, name: string): Role {
    return this.#get(accountId, name);
  }

  /** The account's roles by name. */
  list(accountId: string): readonly Role[] {
    return [...this.#byName.values()]
      .filter((role) => role.accountId === accountId)
      .sort((a, b) => compare(a.name, b.name));
  }

  /** The roles of every account, in no particular order. */
  all(): Iterable<Role> {
    return this.#byName.values();
  }

  /**
   * @throws AwsError `EntityAlreadyExists`, `MalformedPolicyDocument`, `NoSuchEntity` (boundary), `LimitExceeded`, and
   *   `InvalidInput` for a path that belongs to AWS
   */
  create(accountId: string, input: NewRole): Role {
    const { clock, ids, policies } = this.#dependencies;
    const { name, path = '/' } = input;
    // Service control policies do not limit roles below this path, so nobody but AWS may make or change one:
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
    if (path.startsWith('/aws-service-role/')) {
      throw invalidInput(
        `Path ${path} is for service-linked roles, which only AWS creates and changes. Choose another path.`,
      );
    }
    if (this.find(accountId, name) !== undefined) {
      throw entityAlreadyExists(`Role with name ${name} already exists.`);
    }
    if (this.list(accountId).length >= ROLES_PER_ACCOUNT) {
      throw limitExceeded(`Cannot exceed quota for RolesPerAccount: ${ROLES_PER_ACCOUNT}`);
    }
    const role: Mutable<Role> = {
      kind: 'role',
      ...{ accountId, path, name, description: input.description },
      arn: iamArn(accountId, 'role', path, name),
      uniqueId: ids.uniqueId('AROA'),
      createdAt: clock.now(),
      boundTrust: this.#bindTrust(input.trustPolicy),
      maxSessionDuration: input.maxSessionDuration ?? 3_600,
      inlinePolicies: new Map(),
      attachedPolicies: new Set(),
      permissionsBoundary: undefined,
      tags: new Map(),
    };
    tag(role, input.tags ?? {}, 'Role');
    if (input.permissionsBoundary !== undefined) {
      holders.setPermissionsBoundary(role, input.permissionsBoundary, policies);
    }
    this.#byName.set(key(accountId, name), role);
    this.#dependencies.onChange(role);
    return role;
  }

  /**
   * Deletes a role; its sessions end at once.
   * @throws AwsError `NoSuchEntity`, `DeleteConflict` while it has policies
   */
  delete(accountId: string, name: string): void {
    const role = this.#get(accountId, name);
    if (role.attachedPolicies.size > 0) {
      throw deleteConflict('Cannot delete entity, must detach all policies first.');
    }
    if (role.inlinePolicies.size > 0) {
      throw deleteConflict('Cannot delete entity, must delete policies first.');
    }
    this.#byName.delete(key(accountId, name));
    this.#dependencies.onDelete(role);
  }

  /**
   * The trust policy as reads show it and as it is evaluated: bound principals by their ARNs while they exist.
   */
  trustPolicy(role: Role): NamedPolicy {
    const shown = this.#shownTrust.get(role.boundTrust);
    if (shown !== undefined) return shown;
    const policy: NamedPolicy = {
      name: `trust policy of role ${role.name}`,
      document: showPrincipals(role.boundTrust, this.#dependencies.principals),
    };
    this.#shownTrust.set(role.boundTrust, policy);
    return policy;
  }

  /** To be called whenever a role or user was created or deleted: what unique IDs stand for may have changed. */
  principalsChanged(): void {
    this.#shownTrust = new WeakMap();
  }

  /** @throws AwsError `NoSuchEntity`, `MalformedPolicyDocument`, `LimitExceeded` */
  updateTrustPolicy(accountId: string, name: string, trustPolicy: string | object): void {
    const role = this.#get(accountId, name);
    role.boundTrust = this.#bindTrust(trustPolicy);
  }

  /** Changes what is given and leaves the rest. */
  update(
    accountId: string,
    name: string,
    change: { readonly description?: string | undefined; readonly maxSessionDuration?: number | undefined },
  ): Role {
    const role = this.#get(accountId, name);
    if (change.description !== undefined) role.description = change.description;
    if (change.maxSessionDuration !== undefined) role.maxSessionDuration = change.maxSessionDuration;
    return role;
  }

  /** @throws AwsError `NoSuchEntity`, `MalformedPolicyDocument`, `LimitExceeded` */
  putPolicy(accountId: string, name: string, policyName: string, document: string | object): void {
    const role = this.#get(accountId, name);
    const stored = storePolicy(document, 'identity', this.#dependencies.validate);
    holders.putInlinePolicy(role, policyName, stored);
  }

  /** @throws AwsError `NoSuchEntity` */
  deletePolicy(accountId: string, name: string, policyName: string): void {
    holders.deleteInlinePolicy(this.#get(accountId, name), policyName);
  }

  /** @throws AwsError `NoSuchEntity`, `LimitExceeded` */
  attachPolicy(accountId: string, name: string, policyArn: string): void {
    holders.attachPolicy(this.#get(accountId, name), policyArn, this.#dependencies.policies);
  }

  /** @throws AwsError `NoSuchEntity` */
  detachPolicy(accountId: string, name: string, policyArn: string): void {
    holders.detachPolicy(this.#get(accountId, name), policyArn);
  }

  /** @throws AwsError `NoSuchEntity` */
  setPermissionsBoundary(accountId: string, name: string, policyArn: string): void {
    holders.setPermissionsBoundary(this.#get(accountId, name), policyArn, this.#dependencies.policies);
  }

  /** @throws AwsError `NoSuchEntity` */
  clearPermissionsBoundary(accountId: string, name: string): void {
    holders.clearPermissionsBoundary(this.#get(accountId, name));
  }

  /** @throws AwsError `NoSuchEntity`, `InvalidInput`, `LimitExceeded` */
  tag(accountId: string, name: string, tags: Readonly<Record<string, string>>): void {
    tag(this.#get(accountId, name), tags, 'Role');
  }

  /** @throws AwsError `NoSuchEntity` */
  untag(accountId: string, name: string, keys: readonly string[]): void {
    untag(this.#get(accountId, name), keys);
  }

  #get(accountId: string, name: string): Mutable<Role> {
    const role = this.#byName.get(key(accountId, name));
    if (role === undefined) throw noSuchEntity(`The role with name ${name} cannot be found.`);
    return role;
  }

  #bindTrust(source: string | object): PolicyDocument {
    const stored = storePolicy(source, 'trust', this.#dependencies.validate);
    if (policySize(stored) > TRUST_POLICY_BYTES) {
      throw limitExceeded(`Cannot exceed quota for ACLSizePerRole: ${TRUST_POLICY_BYTES}`);
    }
    return bindPrincipals(stored.document, this.#dependencies.principals);
  }
}

function key(accountId: string, name: string): string {
  return `${accountId}/${name.toLowerCase()}`;
}
