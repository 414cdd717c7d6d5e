import type { AssumedRole } from '@cross-account-api/iam';
import fc from 'fast-check';
import { inheritedTags, sessionTags } from './session-tags.ts';

function caller(tags: Record<string, string>, transitiveTagKeys: readonly string[]): AssumedRole {
  return {
    type: 'AssumedRole',
    accountId: '111111111111',
    principalArn: 'r',
    arn: 's',
    userId: 'u',
    roleName: 'r',
    roleId: 'AROA',
    sessionName: 's',
    issuedAt: new Date(0),
    sessionPolicies: [],
    tags,
    transitiveTagKeys,
  };
}

const key = fc.constantFrom('a', 'A', 'b', 'c', '__proto__', 'constructor');
const tagList = fc.uniqueArray(fc.record({ Key: key, Value: fc.string() }), {
  selector: ({ Key }) => Key.toLowerCase(),
});

test('a session has the tags of the request and the inherited ones, and no key twice', () => {
  fc.assert(
    fc.property(tagList, tagList, fc.infiniteStream(fc.boolean()), (own, passed, coins) => {
      const pick = () => coins.next().value === true;
      const transitive = own.map(({ Key }) => Key).filter(pick);
      const by = caller(Object.fromEntries(own.map(({ Key, Value }) => [Key, Value])), transitive);
      const handedOn = own.filter(({ Key }) => transitive.includes(Key));
      const clash = handedOn.some(({ Key }) =>
        passed.some((tag) => tag.Key.toLowerCase() === Key.toLowerCase()),
      );
      const further = passed.map(({ Key }) => Key).filter(pick);
      const join = () => sessionTags(passed, further, by);
      if (clash) {
        expect(join).toThrow('conflicts with a transitive tag key');
        return;
      }
      const { tags, transitiveTagKeys } = join();
      expect(Object.entries(tags).sort()).toEqual(
        [...handedOn, ...passed].map(({ Key, Value }) => [Key, Value]).sort(),
      );
      expect([...transitiveTagKeys].sort()).toEqual([...transitive, ...further].sort());
    }),
  );
});

test('only the session of a role passes tags to its sessions', () => {
  const user = { type: 'User', userName: 'u', tags: { a: '1' } } as const;
  const principal = { ...user, accountId: '111111111111', principalArn: 'u', arn: 'u', userId: 'AIDA' };
  expect(inheritedTags(principal)).toEqual({ tags: {}, transitiveTagKeys: [] });
});
