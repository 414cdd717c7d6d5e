import { validationError } from '../engine/template/errors.ts';

/** One page of a list, and the token for the next. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly NextToken?: string;
}

const PAGE_SIZE = 100;

/**
 * Cuts a page out of a list.
 * @param token the former page's; the first page where absent
 * @throws AwsError `ValidationError` for a token that is none
 */
export function page<Item>(items: readonly Item[], token: string | undefined, size = PAGE_SIZE): Page<Item> {
  const start = token === undefined ? 0 : position(token);
  const end = start + size;
  return { items: items.slice(start, end), ...(end < items.length ? { NextToken: tokenFor(end) } : {}) };
}

/**
 * Cuts a page out of a list that grows at its end, and is read from there. The token counts from the beginning, so that
 * items added meanwhile do not move what is on the next page.
 * @throws AwsError `ValidationError` for a token that is none
 */
export function pageFromEnd<Item>(
  items: readonly Item[],
  token: string | undefined,
  size = PAGE_SIZE,
): Page<Item> {
  const end = token === undefined ? items.length : Math.min(position(token), items.length);
  const start = Math.max(end - size, 0);
  return {
    items: items.slice(start, end).reverse(),
    ...(start > 0 ? { NextToken: tokenFor(start) } : {}),
  };
}

function tokenFor(index: number): string {
  return Buffer.from(String(index)).toString('base64url');
}

function position(token: string): number {
  const text = Buffer.from(token, 'base64url').toString('latin1');
  if (!/^\d{1,9}$/.test(text))
    throw validationError('Invalid NextToken: use the one that the former page returned.');
  return Number(text);
}
