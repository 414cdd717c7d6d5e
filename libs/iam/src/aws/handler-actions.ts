import table from './handler-actions.json' with { type: 'json' };

/** Whether AWS refuses a resource without an action (`hard`), goes on (`soft`), or nobody has said (`unknown`). */
export type Insistence = 'hard' | 'soft' | 'unknown';

/** The handlers of CloudFormation for a resource. It reads a resource after it has created or changed it. */
export type HandlerName = 'create' | 'read' | 'update' | 'delete';

/** When a handler takes an action, and what happens without it. */
export interface HandlerRow {
  readonly verdict: Insistence;
  /** A name in {@link HandlerActions.sources}. */
  readonly source: string;
  /** The action is taken only if one of these properties is set or changes. Nested ones have dots. */
  readonly properties?: readonly string[];
  /** Whether an update takes the action if the property gets a value, or if it loses one. Both, if absent. */
  readonly when?: 'set' | 'unset';
  /** Whether AWS checks the action for no resource in particular. */
  readonly isOnAll?: true;
  /** Why the deployment roles of the sample leave the action out. */
  readonly withheld?: string;
}

/** The actions of a resource type. */
export interface TypeActions {
  /** The names of the type's properties. */
  readonly properties: readonly string[];
  /** IAM actions by handler. A type that is older than handlers has those that its documentation names. */
  readonly handlers: Readonly<Partial<Record<HandlerName, Readonly<Record<string, HandlerRow>>>>>;
  /** Names in AWS's schema of the type that AWS's list of actions does not have. */
  readonly unlisted: readonly string[];
}

/** What CloudFormation does on behalf of a deployer: handler-actions.json. */
export interface HandlerActions {
  readonly sources: Readonly<
    Record<string, { readonly address: string; readonly says: string; readonly date: string }>
  >;
  readonly types: Readonly<Record<string, TypeActions>>;
}

/** The table. `npm run aws-facts` writes it. */
export const handlerActions = table as unknown as HandlerActions;

/** The IAM actions of all handlers of a resource type. @returns none if the table does not have the type */
export function actionsOfType(type: string): readonly string[] {
  return [...new Set(Object.values(handlerActions.types[type]?.handlers ?? {}).flatMap(Object.keys))];
}

/** An action that a deployment takes, and why. */
export interface NeededAction {
  readonly action: string;
  readonly verdict: Insistence;
  /** What its source says, as a sentence, and where. */
  readonly reason: string;
  readonly isOnAll: boolean;
}

/** The properties of a resource, as a template or a service has them. */
type Properties = Readonly<Record<string, unknown>>;

/**
 * The actions that CloudFormation takes, on behalf of the deployer, in the life of a resource with these properties: each once, with the
 * hardest verdict. Actions that the deployment roles withhold are left out.
 */
export function actionsOfLife(type: string, properties: Properties): readonly NeededAction[] {
  const rows = rowsOf(type).filter(
    ({ row }) =>
      row.withheld === undefined && isAbout(row, (path) => path === 'Tags' || isSet(properties, path)),
  );
  return hardest(rows);
}

/** A change of a resource. */
export interface HandlerChange {
  readonly handler: 'create' | 'update' | 'delete';
  readonly properties: Properties;
  /** Before an update. */
  readonly previous?: Properties | undefined;
  /** The tags of the resource: its own and those of its stack. */
  readonly tags: Readonly<Record<string, string>>;
  /** Before an update. */
  readonly previousTags?: Readonly<Record<string, string>> | undefined;
}

/** The actions that CloudFormation takes for one change of a resource: those of the handler, and those that read it afterwards. */
export function actionsOfChange(type: string, change: HandlerChange): readonly NeededAction[] {
  const handlers: readonly HandlerName[] =
    change.handler === 'delete' ? ['delete'] : [change.handler, 'read'];
  const rows = rowsOf(type).filter(
    ({ handler, row }) => handlers.includes(handler) && isTaken(handler, row, change),
  );
  return hardest(rows);
}

interface Listed {
  readonly handler: HandlerName;
  readonly action: string;
  readonly row: HandlerRow;
}

function rowsOf(type: string): readonly Listed[] {
  return Object.entries(handlerActions.types[type]?.handlers ?? {}).flatMap(([handler, rows]) =>
    Object.entries(rows).map(([action, row]) => ({ handler: handler as HandlerName, action, row })),
  );
}

const ranks: readonly Insistence[] = ['hard', 'unknown', 'soft'];

function hardest(rows: readonly Listed[]): readonly NeededAction[] {
  const { sources } = handlerActions;
  return [...Map.groupBy(rows, ({ action }) => action)].flatMap(([action, group]) => {
    const [first] = group.toSorted((a, b) => ranks.indexOf(a.row.verdict) - ranks.indexOf(b.row.verdict));
    if (first === undefined) return [];
    const { verdict, source, isOnAll = false } = first.row;
    const { says = '', address = '' } = sources[source] ?? {};
    return [{ action, verdict, isOnAll, reason: `${says} (${address})` }];
  });
}

function isAbout({ properties = [] }: HandlerRow, holds: (path: string) => boolean): boolean {
  return properties.length === 0 || properties.some(holds);
}

function isTaken(handler: HandlerName, row: HandlerRow, change: HandlerChange): boolean {
  const { properties, previous, tags, previousTags } = change;
  const after = (path: string) => (path === 'Tags' ? tags : valueAt(properties, path));
  if (handler !== 'update') {
    // What has just been created has nothing to lose.
    const isLost = row.when === 'unset' && change.handler === 'create';
    return isAbout(row, (path) => !isLost && isValue(after(path)));
  }
  const before = (path: string) => (path === 'Tags' ? previousTags : valueAt(previous ?? {}, path));
  return isAbout(row, (path) => {
    const [old, next] = [partsOf(path, before(path)), partsOf(path, after(path))];
    const isGained = [...next].some(([key, value]) => old.get(key) !== value);
    const isLost = [...old.keys()].some((key) => !next.has(key));
    return (row.when !== 'unset' && isGained) || (row.when !== 'set' && isLost);
  });
}

/** A property has one part, a list has its items, and tags have one for each name. */
function partsOf(path: string, value: unknown): ReadonlyMap<string, string> {
  if (!isValue(value)) return new Map();
  if (Array.isArray(value)) return new Map(value.map((item) => [nameOf(item), JSON.stringify(item)]));
  if (path === 'Tags') return new Map(Object.entries(Object(value)));
  return new Map([['', JSON.stringify(value)]]);
}

/** A policy that keeps its name is changed, and not removed. */
function nameOf(item: unknown): string {
  const { PolicyName }: { readonly PolicyName?: unknown } = Object(item);
  return String(PolicyName ?? JSON.stringify(item));
}

function isSet(properties: Properties, path: string): boolean {
  return isValue(valueAt(properties, path));
}

/** An empty list or object counts as absent. */
function isValue(value: unknown): boolean {
  return (
    value !== undefined && value !== null && !(typeof value === 'object' && Object.keys(value).length === 0)
  );
}

/** @param path @example 'Code.S3ObjectVersion' */
function valueAt(properties: Properties, path: string): unknown {
  let value: unknown = properties;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Properties)[name];
  }
  return value;
}
