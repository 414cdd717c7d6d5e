import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { isManagement } from '../../trace/call-log.ts';
import type { AccountMap, Instance } from '../model.ts';
import { AskView } from './ask-view.tsx';
import { CallStore, type Filter } from './call-store.ts';
import { CallsView } from './calls-view.tsx';
import { MapView } from './map-view.tsx';
import { Icon } from './parts.tsx';
import { type Connection, type Source, unknownInstance } from './source.ts';

const views = [
  ['map', 'Map'],
  ['calls', 'Calls'],
  ['ask', 'Ask'],
] as const;
type View = (typeof views)[number][0];

/** Reads the view from the URL: `#/calls/<request ID>/<step>`. */
function readPlace(): { readonly view: View; readonly rest: string | undefined } {
  const [, name, rest] = /^#\/(\w+)(?:\/(.+))?$/.exec(location.hash) ?? [];
  const view = views.find(([each]) => each === name)?.[0] ?? 'map';
  return { view, rest };
}

const allCalls: Filter = { accountId: '', service: '', outcome: '', management: false };

/** The console. */
export function App({ source }: { readonly source: Source }) {
  const [place, setPlace] = useState(readPlace);
  const [instance, setInstance] = useState<Instance>(unknownInstance);
  const [connection, setConnection] = useState<Connection>('connecting');
  const [filter, setFilter] = useState<Filter>(allCalls);
  const store = useMemo(() => new CallStore(), []);
  const version = useVersion(store);
  const { map, problem, refresh } = useMap(source);

  useEffect(() => {
    const onMove = () => setPlace(readPlace());
    addEventListener('hashchange', onMove);
    return () => removeEventListener('hashchange', onMove);
  }, []);
  useEffect(() => {
    let known = '';
    source.open((event) => {
      if (event.type === 'hello') {
        // Another instance has another trace.
        if (known !== '' && known !== event.instance.instanceId) store.clear();
        known = event.instance.instanceId;
        setInstance(event.instance);
        refresh();
      } else if (event.type === 'earlier') {
        store.begin(event.earlier);
      } else {
        store.add(event.calls);
        if (event.calls.some((call) => isManagement(call))) refresh();
      }
    }, setConnection);
  }, [source]);

  const names = useMemo(() => namesOf(instance), [instance]);
  const { view, rest } = place;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      <header class="top">
        <span class="brand">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <rect width="32" height="32" rx="7" />
            <path d="M6 16h18m-7-7 7 7-7 7" />
          </svg>
          Local AWS
        </span>
        <nav aria-label="Views">
          {views.map(([name, label]) => (
            <a key={name} href={`#/${name}`} aria-current={name === view ? 'page' : undefined}>
              {label}
            </a>
          ))}
        </nav>
        <span class="top-side">
          <Status connection={connection} savedAt={source.savedAt} />
          {source.live !== undefined && <SaveButton save={source.live.save} />}
          <ThemeButton />
        </span>
      </header>
      <main id="main" tabIndex={-1} class={`view-${view}`}>
        <h1 class="unseen">{views.find(([name]) => name === view)?.[1]}</h1>
        {connection === 'refused' && (
          <p class="banner">
            This page’s token is no longer valid. Open the console with the URL that local AWS printed at its
            start.
          </p>
        )}
        {source.omittedCalls !== undefined && source.omittedCalls > 0 && (
          <p class="banner">This page has the latest calls. {source.omittedCalls} older ones did not fit.</p>
        )}
        {instance.soft && (
          <p class="banner soft">Soft mode: calls that AWS would refuse are let through, and marked.</p>
        )}
        {view === 'map' && (
          <MapView
            map={map}
            problem={problem}
            version={version}
            names={names}
            source={source}
            roots={store.roots}
            earlier={store.earlier}
            openCalls={(title, requestIds) => {
              setFilter({ ...allCalls, only: { title, requestIds } });
              location.hash = `#/calls/${[...requestIds].at(-1)}`;
            }}
          />
        )}
        {view === 'calls' && (
          <CallsView
            store={store}
            version={version}
            source={source}
            names={names}
            filter={filter}
            setFilter={setFilter}
            selected={rest}
            open={(path) => {
              location.hash = `#/calls/${path}`;
            }}
          />
        )}
        {view === 'ask' && <AskView live={source.live} map={map} />}
      </main>
    </>
  );
}

