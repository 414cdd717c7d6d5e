import { useEffect, useState } from 'preact/hooks';
import type { AccountMap, ConsoleAnswer, Faults, InvocationAnswer } from '../model.ts';
import { DecisionView, RemedyView } from './decision.tsx';
import { Json, OutcomeMark } from './parts.tsx';
import { sampleEvents } from './sample-events.ts';
import type { LiveSource } from './source.ts';

/** Asks, invokes, and lets calls fail. */
export function AskView({
  live,
  map,
}: {
  readonly live: LiveSource | undefined;
  readonly map: AccountMap | undefined;
}) {
  if (live === undefined) {
    return (
      <div class="empty">
        <p>This page is a recording: it answers nothing new. Start local AWS, and open its console.</p>
      </div>
    );
  }
  return (
    <div class="ask">
      <QuestionForm live={live} map={map} />
      <InvokeForm live={live} map={map} />
      <FaultForm live={live} />
    </div>
  );
}

/** Runs one request at a time, and keeps its result. */
function useRequest<Result>() {
  const [state, setState] = useState<{
    readonly isBusy: boolean;
    readonly result?: Result;
    readonly problem?: string;
  }>({ isBusy: false });
  const run = async (work: () => Promise<Result>) => {
    setState((before) => ({ ...before, isBusy: true }));
    try {
      setState({ isBusy: false, result: await work() });
    } catch (error) {
      setState({ isBusy: false, problem: error instanceof Error ? error.message : String(error) });
    }
  };
  return { ...state, run };
}

const actions = [
  'sts:AssumeRole',
  'execute-api:Invoke',
  'lambda:InvokeFunction',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  's3:GetObject',
  'logs:PutLogEvents',
];

function QuestionForm({ live, map }: { readonly live: LiveSource; readonly map: AccountMap | undefined }) {
  const { run, isBusy, result, problem } = useRequest<ConsoleAnswer>();
  const [context, setContext] = useState('');
  const [question, setQuestion] = useState({ principal: '', action: '', resource: '' });
  const field = (name: keyof typeof question, label: string, hint: string) => (
    <label>
      <span>{label}</span>
      <input
        required
        spellcheck={false}
        autocomplete="off"
        list={`list-${name}`}
        placeholder={hint}
        value={question[name]}
        onInput={({ currentTarget }) => setQuestion({ ...question, [name]: currentTarget.value.trim() })}
      />
    </label>
  );
  const nodes = map?.nodes ?? [];
  return (
    <section class="panel" aria-labelledby="ask-title">
      <h2 id="ask-title">Is it allowed?</h2>
      <p class="quiet">Decided by the policies that are deployed now. Nothing is called.</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void run(async () => live.ask({ ...question, context: readContext(context) }));
        }}
      >
        {field('principal', 'Principal', 'arn:aws:iam::222222222222:role/…')}
        {field('action', 'Action', 'execute-api:Invoke')}
        {field('resource', 'Resource', 'arn:aws:execute-api:…')}
        <label>
          <span>Condition keys, one per line</span>
          <textarea
            rows={2}
            spellcheck={false}
            placeholder="sts:ExternalId=…"
            value={context}
            onInput={({ currentTarget }) => setContext(currentTarget.value)}
          />
        </label>
        <datalist id="list-principal">
          {nodes
            .filter(({ kind }) => kind === 'role' || kind === 'user')
            .map(({ id }) => (
              <option key={id} value={id} />
            ))}
        </datalist>
        <datalist id="list-action">
          {actions.map((action) => (
            <option key={action} value={action} />
          ))}
        </datalist>
        <datalist id="list-resource">
          {nodes
            .filter(({ kind }) => kind !== 'user')
            .map(({ id }) => (
              <option key={id} value={id} />
            ))}
        </datalist>
        <button type="submit" class="primary" disabled={isBusy}>
          Ask
        </button>
      </form>
      <div aria-live="polite">
        {problem !== undefined && <p class="problem">{problem}</p>}
        {result !== undefined && (
          <>
            <DecisionView decision={result.decision} verdict={result.verdict} />
            <RemedyView remedies={result.remedies} noRemedy={result.noRemedy} />
            {result.notes.map((note) => (
              <p key={note} class="quiet">
                Note: {note}
              </p>
            ))}
          </>
        )}
      </div>
    </section>
  );
}

/** @throws {Error} that names the line */
function readContext(text: string): Record<string, string | string[]> {
  const values: Record<string, string | string[]> = {};
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '') continue;
    const [, key, value] = /^([^=\s]+:[^=]+)=(.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) {
      throw new Error(`"${line}" must be key=value, e.g. sts:ExternalId=abc.`);
    }
    const known = values[key];
    values[key] = known === undefined ? value : [known, value].flat();
  }
  return values;
}

