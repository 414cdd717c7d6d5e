import { useMemo, useRef } from 'preact/hooks';
import { nameOf, reasonOf } from '../../trace/call-log.ts';
import { stepsOf } from '../../trace/steps.ts';
import {
  type CallNode,
  type CallState,
  type CallStore,
  type Filter,
  listed,
  summaryOf,
} from './call-store.ts';
import { CallView } from './call-view.tsx';
import { Account, type AccountNames, milliseconds, OutcomeMark } from './parts.tsx';
import { worstOf } from './sequence.ts';
import type { Source } from './source.ts';
import { VirtualList } from './virtual-list.tsx';

const ROW_HEIGHT = 56;

/** All calls as they come in, and the selected one. */
export function CallsView(props: {
  readonly store: CallStore;
  /** Changes whenever the store does. */
  readonly version: number;
  readonly source: Source;
  readonly names: AccountNames;
  readonly filter: Filter;
  setFilter(filter: Filter): void;
  /** `<request ID>/<step>` */
  readonly selected: string | undefined;
  open(path: string): void;
}) {
  const { store, version, source, names, filter, setFilter, selected, open } = props;
  const calls = useMemo(() => listed(store.roots, filter), [store, version, filter]);
  const services = useMemo(() => servicesOf(store.roots), [store, version]);
  const [requestId = '', index] = selected?.split('/') ?? [];
  // The newest call of the moment at which the view opens. Later calls do not replace it.
  const first = useRef<string>(undefined);
  first.current ??= calls[0]?.event.requestId;
  const node = store.rootOf(selected === undefined ? (first.current ?? '') : requestId);
  const hidden = store.roots.length - calls.length;
  return (
    <div class={`calls ${node === undefined || selected === undefined ? '' : 'has-selection'}`}>
      <section class="calls-list" aria-label="All calls">
        <Filters filter={filter} setFilter={setFilter} services={services} names={names} />
        <VirtualList
          label="Calls"
          items={calls}
          rowHeight={ROW_HEIGHT}
          keyOf={({ event }) => event.requestId}
          selected={node?.event.requestId}
          select={({ event }) => open(event.requestId)}
          row={(call) => <CallRow node={call} names={names} />}
          empty={
            hidden === 0
              ? 'No calls yet. Invoke a function under “Ask”, or send a request to local AWS.'
              : 'No call passes the filter.'
          }
        />
        <p class="calls-count quiet">
          {calls.length.toLocaleString('en')} {calls.length === 1 ? 'call' : 'calls'}
          {hidden > 0 && `, ${hidden.toLocaleString('en')} hidden by the filters above`}
        </p>
      </section>
      <section class="calls-detail" aria-label="Selected call">
        {node === undefined ? (
          <div class="empty">
            <p>Select a call to see what it did in each account, and which statement decided.</p>
          </div>
        ) : (
          <>
            <a class="back" href="#/calls">
              ← All calls
            </a>
            <CallView
              key={node.event.requestId}
              node={node}
              selected={index === undefined ? undefined : selected}
              source={source}
              names={names}
              linkTo={(step) => `#/calls/${step}`}
            />
          </>
        )}
      </section>
    </div>
  );
}

function servicesOf(roots: readonly CallNode[]): string[] {
  return [...new Set(roots.flatMap((root) => [...summaryOf(root).services]))].sort();
}

function Filters(props: {
  readonly filter: Filter;
  setFilter(filter: Filter): void;
  readonly services: readonly string[];
  readonly names: AccountNames;
}) {
  const { filter, setFilter, services, names } = props;
  return (
    <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      <label>
        <span>Account</span>
        <select
          value={filter.accountId}
          onChange={({ currentTarget }) => setFilter({ ...filter, accountId: currentTarget.value })}
        >
          <option value="">All</option>
          {[...names].map(([id, letter]) => (
            <option key={id} value={id}>
              {letter === id ? id : `${letter} (${id})`}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>Service</span>
        <select
          value={filter.service}
          onChange={({ currentTarget }) => setFilter({ ...filter, service: currentTarget.value })}
        >
          <option value="">All</option>
          {services.map((service) => (
            <option key={service}>{service}</option>
          ))}
        </select>
      </label>
      <label>
        <span>Outcome</span>
        <select
          value={filter.outcome}
          onChange={({ currentTarget }) =>
            setFilter({ ...filter, outcome: currentTarget.value as CallState | '' })
          }
        >
          <option value="">All</option>
          <option value="allowed">Allowed</option>
          <option value="refused">Refused</option>
          <option value="failed">Failed</option>
          <option value="recovered">Recovered</option>
          <option value="softened">Let through</option>
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={filter.management}
          onChange={({ currentTarget }) => setFilter({ ...filter, management: currentTarget.checked })}
        />
        <span>Deployment calls</span>
      </label>
      {filter.only !== undefined && (
        <button type="button" class="small" onClick={() => setFilter({ ...filter, only: undefined })}>
          Only {filter.only.title}. Show all
        </button>
      )}
    </form>
  );
}

function CallRow({ node, names }: { readonly node: CallNode; readonly names: AccountNames }) {
  const { event } = node;
  const { outcome, count, accountIds } = summaryOf(node);
  const steps = stepsOf(node);
  const [step] = steps;
  const decisive = outcome === 'allowed' || outcome === 'recovered' ? step : (worstOf(steps) ?? step);
  return (
    <>
      <OutcomeMark mark={outcome} />
      <span class="row-main">
        <span class="row-title">
          {event.service === '-' ? '' : `${event.service} `}
          {event.operation}
        </span>
        <span class="row-sub">
          {nameOf(step?.who ?? '', event.accountId)}
          {decisive !== undefined && reasonOf(decisive) !== '' && (
            <span class={decisive.failed || decisive.softened ? 'why refused' : 'why'}>
              {' · '}
              {decisive !== step && `${decisive.title}: `}
              {reasonOf(decisive)}
            </span>
          )}
        </span>
      </span>
      <span class="row-side">
        <span class="row-time">{milliseconds(event.durationMs)}</span>
        <span class="row-accounts">
          {count > 1 && <span class="count">{count} calls</span>}
          {[...names.keys()]
            .filter((id) => accountIds.has(id))
            .map((id) => (
              <Account key={id} id={id} names={names} />
            ))}
        </span>
      </span>
    </>
  );
}
