import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { TraceRecord } from '../../trace/record.ts';
import type { EarlierCalls } from '../../trace/tally.ts';
import type { AccountMap, ExplainedDecision, InertResource, MapArrow, MapNode, NodeKind } from '../model.ts';
import type { CallNode } from './call-store.ts';
import { DecisionView, RemedyView } from './decision.tsx';
import { Account, type AccountNames, Breakable, Icon, OutcomeMark } from './parts.tsx';
import { RoleUseView } from './role-use-view.tsx';
import type { Source } from './source.ts';
import { arrowsWithUsage, countedSince, isProbe, keyOf, type Usage, type UsedArrow } from './usage.ts';

const kindNames: Readonly<Record<NodeKind, string>> = {
  user: 'User',
  role: 'Role',
  function: 'Function',
  route: 'Route',
  table: 'Table',
};

/** The accounts on two sides, with an arrow for each permission. */
export function MapView(props: {
  readonly map: AccountMap | undefined;
  readonly problem: string | undefined;
  readonly roots: readonly CallNode[];
  readonly earlier: EarlierCalls<TraceRecord>;
  readonly version: number;
  readonly names: AccountNames;
  readonly source: Source;
  /** Lists some calls, and selects the latest. */
  openCalls(title: string, requestIds: ReadonlySet<string>): void;
}) {
  const { map, problem, roots, earlier, version, names, source, openCalls } = props;
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const [hidesProbes, setHidesProbes] = useState(true);
  const hasProbes = useMemo(
    () => roots.some(isProbe) || earlier.calls.some(({ latest }) => isProbe({ event: latest })),
    [roots, version],
  );
  const arrows = useMemo(() => {
    const shown = hidesProbes ? roots.filter((root) => !isProbe(root)) : roots;
    const shownEarlier = hidesProbes
      ? { ...earlier, calls: earlier.calls.filter(({ latest }) => !isProbe({ event: latest })) }
      : earlier;
    return map === undefined ? [] : shownArrows(map, shown, shownEarlier);
  }, [map, roots, version, hidesProbes]);
  if (map === undefined) return <p class="empty">{problem ?? 'Reading the accounts…'}</p>;
  const nodes = shownNodes(map, arrows);
  if (nodes.length + map.inert.length === 0) {
    return (
      <div class="empty">
        <p>Nothing is deployed yet. The map fills while a deployment runs.</p>
      </div>
    );
  }
  const selected = arrows.find((arrow) => keyOf(arrow) === chosen);
  const choose = (key: string) => setChosen(key === chosen ? undefined : key);
  return (
    <div class="map-view">
      {hasProbes && (
        <label class="map-switch">
          <input
            type="checkbox"
            checked={hidesProbes}
            onChange={({ currentTarget }) => setHidesProbes(currentTarget.checked)}
          />
          <span>Hide the calls of verify, most of which are attacks</span>
        </label>
      )}
      {map.unseenPairs > 0 && (
        <p class="banner">
          The map is not complete: up to {map.unseenPairs.toLocaleString()} more pairs of a principal and a
          resource were not looked at. Ask about one of them in the view Ask.
        </p>
      )}
      <Drawing
        nodes={nodes}
        arrows={arrows}
        names={names}
        chosen={chosen}
        choose={choose}
        inert={map.inert}
      />
      {selected !== undefined && (
        <ArrowView arrow={selected} close={() => setChosen(undefined)} nodes={nodes} source={source} />
      )}
      <ArrowTable
        nodes={nodes}
        arrows={arrows}
        names={names}
        chosen={chosen}
        choose={choose}
        openCalls={openCalls}
        since={countedSince(roots, earlier)}
      />
      <RoleUseView source={source} names={names} />
    </div>
  );
}

/** Users may do nearly everything: only their recorded calls are drawn. */
function shownArrows(
  map: AccountMap,
  roots: readonly CallNode[],
  earlier: EarlierCalls<TraceRecord>,
): UsedArrow[] {
  const users = new Set(map.nodes.filter(({ kind }) => kind === 'user').map(({ id }) => id));
  const rank = new Map(
    map.nodes.map(({ id, kind }) => [id, ['user', 'function', 'role', 'route'].indexOf(kind)]),
  );
  return arrowsWithUsage(map, roots, earlier)
    .filter(({ from, usage }) => usage !== undefined || !users.has(from))
    .sort((a, b) => (rank.get(a.from) ?? 9) - (rank.get(b.from) ?? 9));
}

