import type { RoleUse } from '@cross-account-api/iam/explanation';
import type {
  AccountMap,
  ArrowEnds,
  CallDetails,
  ConsoleAnswer,
  ExplainedDecision,
  Faults,
  Instance,
  InvocationAnswer,
  Recording,
  StreamEvent,
} from '../model.ts';

/** The state of the connection. */
export type Connection = 'connecting' | 'live' | 'lost' | 'refused' | 'recorded';

/** The source of the views' data: a running local AWS, or a saved page. */
export interface Source {
  /** Absent for a running local AWS. */
  readonly savedAt?: string;
  /** The number of older calls that a saved page does not have. */
  readonly omittedCalls?: number;
  map(): Promise<AccountMap>;
  /** The decision behind an arrow of the map. */
  arrow(ends: ArrowEnds): Promise<ExplainedDecision>;
  /** The permissions of each role that the calls used. */
  roles(): Promise<readonly RoleUse[]>;
  details(requestId: string): Promise<CallDetails>;
  /** Features that need a running local AWS. */
  readonly live?: LiveSource;
  /** Starts to receive calls. */
  open(receive: (event: StreamEvent) => void, connection: (state: Connection) => void): void;
}

/** The requests that the console may send to a running local AWS. */
export interface LiveSource {
  ask(question: object): Promise<ConsoleAnswer>;
  invoke(functionArn: string, event: string): Promise<InvocationAnswer>;
  faults(plan?: object | 'clear'): Promise<Faults>;
  /** One file with the calls so far. */
  save(): Promise<Blob>;
}

/** Local AWS has refused a request of the console. */
export class RequestFailed extends Error {}

const RETRY_MS = 1_000;

/** A running local AWS. */
export function liveSource(base: string, token: string): Source {
  const call = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(init.body != null && { 'content-type': 'application/json' }),
    };
    const response = await fetch(`${base}${path}`, { ...init, headers }).catch(() => {
      throw new RequestFailed('Local AWS does not answer. Start it again.');
    });
    if (response.ok) return response;
    const document: unknown = await response.json().catch(() => undefined);
    const message =
      document instanceof Object && 'message' in document ? String(document.message) : response.statusText;
    throw new RequestFailed(message);
  };
  const json = async <Result>(path: string, init?: RequestInit): Promise<Result> =>
    (await call(path, init)).json();
  const post = <Result>(path: string, document: object) =>
    json<Result>(path, { method: 'POST', body: JSON.stringify(document) });
  return {
    map: () => json('/map'),
    arrow: ({ from, to }) => post('/arrow', { from, to }),
    roles: () => json('/roles'),
    details: (requestId) => json(`/calls/${encodeURIComponent(requestId)}`),
    live: {
      ask: (question) => post('/ask', question),
      invoke: (functionArn, event) => post('/invoke', { functionArn, event }),
      faults: (plan) => {
        if (plan === undefined) return json('/faults');
        if (plan === 'clear') return json('/faults', { method: 'DELETE' });
        return json('/faults', { method: 'PUT', body: JSON.stringify(plan) });
      },
      save: async () => (await call('/page')).blob(),
    },
    open(receive, connection) {
      const connect = async (): Promise<void> => {
        const response = await fetch(`${base}/events`, { headers: { authorization: `Bearer ${token}` } });
        if (response.status === 401) return connection('refused');
        if (!response.ok || response.body === null) throw new RequestFailed(response.statusText);
        connection('live');
        for await (const line of linesOf(response.body)) receive(JSON.parse(line) as StreamEvent);
        throw new RequestFailed('The stream has ended.');
      };
      const keepConnected = (): void => {
        connect().catch(() => {
          connection('lost');
          setTimeout(keepConnected, RETRY_MS);
        });
      };
      connection('connecting');
      keepConnected();
    },
  };
}

/** The lines of a body, as they arrive. */
async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

/** The calls of a saved page. */
export function recordedSource(recording: Recording): Source {
  const { savedAt, instance, map, roles, calls, arrows, omittedCalls, earlier } = recording;
  const details = new Map(calls.map((each) => [each.event.requestId, each]));
  return {
    savedAt,
    omittedCalls,
    map: async () => map,
    async arrow({ from, to }) {
      const place = map.arrows.findIndex((one) => one.from === from && one.to === to);
      const found = arrows[place];
      if (found != null) return found;
      throw new RequestFailed('The saved page has no more about this arrow. Local AWS shows it.');
    },
    roles: async () => roles,
    async details(requestId) {
      const found = details.get(requestId);
      if (found === undefined) throw new RequestFailed('The page has no details of this call.');
      return found;
    },
    open(receive, connection) {
      connection('recorded');
      receive({ type: 'hello', instance });
      receive({ type: 'earlier', earlier });
      receive({ type: 'calls', calls: calls.map(({ event }) => event) });
    },
  };
}

/** The instance before local AWS has sent its facts. */
export const unknownInstance: Instance = { instanceId: '', url: '', region: '', accounts: [], soft: false };
