import type { Change, Link } from './link.ts';

/**
 * Lets the changes of a chain be made one after the other. A command that stores a whole policy would otherwise remove the statement that
 * the change of an earlier link has added to the same policy.
 */
export function withEarlierStatements(links: readonly Link[]): readonly Link[] {
  const added = new Map<string, readonly unknown[]>();
  const inOrder = (changes: readonly Change[]) =>
    changes.map((change) => {
      if (change.change !== 'add statement' || change.document === undefined) return change;
      const { accountId, kind, where, document, statement } = change;
      const policy = JSON.stringify([accountId, kind, where]);
      const earlier = added.get(policy) ?? [];
      const own = [document.Statement].flat();
      const known = new Set(own.map((each) => JSON.stringify(each)));
      const missing = earlier.filter((each) => !known.has(JSON.stringify(each)));
      added.set(policy, [...earlier, statement]);
      return missing.length === 0
        ? change
        : { ...change, document: { ...document, Statement: [...own, ...missing] } };
    });
  return links.map((link) => ({
    ...link,
    remedies: inOrder(link.remedies),
    ...(link.needs !== undefined && { needs: inOrder(link.needs) }),
  }));
}