function InvokeForm({ live, map }: { readonly live: LiveSource; readonly map: AccountMap | undefined }) {
  const { run, isBusy, result, problem } = useRequest<InvocationAnswer>();
  const functions = (map?.nodes ?? []).filter(({ kind }) => kind === 'function');
  const routed = new Set(
    (map?.arrows ?? []).filter(({ from }) => from.includes(':execute-api:')).map(({ to }) => to),
  );
  // Calls begin at a function that no route invokes.
  const usual = functions.find(({ id }) => !routed.has(id)) ?? functions[0];
  const [chosen, setChosen] = useState('');
  const [event, setEvent] = useState('{}');
  const functionArn = chosen || (usual?.id ?? '');
  const samples = sampleEvents(functionArn);
  const failed = result !== undefined && (result.status !== 200 || result.functionError !== undefined);
  return (
    <section class="panel" aria-labelledby="invoke-title">
      <h2 id="invoke-title">Invoke</h2>
      <p class="quiet">As the account’s administrator, like any client. The call appears under Calls.</p>
      <form
        onSubmit={(submitted) => {
          submitted.preventDefault();
          void run(async () => {
            try {
              JSON.parse(event);
            } catch (error) {
              throw new Error(`The event is not JSON: ${error instanceof Error ? error.message : error}`);
            }
            return live.invoke(functionArn, event);
          });
        }}
      >
        <label>
          <span>Function</span>
          <select value={functionArn} onChange={({ currentTarget }) => setChosen(currentTarget.value)}>
            {functions.map(({ id, name, accountId }) => (
              <option key={id} value={id}>
                {name} ({accountId})
              </option>
            ))}
          </select>
        </label>
        <label>
          <span>Sample</span>
          <select
            value=""
            onChange={({ currentTarget }) => {
              const sample = samples.find(({ name }) => name === currentTarget.value);
              if (sample !== undefined) setEvent(JSON.stringify(sample.event, null, 2));
              // It is an action: the same one can be chosen again.
              currentTarget.value = '';
            }}
          >
            <option value="">Fill in the event of …</option>
            {samples.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span>Event</span>
          <textarea
            rows={event.includes('\n') ? 14 : 5}
            class="mono"
            spellcheck={false}
            value={event}
            onInput={({ currentTarget }) => setEvent(currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary" disabled={isBusy || functionArn === ''}>
          {isBusy ? 'Running…' : 'Invoke'}
        </button>
      </form>
      <div aria-live="polite">
        {problem !== undefined && <p class="problem">{problem}</p>}
        {result !== undefined && (
          <>
            <p class="verdict">
              <OutcomeMark mark={failed ? 'failed' : 'allowed'} />
              <strong>{failed ? (result.functionError ?? `Status ${result.status}`) : 'Succeeded'}</strong>
              <a href={`#/calls/${result.requestId}`}>Show the call</a>
            </p>
            <Json value={pretty(result.payload)} />
          </>
        )}
      </div>
    </section>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

const once = (name: string, match: object, effect: object) => ({
  rules: [{ name, match, times: 1, effect }],
});
const presets: readonly (readonly [label: string, plan: object])[] = [
  ['STS throttles once', once('STS throttles', { service: 'sts' }, { type: 'throttle' })],
  [
    'The API answers 500 once',
    once('API fails', { service: 'execute-api' }, { type: 'error', status: 500, code: 'InternalFailure' }),
  ],
  [
    'The API drops the connection once',
    once('API drops', { service: 'execute-api' }, { type: 'drop-before' }),
  ],
  [
    'The API takes 3 seconds more once',
    once('API is slow', { service: 'execute-api' }, { type: 'delay', ms: 3000 }),
  ],
  [
    'The session is revoked once',
    once('session revoked', { service: 'execute-api' }, { type: 'revoke-session' }),
  ],
  [
    'The clock is an hour ahead once',
    once('clock skewed', { service: 'execute-api' }, { type: 'skew', seconds: 3600 }),
  ],
];

function FaultForm({ live }: { readonly live: LiveSource }) {
  const { run, isBusy, result, problem } = useRequest<Faults>();
  const [text, setText] = useState('');
  useEffect(() => {
    void run(() => live.faults());
  }, [live]);
  const set = (plan: object | 'clear') => run(() => live.faults(plan));
  const rules = result?.rules ?? [];
  return (
    <section class="panel" aria-labelledby="fault-title">
      <h2 id="fault-title">Let calls fail</h2>
      <p class="quiet">Inject a fault, invoke a function, and see under Calls how it reacts.</p>
      <div class="presets">
        {presets.map(([label, plan]) => (
          <button
            key={label}
            type="button"
            disabled={isBusy}
            onClick={() => {
              setText(JSON.stringify(plan, null, 2));
              void set(plan);
            }}
          >
            {label}
          </button>
        ))}
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void run(async () => live.faults(JSON.parse(text) as object));
        }}
      >
        <label>
          <span>Fault plan</span>
          <textarea
            rows={6}
            class="mono"
            spellcheck={false}
            value={text}
            placeholder='{ "rules": [ … ] }'
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
        </label>
        <div class="buttons">
          <button type="submit" class="primary" disabled={isBusy || text.trim() === ''}>
            Set the plan
          </button>
          <button type="button" disabled={isBusy} onClick={() => set('clear')}>
            End all faults
          </button>
          <button type="button" disabled={isBusy} onClick={() => run(() => live.faults())}>
            Refresh
          </button>
        </div>
      </form>
      <div aria-live="polite">
        {problem !== undefined && <p class="problem">{problem}</p>}
        {result !== undefined &&
          (rules.length === 0 ? (
            <p class="quiet">No faults are injected.</p>
          ) : (
            <table class="rules">
              <caption>In force</caption>
              <thead>
                <tr>
                  <th scope="col">Rule</th>
                  <th scope="col">Matched</th>
                  <th scope="col">Struck</th>
                </tr>
              </thead>
              <tbody>
                {rules.map(({ rule, seen, struck }) => (
                  <tr key={rule}>
                    <th scope="row">{rule}</th>
                    <td>{seen}</td>
                    <td>{struck}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          ))}
      </div>
    </section>
  );
}
