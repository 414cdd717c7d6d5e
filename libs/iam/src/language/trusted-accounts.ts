import { accountOfPrincipal } from '../arn.ts';

/**
 * The accounts that a value's statements with `"Effect": "Allow"` name as principals, or in which they name one.
 * @param value a policy document, or anything that has some, such as the properties of a resource
 */
export function trustedAccounts(value: unknown): ReadonlySet<string> {
  const found = new Set<string>();
  // Templates can be deep: a list of what is left needs no stack.
  const left = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next !== 'object' || next === null) continue;
    if (!Array.isArray(next) && 'Principal' in next && 'Effect' in next && next.Effect === 'Allow') {
      for (const principal of principalsOf(next.Principal)) {
        const accountId = accountOfPrincipal(principal);
        if (accountId !== undefined) found.add(accountId);
      }
    }
    left.push(...Object.values(next));
  }
  return found;
}

function principalsOf(principal: unknown): readonly unknown[] {
  return typeof principal === 'object' && principal !== null && 'AWS' in principal
    ? [principal.AWS].flat()
    : [];
}
