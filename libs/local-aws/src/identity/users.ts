import type { Clock } from '../core/clock.ts';
import { iamArn, parseIdentityArn } from './arn.ts';
import type { AccessKey, Mutable, User } from './entities.ts';
import { deleteConflict, entityAlreadyExists, limitExceeded, noSuchEntity } from './errors.ts';
import { compare, type ManagedPolicies } from './managed-policies.ts';
import { type PolicyValidator, storePolicy } from './policy-documents.ts';
import * as holders from './policy-holders.ts';
import { tag, untag } from './tags.ts';
import type { IdSource } from './unique-ids.ts';

const USERS_PER_ACCOUNT = 5_000;
const ACCESS_KEYS = 2;

/** What CreateUser takes. */
export interface NewUser {
  readonly name: string;
  /** Default `/`. */
  readonly path?: string | undefined;
  /** ARN of a managed policy. */
  readonly permissionsBoundary?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** What {@link Users} needs of the rest of the directory. */
export interface UserDependencies {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly validate: PolicyValidator;
  readonly policies: ManagedPolicies;
  /** Called with each user that was created or moved. */
  onChange(user: User): void;
  /** Called with each user that was deleted. */
  onDelete(user: User): void;
}

/** The users of all accounts and the long-term access keys, root users' included. */
export class Users {
  readonly #dependencies: UserDependencies;
  readonly #byName = new Map<string, Mutable<User>>();
  readonly #accessKeys = new Map<string, Mutable<AccessKey>>();

  constructor(dependencies: UserDependencies) {
    this.#dependencies = dependencies;
  }

  find(accountId: string, name: string): User | undefined {
    return this.#byName.get(key(accountId, name));
  }

  /** The user with exactly this ARN, path included. */
  findByArn(arn: string): User | undefined {
    const parsed = parseIdentityArn(arn);
    if (parsed?.kind !== 'user') return undefined;
    const user = this.find(parsed.accountId, parsed.name);
    return user?.arn === arn ? user : undefined;
  }

  /** @throws AwsError `NoSuchEntity` */
  get(accountId: string, name: string): User {
    return this.#get(accountId, name);
  }

