import { iamArn } from './arn.ts';
import type { AccessKey, Mutable, User } from './entities.ts';
import { deleteConflict, limitExceeded, noSuchEntity } from './errors.ts';
import { type HolderDependencies, Holders, type NewHolder } from './holders.ts';
import { newSecretAccessKey, newUniqueId } from './unique-ids.ts';

const ACCESS_KEYS = 2;

/** The users of all accounts, and their long-term access keys. Those of root users are here as well. */
export class Users extends Holders<User, Mutable<User>> {
  readonly #accessKeys = new Map<string, Mutable<AccessKey>>();

  constructor(dependencies: HolderDependencies) {
    super('user', dependencies);
  }

  /** @throws AwsError `EntityAlreadyExists`, `NoSuchEntity` (boundary), `LimitExceeded` */
  create(accountId: string, input: NewHolder): User {
    return this.add({ kind: 'user', ...this.newHolder(accountId, input) }, input);
  }

  /** Moves a user to another path, which changes its ARN. */
  move(accountId: string, name: string, path: string): void {
    const user = this.mutable(accountId, name);
    user.path = path;
    user.arn = iamArn(accountId, 'user', path, user.name);
    this.dependencies.onChange(user);
  }

  /** @throws AwsError `NoSuchEntity`, `DeleteConflict` while it has access keys or policies */
  override delete(accountId: string, name: string): void {
    if (this.accessKeys(accountId, name).length > 0) {
      throw deleteConflict('Cannot delete entity, must delete access keys first.');
    }
    super.delete(accountId, name);
  }

  /** @throws AwsError `NoSuchEntity`, `LimitExceeded` beyond two keys */
  createAccessKey(accountId: string, userName: string): AccessKey {
    const user = this.get(accountId, userName);
    if (this.accessKeys(accountId, userName).length >= ACCESS_KEYS) {
      throw limitExceeded(`Cannot exceed quota for AccessKeysPerUser: ${ACCESS_KEYS}`);
    }
    return this.#issueKey(accountId, user.uniqueId);
  }

  /** Creates an access key of the account's root user. On AWS, that is possible in the console only. */
  createRootAccessKey(accountId: string): AccessKey {
    return this.#issueKey(accountId, undefined);
  }

  /** A user's keys, the oldest first. */
  accessKeys(accountId: string, userName: string): readonly AccessKey[] {
    const { uniqueId } = this.get(accountId, userName);
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
    const accessKey: AccessKey = {
      accessKeyId: newUniqueId('AKIA'),
      secretAccessKey: newSecretAccessKey(),
      ...{ accountId, userId },
      createdAt: this.dependencies.clock.now(),
      status: 'Active',
    };
    this.#accessKeys.set(accessKey.accessKeyId, accessKey);
    return accessKey;
  }

  #key(accountId: string, userName: string, accessKeyId: string): Mutable<AccessKey> {
    const user = this.get(accountId, userName);
    const accessKey = this.#accessKeys.get(accessKeyId);
    if (accessKey === undefined || accessKey.userId !== user.uniqueId) {
      throw noSuchEntity(`The Access Key with id ${accessKeyId} cannot be found.`);
    }
    return accessKey;
  }
}
