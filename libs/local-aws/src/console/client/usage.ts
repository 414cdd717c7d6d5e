import { isArnOf, splitFunctionArn } from '@cross-account-api/iam';
import { isManagement } from '../../trace/call-log.ts';
import type { TraceRecord } from '../../trace/record.ts';
import type { EarlierCalls } from '../../trace/tally.ts';
import type { AccountMap, MapArrow, MapNode } from '../model.ts';
import { type CallNode, summaryOf, withCaused } from './call-store.ts';

/** The recorded calls along an arrow. */
export interface Usage {
  readonly calls: number;
  readonly refused: number;
  /** Whether the latest call was refused. */
  readonly isBroken: boolean;
  /** Absent if only the count of its calls is known. */
  readonly latestRequestId?: string;
  /** The IDs of the outermost calls that were refused on it, without those of which only the count is known. */
  readonly refusedCalls: ReadonlySet<string>;
  /** Whether the latest call of all used the arrow, or was refused on it. */
  readonly isLatest: boolean;
}

/** An arrow of the map with its use. It may have only been tried. */
export interface UsedArrow {
  readonly from: string;
  readonly to: string;
  readonly actions: readonly string[];
  /** Absent if no policy allows it, although a call tried it. */
  readonly arrow?: MapArrow;
  readonly usage?: Usage;
}

/** Whether `cross-account verify` made a call. Most of these are attacks, which are refused. */
export function isProbe({ event }: Pick<CallNode, 'event'>): boolean {
  return event.probe === true;
}

type Earlier = EarlierCalls<TraceRecord>;

/** The time since which calls are counted. @returns `undefined` if there are none */
export function countedSince(roots: readonly CallNode[], { since }: Earlier): string | undefined {
  return since ?? roots[0]?.event.time;
}

/**
 * The arrows of the map with their calls, and the arrows of calls that no policy allows.
 * @param earlier the calls before `roots`
 */
export function arrowsWithUsage(
  map: AccountMap,
  roots: readonly CallNode[],
  earlier: Earlier = { calls: [] },
): UsedArrow[] {
  const find = finder(map.nodes);
  const usages = new Map<
    string,
    Omit<Usage, 'isLatest'> & { readonly root: CallNode | undefined; readonly refusedCalls: Set<string> }
  >();
  const tried = new Map<string, Pick<UsedArrow, 'from' | 'to' | 'actions'>>();
  let latest: CallNode | undefined;
  const count = ({ requestId, decisions }: TraceRecord, times: number, root?: CallNode) => {
    // One call can have several decisions, such as that of its session tags. It was refused if one of them denies it.
    const isRefused = decisions.some(({ allowed }) => !allowed);
    const arrows = new Map<string, { readonly ends: Ends; readonly actions: Set<string> }>();
    for (const decision of decisions) {
      const ends = endsOf(decision, find);
      if (ends === undefined) continue;
      const known = arrows.get(keyOf(ends)) ?? { ends, actions: new Set() };
      known.actions.add(decision.action);
      arrows.set(keyOf(ends), known);
    }
    for (const [key, { ends, actions }] of arrows) {
      latest = root;
      const known = usages.get(key);
      const refusedCalls = known?.refusedCalls ?? new Set();
      if (isRefused && root !== undefined) refusedCalls.add(root.event.requestId);
      usages.set(key, {
        calls: (known?.calls ?? 0) + times,
        refused: (known?.refused ?? 0) + (isRefused ? times : 0),
        isBroken: isRefused,
        ...(root !== undefined && { latestRequestId: requestId }),
        refusedCalls,
        root,
      });
      tried.set(key, { ...ends, actions: [...new Set([...(tried.get(key)?.actions ?? []), ...actions])] });
    }
  };
  for (const { latest: call, times } of earlier.calls) {
    if (call.parentRequestId !== undefined || !isManagement(call)) count(call, times);
  }
  for (const root of roots) {
    if (summaryOf(root).isManagement) continue;
    for (const call of withCaused(root)) count(call, 1, root);
  }
  const usageOf = (key: string): Usage | undefined => {
    const found = usages.get(key);
    if (found === undefined) return undefined;
    const { root, ...usage } = found;
    return { ...usage, isLatest: root !== undefined && root === latest };
  };
  const drawn = map.arrows.map((arrow): UsedArrow => {
    const usage = usageOf(keyOf(arrow));
    return { from: arrow.from, to: arrow.to, actions: arrow.actions, arrow, ...(usage && { usage }) };
  });
  const known = new Set(map.arrows.map(keyOf));
  const others = [...tried].flatMap(([key, ends]): UsedArrow[] => {
    const usage = usageOf(key);
    return known.has(key) || usage === undefined ? [] : [{ ...ends, usage }];
  });
  return [...drawn, ...others];
}

/** The actions that arrows show. A deployment's actions are left out, such as reading a role or creating a table. */
const calls =
  /^(sts:AssumeRole\w*|execute-api:Invoke|lambda:InvokeFunction|dynamodb:(Batch)?(Get|Put|Update|Delete|Write)Item|dynamodb:(Query|Scan))$/;

/** One name for all arrows between two nodes. */
export function keyOf({ from, to }: Pick<UsedArrow, 'from' | 'to'>): string {
  return `${from} ${to}`;
}

type Decision = TraceRecord['decisions'][number];
type Ends = Pick<UsedArrow, 'from' | 'to'>;
type Find = (arn: string) => MapNode | undefined;

/** Finds the node for the ARN in a decision. */
function finder(nodes: readonly MapNode[]): Find {
  const exact = new Map(nodes.map((node) => [node.id, node]));
  const patterns = nodes
    .filter(({ kind }) => kind === 'route')
    .map((node) => {
      const literal = node.id.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*');
      return { node, pattern: new RegExp(`^${literal}/?$`) };
    });
  const found = new Map<string, MapNode | undefined>();
  return (arn) => {
    if (found.has(arn)) return found.get(arn);
    const withoutVersion = isArnOf(arn, 'lambda', 'function:') ? splitFunctionArn(arn).functionArn : arn;
    const node = exact.get(withoutVersion) ?? patterns.find(({ pattern }) => pattern.test(arn))?.node;
    found.set(arn, node);
    return node;
  };
}

function endsOf(decision: Decision, find: Find): Ends | undefined {
  const { action, context, principalArn, resource } = decision;
  if (!calls.test(action)) return undefined;
  const to = find(resource);
  const source = context['aws:SourceArn'];
  const holder = context['aws:PrincipalArn'] ?? principalArn;
  const from = find(principalArn.startsWith('arn:') ? String(holder) : String(source ?? ''));
  return from === undefined || to === undefined ? undefined : { from: from.id, to: to.id };
}
