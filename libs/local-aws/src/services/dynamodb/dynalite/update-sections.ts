import type { Path, UpdateSection } from './dynalite.ts';
import { isTooDeep, TOO_DEEP } from './nesting.ts';

/*
 * DynamoDB reads all paths and operands of an update expression in the item as it was before the update:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/example_dynamodb_Scenario_UpdateExpressionOrder_section.html
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html#Expressions.UpdateExpressions.REMOVE.RemovingListElements
 * dynalite applies one clause after the other, so an index means another element once an earlier clause has removed one.
 */

/**
 * Puts the clauses of an update expression into an order in which dynalite's result is DynamoDB's: clauses that remove elements of
 * lists come last, those with higher indices first. A value that SET copies becomes independent of its source.
 */
export function settleSections(sections: UpdateSection[]): void {
  bringNear(sections.map(({ path }) => path));
  sections.sort((a, b) => {
    const order = Number(canShift(a)) - Number(canShift(b));
    return order !== 0 || !canShift(a) ? order : comparePaths(b.path, a.path);
  });
  for (const section of sections) if (section.type === 'set') copyValue(section);
}

/** More than a list can have elements: an item has at most 400 KB. */
const BEYOND_ALL_LISTS = 409_600;

/**
 * SET appends what has an index beyond the end of the list, in the order of the indices. dynalite passes over each index between, so
 * `SET l[4294967290] = :v` would take minutes: indices that are beyond any list become small ones in the same order.
 */
function bringNear(paths: readonly Path[]): void {
  const isFar = (piece: string | number) => typeof piece === 'number' && piece > BEYOND_ALL_LISTS;
  const far = [...new Set(paths.flat().filter(isFar))].sort((a, b) => Number(a) - Number(b));
  const near = new Map(far.map((index, rank) => [index, BEYOND_ALL_LISTS + 1 + rank]));
  // dynalite has each path a second time, for the answer: it is the same list.
  for (const path of paths as (string | number)[][]) {
    for (const [at, piece] of path.entries()) path[at] = near.get(piece) ?? piece;
  }
}

/** Whether a clause can remove an element of a list. DELETE removes a set that becomes empty. */
function canShift({ type }: UpdateSection): boolean {
  return type === 'remove' || type === 'delete';
}

function comparePaths(a: Path, b: Path): number {
  for (const [index, piece] of a.entries()) {
    const other = b[index];
    if (typeof piece === 'number' && typeof other === 'number') {
      if (piece !== other) return piece - other;
    } else if (String(piece) !== String(other)) {
      return String(piece) < String(other) ? -1 : 1;
    }
  }
  return 0;
}

/**
 * dynalite assigns the value of the operand to `val`: the very object of the item, which other clauses then change in place. A text
 * in place of a value is the message of an error. An item must not get more levels than DynamoDB stores.
 */
function copyValue(section: UpdateSection): void {
  let { val } = section;
  Object.defineProperty(section, 'val', {
    get: () => val,
    set: (value) => {
      val = isTooDeep(value, section.path.length - 1) ? TOO_DEEP : structuredClone(value);
    },
  });
}