function shownNodes({ nodes }: AccountMap, arrows: readonly UsedArrow[]): MapNode[] {
  const touched = new Set(arrows.flatMap(({ from, to }) => [from, to]));
  return nodes.filter(({ id, kind }) => kind !== 'user' || touched.has(id));
}

/** The columns of an account, from callers to called resources. */
function columnsOf(nodes: readonly MapNode[], arrows: readonly UsedArrow[]): MapNode[][] {
  const runAs = new Set(nodes.flatMap(({ roleArn }) => roleArn ?? []));
  const routes = new Set(nodes.filter(({ kind }) => kind === 'route').map(({ id }) => id));
  const behind = new Set(arrows.filter(({ from }) => routes.has(from)).map(({ to }) => to));
  const columnOf = ({ id, kind }: MapNode): number => {
    if (kind === 'function') return behind.has(id) ? 4 : 1;
    return { user: 0, role: 2, route: 3, table: 5 }[kind];
  };
  // The role of a function is shown in the function's card.
  const own = nodes.filter(({ id, kind }) => kind !== 'role' || !runAs.has(id));
  // A function is next to the first route that invokes it, so few arrows cross.
  const places = new Map(nodes.map(({ id }, index) => [id, index]));
  const firstRoutes = new Map<string, number>();
  for (const { from, to } of arrows) {
    const place = places.get(from);
    if (place === undefined || !routes.has(from)) continue;
    firstRoutes.set(to, Math.min(place, firstRoutes.get(to) ?? place));
  }
  const place = ({ id }: MapNode) => firstRoutes.get(id) ?? -1;
  return [0, 1, 2, 3, 4, 5]
    .map((column) => own.filter((node) => columnOf(node) === column).sort((x, y) => place(x) - place(y)))
    .filter((column) => column.length > 0);
}

interface DrawingProps {
  readonly nodes: readonly MapNode[];
  readonly arrows: readonly UsedArrow[];
  readonly names: AccountNames;
  readonly chosen: string | undefined;
  choose(key: string): void;
}

/** The number of calls, with a link to the latest, if it is still known. */
function CallCount({ usage: { calls, latestRequestId } }: { readonly usage: Usage }) {
  const text = `${calls} ${calls === 1 ? 'call' : 'calls'}`;
  return latestRequestId === undefined ? text : <a href={`#/calls/${latestRequestId}`}>{text}</a>;
}

function toneOf({ arrow, usage }: UsedArrow): 'refused' | 'used' | 'used-before' | 'open' {
  if (usage !== undefined) return usage.isBroken ? 'refused' : usage.isLatest ? 'used' : 'used-before';
  return arrow?.allowed === false ? 'refused' : 'open';
}

function Drawing({
  nodes,
  inert,
  arrows,
  names,
  chosen,
  choose,
}: DrawingProps & { readonly inert: readonly InertResource[] }) {
  const box = useRef<HTMLDivElement>(null);
  const [curves, setCurves] = useState<readonly Curve[]>([]);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const draw = () => {
    const { current } = box;
    if (current === null) return;
    setSize({ width: current.scrollWidth, height: current.scrollHeight });
    setCurves(measureCurves(current, arrows));
  };
  useLayoutEffect(draw, [nodes, inert, arrows]);
  useEffect(() => {
    const observer = new ResizeObserver(draw);
    if (box.current !== null) observer.observe(box.current);
    return () => observer.disconnect();
  }, [arrows]);
  return (
    <div class="map" ref={box}>
      {sidesOf({ nodes, inert, arrows }, names).map((side, index) => (
        <div
          key={String(index)}
          class="map-side"
          style={{ flexGrow: Math.max(1, ...side.map(({ columns }) => columns.length)) }}
        >
          {side.map((one) => (
            <AccountView key={one.accountId} names={names} {...one} />
          ))}
        </div>
      ))}
      <svg
        class="arrows"
        aria-hidden="true"
        width={size.width}
        height={size.height}
        viewBox={`0 0 ${size.width} ${size.height}`}
      >
        {curves.map(({ key, tone, path, middle }) => (
          // biome-ignore lint/a11y/noStaticElementInteractions: the table below has a button for each arrow
          <g key={key} class={`arrow ${tone} ${key === chosen ? 'chosen' : ''}`} onClick={() => choose(key)}>
            <path class="hit" d={path} />
            <path class="line" d={path} />
            <path class="tip" d={middle.tip} />
            {tone === 'refused' && (
              <g transform={`translate(${middle.x} ${middle.y})`}>
                <circle r="9" />
                <path d="m-3.5-3.5 7 7m0-7-7 7" />
              </g>
            )}
          </g>
        ))}
      </svg>
    </div>
  );
}

