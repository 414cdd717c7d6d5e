import { deleteConflict, limitExceeded, noSuchEntity } from './errors.ts';
import { type Group, Holders, type NewHolder, type User } from './holders.ts';
import { newSecretAccessKey, newUniqueId } from './identifiers.ts';

/** The ID of an access key, and its secret. */
export interface AccessKeyPair {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A long-term access key of a user. */
export interface AccessKey extends AccessKeyPair {
  readonly userId: string;
  readonly createdAt: Date;
}

const ACCESS_KEYS = 2;

/** The users of all accounts, and their long-term access keys. */
export class Users extends Holders<User> {
  protected readonly kind = 'user';
  readonly #accessKeys = new Map<string, AccessKey>();

  create(accountId: string, input: NewHolder): User {
    return this.add(accountId, input, (common) => ({ kind: 'user', ...common }));
  }

  /** @param groups the groups of the user */
  override delete(accountId: string, name: string, groups: readonly Group[] = []): void {
    if (groups.length > 0) throw deleteConflict('Cannot delete entity, must remove users from group first.');
    if (this.accessKeys(accountId, name).length > 0) {
      throw deleteConflict('Cannot delete entity, must delete access keys first.');
    }
    super.delete(accountId, name);
  }

  /** @param key an existing key, which stays valid. Default: a new one */
  createAccessKey(
    accountId: string,
    userName: string,
    key: AccessKeyPair = { accessKeyId: newUniqueId('AKIA'), secretAccessKey: newSecretAccessKey() },
  ): AccessKey {
    if (this.accessKeys(accountId, userName).length >= ACCESS_KEYS) {
      throw limitExceeded(`Cannot exceed quota for AccessKeysPerUser: ${ACCESS_KEYS}`);
    }
    const accessKey: AccessKey = {
      ...key,
      userId: this.get(accountId, userName).uniqueId,
      createdAt: this.dependencies.clock.now(),
    };
    this.#accessKeys.set(accessKey.accessKeyId, accessKey);
    return accessKey;
  }

  accessKeys(accountId: string, userName: string): readonly AccessKey[] {
    const { uniqueId } = this.get(accountId, userName);
    return [...this.#accessKeys.values()].filter((accessKey) => accessKey.userId === uniqueId);
  }

  findAccessKey(accessKeyId: string): AccessKey | undefined {
    return this.#accessKeys.get(accessKeyId);
  }

  deleteAccessKey(accountId: string, userName: string, accessKeyId: string): void {
    const { uniqueId } = this.get(accountId, userName);
    if (this.#accessKeys.get(accessKeyId)?.userId !== uniqueId) {
      throw noSuchEntity(`The Access Key with id ${accessKeyId} cannot be found.`);
    }
    this.#accessKeys.delete(accessKeyId);
  }
}