  /** The account's users by name. */
  list(accountId: string): readonly User[] {
    return [...this.#byName.values()]
      .filter((user) => user.accountId === accountId)
      .sort((a, b) => compare(a.name, b.name));
  }

  /** The users of every account, in no particular order. */
  all(): Iterable<User> {
    return this.#byName.values();
  }

  /** @throws AwsError `EntityAlreadyExists`, `NoSuchEntity` (boundary), `LimitExceeded` */
  create(accountId: string, input: NewUser): User {
    const { clock, ids, policies } = this.#dependencies;
    const { name, path = '/' } = input;
    if (this.find(accountId, name) !== undefined) {
      throw entityAlreadyExists(`User with name ${name} already exists.`);
    }
    if (this.list(accountId).length >= USERS_PER_ACCOUNT) {
      throw limitExceeded(`Cannot exceed quota for UsersPerAccount: ${USERS_PER_ACCOUNT}`);
    }
    const user: Mutable<User> = {
      kind: 'user',
      ...{ accountId, path, name },
      arn: iamArn(accountId, 'user', path, name),
      uniqueId: ids.uniqueId('AIDA'),
      createdAt: clock.now(),
      inlinePolicies: new Map(),
      attachedPolicies: new Set(),
      permissionsBoundary: undefined,
      tags: new Map(),
    };
    tag(user, input.tags ?? {}, 'User');
    if (input.permissionsBoundary !== undefined) {
      holders.setPermissionsBoundary(user, input.permissionsBoundary, policies);
    }
    this.#byName.set(key(accountId, name), user);
    this.#dependencies.onChange(user);
    return user;
  }

  /** Moves a user to another path, which changes its ARN. */
  move(accountId: string, name: string, path: string): void {
    const user = this.#get(accountId, name);
    user.path = path;
    user.arn = iamArn(accountId, 'user', path, user.name);
    this.#dependencies.onChange(user);
  }

  /** @throws AwsError `NoSuchEntity`, `DeleteConflict` while it has access keys or policies */
  delete(accountId: string, name: string): void {
    const user = this.#get(accountId, name);
    if (this.accessKeys(accountId, name).length > 0) {
      throw deleteConflict('Cannot delete entity, must delete access keys first.');
    }
    if (user.attachedPolicies.size > 0) {
      throw deleteConflict('Cannot delete entity, must detach all policies first.');
    }
    if (user.inlinePolicies.size > 0) {
      throw deleteConflict('Cannot delete entity, must delete policies first.');
    }
    this.#byName.delete(key(accountId, name));
    this.#dependencies.onDelete(user);
  }

  /** @throws AwsError `NoSuchEntity`, `MalformedPolicyDocument`, `LimitExceeded` */
  putPolicy(accountId: string, name: string, policyName: string, document: string | object): void {
    const user = this.#get(accountId, name);
    const stored = storePolicy(document, 'identity', this.#dependencies.validate);
    holders.putInlinePolicy(user, policyName, stored);
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
    tag(this.#get(accountId, name), tags, 'User');
  }

  /** @throws AwsError `NoSuchEntity` */
  untag(accountId: string, name: string, keys: readonly string[]): void {
    untag(this.#get(accountId, name), keys);
  }

  /** @throws AwsError `NoSuchEntity`, `LimitExceeded` beyond two keys */
  createAccessKey(accountId: string, userName: string): AccessKey {
    const user = this.#get(accountId, userName);
    if (this.accessKeys(accountId, userName).length >= ACCESS_KEYS) {
      throw limitExceeded(`Cannot exceed quota for AccessKeysPerUser: ${ACCESS_KEYS}`);
    }
    return this.#issueKey(accountId, user.uniqueId);
  }

  /** An access key of the account's root user, as a person would make one in the console. */
  createRootAccessKey(accountId: string): AccessKey {
    return this.#issueKey(accountId, undefined);
  }

  /** A user's keys, the oldest first. */
  accessKeys(accountId: string, userName: string): readonly AccessKey[] {
    const { uniqueId } = this.#get(accountId, userName);
    return [...this.#accessKeys.values()].filter((accessKey) => accessKey.userId === uniqueId);
  }

  findAccessKey(accessKeyId: string): AccessKey | undefined {
    return this.#accessKeys.get(accessKeyId);
  }

  /** @throws AwsError `NoSuchEntity` */
  setAccessKeyStatus(
    accountId: string,
    userName: string,
    accessKeyId: string,
    status: 'Active' | 'Inactive',
  ): void {
    this.#key(accountId, userName, accessKeyId).status = status;
  }

  /** @throws AwsError `NoSuchEntity` */
  deleteAccessKey(accountId: string, userName: string, accessKeyId: string): void {
    this.#key(accountId, userName, accessKeyId);
    this.#accessKeys.delete(accessKeyId);
  }

  #issueKey(accountId: string, userId: string | undefined): AccessKey {
    const { clock, ids } = this.#dependencies;
    const accessKey: AccessKey = {
      accessKeyId: ids.uniqueId('AKIA'),
      secretAccessKey: ids.secretAccessKey(),
      ...{ accountId, userId },
      createdAt: clock.now(),
      status: 'Active',
    };
    this.#accessKeys.set(accessKey.accessKeyId, accessKey);
    return accessKey;
  }

  #key(accountId: string, userName: string, accessKeyId: string): Mutable<AccessKey> {
    const user = this.#get(accountId, userName);
    const accessKey = this.#accessKeys.get(accessKeyId);
    if (accessKey === undefined || accessKey.userId !== user.uniqueId) {
      throw noSuchEntity(`The Access Key with id ${accessKeyId} cannot be found.`);
    }
    return accessKey;
  }

  #get(accountId: string, name: string): Mutable<User> {
    const user = this.#byName.get(key(accountId, name));
    if (user === undefined) throw noSuchEntity(`The user with name ${name} cannot be found.`);
    return user;
  }
}

function key(accountId: string, name: string): string {
  return `${accountId}/${name.toLowerCase()}`;
}
