import { deleteConflict } from './errors.ts';
import { type Group, Holders, type NewHolder, type User } from './holders.ts';

/** The groups of all accounts, with their members. A group has no boundary and no tags. */
export class Groups extends Holders<Group> {
  protected readonly kind = 'group';

  create(accountId: string, input: Pick<NewHolder, 'name' | 'path'>): Group {
    return this.add(accountId, input, (common) => ({ kind: 'group', ...common, members: new Set() }));
  }

  override delete(accountId: string, name: string): void {
    if (this.get(accountId, name).members.size > 0) {
      throw deleteConflict('Cannot delete entity, must remove users from group first.');
    }
    super.delete(accountId, name);
  }

  /** Adds a user. Does nothing if it is a member already. */
  addUser(accountId: string, name: string, { uniqueId }: User): void {
    this.changing(accountId, name).members.add(uniqueId);
  }

  /** Removes a user. Does nothing if it is no member. */
  removeUser(accountId: string, name: string, { uniqueId }: User): void {
    this.changing(accountId, name).members.delete(uniqueId);
  }

  /** The groups of a user, by name. */
  of({ accountId, uniqueId }: User): readonly Group[] {
    return this.list(accountId).filter(({ members }) => members.has(uniqueId));
  }
}
