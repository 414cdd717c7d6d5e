import { AwsError } from '../../core/errors.ts';

/** A page as IAM's list operations return it, its items under the member that each operation names. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly rest: { readonly IsTruncated: boolean; readonly Marker?: string };
}

/**
 * Cuts a page out of a list. The marker names the last item that was returned, so that items added or removed in between
 * neither repeat nor hide others.
 * @param key the item's place in the list's order; the list is sorted by it
 * @throws AwsError `ValidationError` for a marker that is none
 */
export function pageOf<Item>(
  list: readonly Item[],
  key: (item: Item) => string,
  {
    Marker,
    MaxItems = 100,
  }: { readonly Marker?: string | undefined; readonly MaxItems?: number | undefined },
): Page<Item> {
  const after = Marker === undefined ? undefined : readMarker(Marker);
  const remaining = after === undefined ? list : list.filter((item) => key(item) > after);
  const items = remaining.slice(0, MaxItems);
  const last = items.at(-1);
  if (last === undefined || items.length === remaining.length) return { items, rest: { IsTruncated: false } };
  return { items, rest: { IsTruncated: true, Marker: writeMarker(key(last)) } };
}

const PREFIX = 'after:';

function writeMarker(key: string): string {
  return Buffer.from(PREFIX + key).toString('base64url');
}

function readMarker(marker: string): string {
  const text = Buffer.from(marker, 'base64url').toString('utf8');
  if (!text.startsWith(PREFIX))
    throw new AwsError('ValidationError', `Invalid Marker: ${marker.slice(0, 100)}`);
  return text.slice(PREFIX.length);
}