/** An account of the map, with what it has. */
interface ShownAccount {
  readonly accountId: string;
  readonly nodes: readonly MapNode[];
  readonly inert: readonly InertResource[];
  readonly columns: readonly (readonly MapNode[])[];
}

/**
 * The accounts that have something, on two sides: those without routes call, so they are on the left, and those with routes on the right. A
 * side without accounts is left out.
 */
function sidesOf(
  {
    nodes,
    inert,
    arrows,
  }: Pick<DrawingProps, 'nodes' | 'arrows'> & { readonly inert: readonly InertResource[] },
  names: AccountNames,
): readonly (readonly ShownAccount[])[] {
  const shown = [...names.keys()].map((accountId) => {
    const own = nodes.filter((node) => node.accountId === accountId);
    const ofAccount = inert.filter((one) => one.accountId === accountId);
    return { accountId, nodes: own, inert: ofAccount, columns: columnsOf(own, arrows) };
  });
  const filled = shown.filter((each) => each.nodes.length + each.inert.length > 0);
  const hasRoutes = (each: ShownAccount) => each.nodes.some(({ kind }) => kind === 'route');
  const sides = [filled.filter((each) => !hasRoutes(each)), filled.filter(hasRoutes)];
  return sides.filter((side) => side.length > 0);
}

function AccountView(props: ShownAccount & { readonly names: AccountNames }) {
  const { accountId, nodes, inert, columns, names } = props;
  const name = names.get(accountId) ?? accountId;
  const roles = new Map(nodes.flatMap((node) => (node.kind === 'role' ? [[node.id, node]] : [])));
  return (
    <section class={`map-account map-account-${name}`} aria-label={`Account ${name}`}>
      <h2>
        {name === accountId ? (
          <span>
            Account <span class="mono">{accountId}</span>
          </span>
        ) : (
          <>
            <Account id={accountId} names={names} /> <span>Account {name}</span>
            <span class="quiet mono">{accountId}</span>
          </>
        )}
      </h2>
      <div class="columns">
        {columns.map((column, index) => (
          <ul key={String(index)} class="column">
            {column.map((node) => (
              <Card key={node.id} node={node} role={roles.get(node.roleArn ?? '')} />
            ))}
          </ul>
        ))}
      </div>
      <InertResources resources={inert} />
    </section>
  );
}

function Card({ node, role }: { readonly node: MapNode; readonly role: MapNode | undefined }) {
  return (
    <li class={`card card-${node.kind}`} data-node={node.id}>
      <span class="card-kind">
        <Icon name={node.kind} /> {kindNames[node.kind]}
      </span>
      <span class="card-name">
        <Breakable name={node.logicalName ?? node.name} />
      </span>
      {node.logicalName !== undefined && (
        <span class="card-sub">
          <Breakable name={node.name} />
        </span>
      )}
      {node.api !== undefined && <span class="card-sub">{node.api}</span>}
      {node.isOpen && <span class="card-open">Open: anybody may call it</span>}
      {role !== undefined && (
        <span class="card-runs" data-node={role.id}>
          <Icon name="role" />{' '}
          {role.name === node.name ? 'role of the same name' : (role.logicalName ?? role.name)}
        </span>
      )}
    </li>
  );
}