/**
 * The first two accounts have letters, as in the project's own drawings: B calls and A is called, so A comes last. Any other account is its
 * ID.
 */
function namesOf({ accounts }: Instance): ReadonlyMap<string, string> {
  const named = accounts.map(({ accountId }, index) => [accountId, 'AB'[index] ?? accountId] as const);
  return new Map([...named.slice(1), ...named.slice(0, 1)]);
}

/** A number that grows with the store, at most once a frame. */
function useVersion(store: CallStore): number {
  const [version, setVersion] = useState(0);
  const isPending = useRef(false);
  useEffect(
    () =>
      store.subscribe(() => {
        if (isPending.current) return;
        isPending.current = true;
        // A page in the background gets no frames.
        setTimeout(() => {
          isPending.current = false;
          setVersion((before) => before + 1);
        }, 30);
      }),
    [store],
  );
  return version;
}

const REFRESH_MS = 400;

/** The map, read again after each change, and never twice at the same time. */
function useMap(source: Source) {
  const [state, setState] = useState<{ readonly map?: AccountMap; readonly problem?: string }>({});
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const isReading = useRef(false);
  const isWanted = useRef(false);
  const read = async () => {
    isReading.current = true;
    try {
      while (isWanted.current) {
        isWanted.current = false;
        setState({ map: await source.map() });
      }
    } catch (error) {
      setState((before) => ({ ...before, problem: error instanceof Error ? error.message : String(error) }));
    }
    isReading.current = false;
  };
  const refresh = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      isWanted.current = true;
      if (!isReading.current) void read();
    }, REFRESH_MS);
  };
  return { map: state.map, problem: state.problem, refresh };
}

const statuses: Readonly<Record<Exclude<Connection, 'recorded'>, string>> = {
  connecting: 'Connecting',
  live: 'Live',
  lost: 'Reconnecting',
  refused: 'Not admitted',
};

function Status({
  connection,
  savedAt,
}: {
  readonly connection: Connection;
  readonly savedAt: string | undefined;
}) {
  const text =
    connection === 'recorded'
      ? `Recorded ${savedAt === undefined ? '' : new Date(savedAt).toLocaleString()}`
      : statuses[connection];
  return (
    <span class={`status ${connection}`} role="status">
      {text}
    </span>
  );
}

function SaveButton({ save }: { save(): Promise<Blob> }) {
  const [problem, setProblem] = useState('');
  const onClick = async () => {
    try {
      const url = URL.createObjectURL(await save());
      const link = document.createElement('a');
      link.href = url;
      link.download = `local-aws-${new Date().toISOString().slice(0, 19).replace(/[:T]/g, '-')}.html`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
      setProblem('');
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      {problem !== '' && <span class="problem">{problem}</span>}
      <button type="button" class="small" onClick={onClick} title="One file with all calls, to share">
        <Icon name="save" /> Save
      </button>
    </>
  );
}

const themes = ['auto', 'light', 'dark'] as const;

function ThemeButton() {
  const [theme, setTheme] = useState<(typeof themes)[number]>(() => {
    const kept = remembered('theme');
    return themes.find((each) => each === kept) ?? 'auto';
  });
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    remember('theme', theme);
  }, [theme]);
  return (
    <label class="theme">
      <span class="unseen">Theme</span>
      <select value={theme} onChange={({ currentTarget }) => setTheme(currentTarget.value as typeof theme)}>
        <option value="auto">Auto</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  );
}

/** A page that was opened from disk may have no storage. */
function remembered(key: string): string | undefined {
  try {
    return localStorage.getItem(`local-aws-${key}`) ?? undefined;
  } catch {
    return undefined;
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(`local-aws-${key}`, value);
  } catch {
    // Then it is asked for again.
  }
}
