import type { ServiceRow } from '../../libs/iam/src/aws/actions.ts';
import type {
  HandlerActions,
  HandlerName,
  HandlerRow,
  TypeActions,
} from '../../libs/iam/src/aws/handler-actions.ts';
import { type ActionFinding, actionFindings, evidenceSources } from './handler-evidence.ts';

/** What the stored input has of AWS's schema of a resource type. Lists of actions are as AWS spells them. */
export interface TypeSchema {
  readonly type: string;
  readonly properties: readonly string[];
  /** Empty for a type that is older than handlers. */
  readonly handlers: Readonly<Partial<Record<HandlerName, readonly string[]>>>;
  readonly tagging: readonly string[];
}

const handlerNames: readonly HandlerName[] = ['create', 'read', 'update', 'delete'];

/**
 * Makes the table of the actions that CloudFormation's handlers take, of AWS's schemas and of the findings about them.
 * @param services AWS's list of actions
 */
export function makeHandlerActions(
  schemas: readonly TypeSchema[],
  services: readonly ServiceRow[],
): HandlerActions {
  const known = createActionIndex(services);
  const types = Object.fromEntries(schemas.map((schema) => [schema.type, actionsOf(schema, known)]));
  const used = new Set(
    Object.values(types)
      .flatMap(({ handlers }) => Object.values(handlers))
      .flatMap((rows) => Object.values(rows ?? {}))
      .map(({ source }) => source),
  );
  return {
    sources: Object.fromEntries(Object.entries(evidenceSources).filter(([name]) => used.has(name))),
    types,
  };
}

/** An action in the spelling of AWS's list, and whether it is about no resource in particular. `undefined` if the list lacks it. */
type ActionIndex = (name: string) => { readonly action: string; readonly isOnAll: boolean } | undefined;

function createActionIndex(services: readonly ServiceRow[]): ActionIndex {
  const index = new Map(
    services.flatMap(([service, actions]) =>
      Object.entries(actions).flatMap(([types, names]) =>
        names.split(' ').map((name) => {
          const action = `${service}:${name}`;
          return [action.toLowerCase(), { action, isOnAll: types === '' }] as const;
        }),
      ),
    ),
  );
  return (name) => index.get(name.toLowerCase());
}

function actionsOf(schema: TypeSchema, known: ActionIndex): TypeActions {
  const { type, properties } = schema;
  const own = actionFindings[type] ?? [];
  const listed = (handler: HandlerName) => schema.handlers[handler] ?? [];
  const all = handlerNames.flatMap(listed);
  // Permissions to tag that no handler lists are those of an update.
  const taggingOnly = schema.tagging.filter((name) => !all.includes(name));
  const handlers = Object.fromEntries(
    handlerNames.map((handler) => {
      const names = [...listed(handler), ...(handler === 'update' ? taggingOnly : [])];
      const added = own.filter((finding) => finding.isAdded && appliesTo(finding, handler));
      const actions = new Set([
        ...names.flatMap((name) => known(name)?.action ?? []),
        ...added.flatMap((finding) => finding.actions),
      ]);
      const rows = [...actions]
        // The table alone is no reason to let a deployer pass roles.
        .filter((action) => action !== 'iam:PassRole')
        .sort()
        .map((action): [string, HandlerRow] => {
          const byTags = properties.includes('Tags')
            ? tagging(type, action, taggingOnly.includes(action))
            : [];
          const found = [...byTags, ...own.filter((finding) => isAbout(finding, handler, action))];
          return [action, rowOf(found, known(action)?.isOnAll === true)];
        });
      return [handler, Object.fromEntries(rows)];
    }),
  );
  const unlisted = [...all, ...schema.tagging].filter((name) => known(name) === undefined);
  return { properties, handlers, unlisted: [...new Set(unlisted)].sort() };
}

function appliesTo({ handlers = handlerNames }: ActionFinding, handler: HandlerName): boolean {
  return handlers.includes(handler);
}

function isAbout(finding: ActionFinding, handler: HandlerName, action: string): boolean {
  return appliesTo(finding, handler) && finding.actions.includes(action);
}

/** What the name of an action says of tags. */
function tagging(type: string, action: string, isOfTagging: boolean): readonly ActionFinding[] {
  const [service = '', name = ''] = action.split(':');
  if (type.split('::')[1]?.toLowerCase() !== service) return [];
  const finding = { actions: [action], properties: ['Tags'], source: 'tags' } as const;
  if (/^(?:Tag|AddTags|PutBucketTagging)/.test(name)) return [{ ...finding, when: 'set' }];
  if (/^(?:Untag|RemoveTags)/.test(name)) return [{ ...finding, when: 'unset' }];
  return isOfTagging ? [finding] : [];
}

/** A later finding replaces the members of an earlier one. */
function rowOf(found: readonly ActionFinding[], isOnAll: boolean): HandlerRow {
  const {
    verdict = 'hard',
    source = 'schema',
    properties = [],
    when,
    withheld,
  }: Partial<ActionFinding> = Object.assign({}, ...found);
  return {
    verdict,
    source,
    ...(properties.length > 0 && { properties, ...(when !== undefined && { when }) }),
    ...(isOnAll && { isOnAll }),
    ...(withheld !== undefined && { withheld }),
  };
}