/** The resources of the stacks that local AWS does not run, by type. */
function InertResources({ resources }: { readonly resources: readonly InertResource[] }) {
  if (resources.length === 0) return null;
  return (
    <div class="inert">
      <h3>Accepted, without effect here</h3>
      <ul>
        {[...Map.groupBy(resources, ({ type }) => type)].map(([type, all]) => (
          <li key={type}>
            <span class="mono">{type}</span>
            {all.map(({ stackName, logicalId }) => (
              <span key={`${stackName}/${logicalId}`} class="inert-name" title={`of the stack ${stackName}`}>
                <Breakable name={logicalId} />
              </span>
            ))}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface Curve {
  readonly key: string;
  readonly tone: string;
  readonly path: string;
  readonly middle: { readonly x: number; readonly y: number; readonly tip: string };
}

/** Curves between the cards, by the current layout. */
function measureCurves(box: HTMLElement, arrows: readonly UsedArrow[]): Curve[] {
  const frame = box.getBoundingClientRect();
  const places = new Map<string, { left: number; right: number; y: number; card: Element | null }>();
  for (const element of box.querySelectorAll<HTMLElement>('[data-node]')) {
    const card = element.closest('.card') ?? element;
    const outer = card.getBoundingClientRect();
    const inner = element.getBoundingClientRect();
    const y = inner.top + inner.height / 2 - frame.top;
    places.set(element.dataset.node ?? '', {
      left: outer.left - frame.left,
      right: outer.right - frame.left,
      y,
      card,
    });
  }
  return arrows.flatMap((arrow): Curve[] => {
    const from = places.get(arrow.from);
    const to = places.get(arrow.to);
    // A function's card shows the role that it runs as.
    if (from === undefined || to === undefined || from.card === to.card) return [];
    const forward = to.left >= from.right - 1;
    const start = { x: forward ? from.right : from.left, y: from.y };
    const end = { x: forward ? to.left - 3 : to.right + 3, y: to.y };
    const sign = forward ? 1 : -1;
    const isLoop = !forward && Math.abs(to.left - from.left) < 4;
    const bend = Math.max(28, Math.abs(end.x - start.x) / 2) * sign;
    const control1 = { x: start.x + bend, y: start.y };
    const control2 = { x: isLoop ? end.x - 40 : end.x - bend, y: end.y };
    if (isLoop) end.x = to.left - 3;
    const path = `M${start.x} ${start.y}C${control1.x} ${control1.y} ${control2.x} ${control2.y} ${end.x} ${end.y}`;
    const side = isLoop ? 1 : sign;
    const middle = {
      x: (start.x + 3 * control1.x + 3 * control2.x + end.x) / 8,
      y: (start.y + 3 * control1.y + 3 * control2.y + end.y) / 8,
      tip: `M${end.x - 7 * side} ${end.y - 4.5}L${end.x} ${end.y}L${end.x - 7 * side} ${end.y + 4.5}`,
    };
    return [{ key: keyOf(arrow), tone: toneOf(arrow), path, middle }];
  });
}

function ArrowTable({
  nodes,
  arrows,
  names,
  chosen,
  choose,
  openCalls,
  since,
}: DrawingProps & Pick<Parameters<typeof MapView>[0], 'openCalls'> & { readonly since: string | undefined }) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return (
    <section class="arrow-table" aria-label="Who may do what">
      <table>
        <caption>Who may do what</caption>
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">Who</th>
            <th scope="col">May</th>
            <th scope="col">What</th>
            <th scope="col">Through</th>
            <th scope="col">
              Calls{since !== undefined && ` since ${new Date(since).toLocaleTimeString()}`}
            </th>
          </tr>
        </thead>
        <tbody>
          {arrows.map((one) => {
            const { from, to, actions, usage } = one;
            const key = keyOf(one);
            const isBroken = toneOf(one) === 'refused';
            return (
              <tr key={key} class={key === chosen ? 'chosen' : ''}>
                <td>
                  <OutcomeMark mark={isBroken ? 'refused' : 'allowed'} />
                </td>
                <td>
                  <NodeName node={byId.get(from)} arn={from} names={names} />
                </td>
                <td>
                  <button
                    type="button"
                    class="link mono"
                    aria-expanded={key === chosen}
                    onClick={() => choose(key)}
                  >
                    {actions.length > 2 ? `${actions[0]} and ${actions.length - 1} more` : actions.join(', ')}
                  </button>
                </td>
                <td>
                  <NodeName node={byId.get(to)} arn={to} names={names} />
                </td>
                <td class="through">{throughOf(one)}</td>
                <td class="used">
                  {usage === undefined ? (
                    <span class="quiet">no calls</span>
                  ) : (
                    <>
                      <CallCount usage={usage} />
                      {usage.refused > 0 && usage.refusedCalls.size === 0 && (
                        <span class="refused"> ({usage.refused} refused)</span>
                      )}
                      {usage.refusedCalls.size > 0 && (
                        <>
                          {' '}
                          <button
                            type="button"
                            class="link refused"
                            onClick={() => openCalls(`refused: ${actions.join(', ')}`, usage.refusedCalls)}
                          >
                            ({usage.refused} refused)
                          </button>
                        </>
                      )}
                    </>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function NodeName(props: {
  readonly node: MapNode | undefined;
  readonly arn: string;
  readonly names: AccountNames;
}) {
  const { node, arn, names } = props;
  if (node === undefined) return <span class="mono">{arn}</span>;
  return (
    <span class="node-name">
      <Account id={node.accountId} names={names} />
      <Icon name={node.kind} />
      <span class="unseen">{kindNames[node.kind]} </span>
      <span>
        <Breakable name={node.name} />
      </span>
    </span>
  );
}

/** The statements that allow it, or the reason why it is refused. */
function throughOf({ arrow, usage }: UsedArrow): string {
  if (arrow === undefined) return usage?.isBroken === false ? 'see the call' : 'no policy allows it';
  const { allowed, verdict, through, needs } = arrow;
  if (!allowed) return verdict;
  const keys = Object.keys(needs);
  return [
    through.join(', '),
    ...(keys.length > 0 ? [`, with ${keys.join(', ')}`] : []),
    // The policies have changed since then, or the request lacked a value.
    ...(usage?.isBroken === true ? ['; the latest call was refused'] : []),
  ].join('');
}

function ArrowView(props: {
  readonly arrow: UsedArrow;
  readonly nodes: readonly MapNode[];
  readonly source: Source;
  close(): void;
}) {
  const { arrow, usage, from, to } = props.arrow;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.scrollIntoView({ block: 'nearest' }), [from, to]);
  const nameOf = (id: string) => props.nodes.find((node) => node.id === id)?.name ?? id;
  return (
    <aside class="arrow-view" aria-label="Selected arrow">
      <header>
        <h3 ref={heading}>
          {nameOf(from)} → {nameOf(to)}
        </h3>
        <button type="button" class="small" onClick={props.close}>
          Close
        </button>
      </header>
      {usage !== undefined && (
        <p>
          {usage.latestRequestId === undefined ? (
            'The latest call'
          ) : (
            <a href={`#/calls/${usage.latestRequestId}`}>The latest call</a>
          )}{' '}
          {usage.isBroken ? 'was refused.' : 'was allowed.'}
        </p>
      )}
      {arrow === undefined ? (
        <p>No policy allows this. The refused call says which one is missing, and what to change.</p>
      ) : (
        <>
          {arrow.actions.length > 1 && <p class="mono">{arrow.actions.join(', ')}</p>}
          {Object.entries(arrow.needs).map(([key, value]) => (
            <p key={key}>
              The request must have <span class="mono">{key}</span> = <span class="mono">{value}</span>
            </p>
          ))}
          <ExplainedArrow arrow={arrow} source={props.source} />
        </>
      )}
    </aside>
  );
}

/** The decision behind an arrow, which is read when the arrow is selected. */
function ExplainedArrow({ arrow, source }: { readonly arrow: MapArrow; readonly source: Source }) {
  const [found, setFound] = useState<ExplainedDecision | undefined>(undefined);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    let isCurrent = true;
    setFound(undefined);
    setProblem('');
    source.arrow(arrow).then(
      (explained) => isCurrent && setFound(explained),
      (error: unknown) => isCurrent && setProblem(error instanceof Error ? error.message : String(error)),
    );
    return () => {
      isCurrent = false;
    };
  }, [arrow, source]);
  if (found === undefined) return <p class={problem === '' ? 'quiet' : 'problem'}>{problem || 'Reading…'}</p>;
  return (
    <>
      <DecisionView decision={found.decision} verdict={found.verdict} />
      {!found.decision.allowed && <RemedyView remedies={found.remedies} noRemedy={found.noRemedy} />}
    </>
  );
}
