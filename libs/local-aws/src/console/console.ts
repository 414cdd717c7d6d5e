import {
  answerQuestion,
  leastPrivilege,
  type PolicyReader,
  UnknownPrincipalError,
} from '@cross-account-api/iam/explanation';
import * as v from 'valibot';
import { signedPost } from '../authentication/sign-request.ts';
import { isSameSecret } from '../authentication/signing.ts';
import type { Clock } from '../core/clock.ts';
import { describeIssue } from '../core/describe-issue.ts';
import { parseJson } from '../core/parse-json.ts';
import { pauser } from '../core/pauser.ts';
import {
  type AwsRequest,
  type AwsResponse,
  header,
  type Severed,
  type StreamedResponse,
} from '../core/request.ts';
import { sharedRead } from '../core/shared-read.ts';
import { type FaultInjector, FaultPlanError } from '../faults/index.ts';
import type { Directory } from '../identity/directory.ts';
import type { OwnAnswer } from '../network/context.ts';
import type { Deployed } from '../services/index.ts';
import { parseFunctionArn } from '../services/lambda/functions/function-name.ts';
import { recordOf, type TraceRecord } from '../trace/record.ts';
import type { Trace } from '../trace/store.ts';
import { type EarlierCalls, Tally } from '../trace/tally.ts';
import { arrowExplainer, drawMap, type MapSources } from './account-map.ts';
import { loadAssets } from './assets.ts';
import { explainer } from './call-details.ts';
import { explainDecision, type TextOptions } from './explained-decision.ts';
import type { ConsoleAnswer, Instance, InvocationAnswer, StreamEvent } from './model.ts';
import { PAGE_HEADERS, savedPage, servedPage } from './page.ts';

/** The path of the console's page. All requests of the page are below it. */
export const CONSOLE_PATH = '/_local-aws/console';

/** The data that the console shows, and the actions that it may take. */
export interface ConsoleOptions {
  /** The token that requests for data must send as `Authorization: Bearer <token>`. */
  readonly token: string;
  readonly instance: () => Instance;
  readonly trace: Trace;
  readonly directory: Directory;
  readonly deployed: Deployed;
  readonly reader: PolicyReader;
  readonly faults: FaultInjector;
  readonly clock: Clock;
  /** The time by which clients sign. Default: `clock` */
  readonly clientClock?: Clock;
  readonly texts: TextOptions;
  /** Answers a request as local AWS answers every client. */
  handle(request: AwsRequest): Promise<AwsResponse | Severed>;
}

/** The console of one local AWS. */
export interface Console {
  /** Answers requests for {@link CONSOLE_PATH} and below it; `undefined` for any other path. */
  answer(request: AwsRequest): OwnAnswer | Promise<OwnAnswer>;
  /** One file with the calls so far, which needs no local AWS. */
  save(): Promise<string>;
}

/**
 * Makes the console. Everyone may see its page. All data needs the token, which a page of another origin cannot know.
 * A request that changes something must also come from the console's page.
 */
export function createConsole(options: ConsoleOptions): Console {
  const { token, trace, directory, deployed, reader, faults, clock, texts, instance } = options;
  const { clientClock = clock } = options;
  const mapSources = (): MapSources => ({
    directory,
    deployed,
    reader,
    clock,
    texts,
    accounts: instance().accounts,
  });
  const drawnMap = sharedRead(() => drawMap(mapSources()));
  const roles = sharedRead(() =>
    leastPrivilege(recordsOf(trace), reader, clock.now(), pauser(DECISIONS_A_TURN)),
  );

  const save = async () => {
    const map = await drawnMap();
    const explainArrow = await arrowExplainer(mapSources());
    const events = [...trace.events()];
    const explainCall = explainer(events, texts);
    // The latest first: the oldest are left out if the page becomes too large.
    const calls = await jsonOfEach(events.toReversed(), MOST_BYTES_OF_CALLS, explainCall);
    const earlier = new Tally<TraceRecord>();
    earlier.addAll(earlierOf(trace));
    for (const event of events.slice(0, events.length - calls.length)) earlier.add(recordOf(event));
    const arrows = await jsonOfEach(map.arrows, MOST_BYTES_OF_ARROWS, explainArrow);
    const facts = {
      savedAt: clock.now().toISOString(),
      instance: instance(),
      map,
      roles: await roles(),
      omittedCalls: events.length - calls.length,
      earlier: earlier.report(),
    };
    return savedPage(await loadAssets(), facts, { calls: calls.toReversed(), arrows });
  };

  const ask = async (request: AwsRequest): Promise<AwsResponse> => {
    const { principal, action, resource, context } = read(questionSchema, request);
    const asked = { principal, action, resource, region: instance().region };
    const circumstances = { context, sessionPolicies: [], now: clock.now() };
    try {
      const { decision, remedies, notes } = await answerQuestion(asked, reader, circumstances);
      const answer: ConsoleAnswer = { ...explainDecision(decision, remedies, texts), notes };
      return json(200, answer);
    } catch (error) {
      if (error instanceof UnknownPrincipalError || error instanceof TypeError) {
        throw new Refused(400, error.message);
      }
      throw error;
    }
  };

  const invoke = async (request: AwsRequest): Promise<AwsResponse> => {
    const asked = read(invocationSchema, request);
    const target = deployed.functions.all().find((one) => {
      const { accountId, region, name } = one;
      return asked.functionArn === `arn:aws:lambda:${region}:${accountId}:function:${name}`;
    });
    if (target === undefined)
      throw new Refused(404, `There is no function ${asked.functionArn.slice(0, 200)}.`);
    const { accountId, region, name } = parseFunctionArn(asked.functionArn);
    const signed = signedPost(
      {
        host: request.host,
        rawPath: `/2015-03-31/functions/${name}/invocations`,
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(asked.event),
      },
      directory.administrator(accountId),
      { region, service: 'lambda' },
      clientClock.now(),
    );
    return json(200, invocationAnswer(signed.requestId, await options.handle(signed)));
  };

  const changeFaults = (request: AwsRequest): AwsResponse => {
    try {
      if (request.method === 'PUT') faults.set(read(v.unknown(), request));
      if (request.method === 'DELETE') faults.clear();
    } catch (error) {
      if (error instanceof FaultPlanError) throw new Refused(400, error.message);
      throw error;
    }
    return json(200, faults.report());
  };

  const answer = async (request: AwsRequest): Promise<OwnAnswer> => {
    const path = request.rawPath.slice(CONSOLE_PATH.length);
    const asset = await publicAnswer(path, request.method);
    if (asset !== undefined) return asset;
    authorize(request, token);
    const [, id] = /^\/calls\/([\w-]{1,100})$/.exec(path) ?? [];
    switch (`${request.method} ${id === undefined ? path : '/calls'}`) {
      case 'GET /events':
        return streamOf(trace, instance);
      case 'GET /map':
        return json(200, await drawnMap());
      case 'POST /arrow': {
        const ends = read(endsSchema, request);
        const explained = await (await arrowExplainer(mapSources()))(ends);
        if (explained === undefined) throw new Refused(404, 'One end of this arrow was deleted meanwhile.');
        return json(200, explained);
      }
      case 'GET /roles':
        return json(200, await roles());
      case 'GET /calls': {
        const event = id === undefined ? undefined : trace.find(id);
        if (event === undefined)
          throw new Refused(404, `The trace has no request ${id}. It holds the latest calls.`);
        return json(200, explainer(trace.events(), texts)(event));
      }
      case 'GET /page':
        return respond(200, 'text/html; charset=utf-8', await save());
      case 'POST /ask':
        return ask(request);
      case 'POST /invoke':
        return invoke(request);
      case 'GET /faults':
      case 'PUT /faults':
      case 'DELETE /faults':
        return changeFaults(request);
      default:
        throw new Refused(404, `The console has no ${request.method} ${request.rawPath.slice(0, 200)}.`);
    }
  };

  return {
    save,
    answer(request) {
      const { rawPath } = request;
      if (rawPath !== CONSOLE_PATH && !rawPath.startsWith(`${CONSOLE_PATH}/`)) return undefined;
      return answer(request).catch((error: unknown) => {
        if (error instanceof Refused) return json(error.status, { message: error.message });
        throw error;
      });
    },
  };
}

/** The records of calls, each made when it is read. Of earlier calls that were alike, one stands for all. */
function* recordsOf(trace: Trace): Generator<TraceRecord & { readonly times?: number }> {
  for (const { latest, times } of trace.earlier().calls) yield { ...recordOf(latest), times };
  for (const event of trace.events()) yield recordOf(event);
}

function earlierOf(trace: Trace): EarlierCalls<TraceRecord> {
  const { calls, ...rest } = trace.earlier();
  return { ...rest, calls: calls.map(({ latest, times }) => ({ latest: recordOf(latest), times })) };
}

/** A refusal of the console. */
class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function publicAnswer(path: string, method: string): Promise<AwsResponse | undefined> {
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  if (path === '' || path === '/') return respond(200, 'text/html; charset=utf-8', servedPage(CONSOLE_PATH));
  if (path === '/client.js')
    return respond(200, 'text/javascript; charset=utf-8', (await loadAssets()).script);
  if (path === '/client.css') return respond(200, 'text/css; charset=utf-8', (await loadAssets()).style);
  return undefined;
}

/** @throws Refused */
function authorize(request: AwsRequest, token: string): void {
  if (!isSameSecret(header(request, 'authorization') ?? '', `Bearer ${token}`)) {
    throw new Refused(
      401,
      'Open the console with the URL that local AWS prints: it holds the token for this start.',
    );
  }
  // A browser sends Origin with each request that may change something, and with each of another origin.
  const origin = header(request, 'origin');
  const isOwn = origin === `http://${request.host}`;
  if (request.method !== 'GET' ? !isOwn : origin !== undefined && !isOwn) {
    throw new Refused(403, 'Only the page of the console may use this.');
  }
}

const text = (most: number) => v.pipe(v.string(), v.maxLength(most));
const questionSchema = v.strictObject({
  principal: text(2_048),
  action: v.pipe(
    v.string(),
    v.regex(
      /^[a-z0-9-]{1,60}:[A-Za-z0-9]{1,100}$/,
      'must be an action without wildcards, e.g. execute-api:Invoke',
    ),
  ),
  resource: v.pipe(
    v.string(),
    v.maxLength(2_048),
    v.regex(/^(\*|([^:]*:){5}.*)$/, 'must be an ARN (arn:aws:service:region:account:…), or *'),
  ),
  context: v.optional(v.record(text(200), v.union([text(2_048), v.array(text(2_048))])), {}),
});
const endsSchema = v.strictObject({ from: text(2_048), to: text(2_048) });
const invocationSchema = v.strictObject({ functionArn: text(300), event: text(6_291_456) });

/** @throws Refused if the body does not match the schema */
function read<Schema extends v.GenericSchema>(schema: Schema, request: AwsRequest): v.InferOutput<Schema> {
  if (!/^application\/json\s*(;|$)/i.test(header(request, 'content-type') ?? '')) {
    throw new Refused(415, 'Send the document as Content-Type: application/json.');
  }
  const document = parseJson(request.body.toString('utf8'));
  if (document === undefined) throw new Refused(400, 'The document is not JSON.');
  const result = v.safeParse(schema, document);
  if (result.success) return result.output;
  throw new Refused(400, `${result.issues.map((issue) => describeIssue(issue)).join('; ')}.`);
}

/** Bytes of a saved page, for calls and for arrows. A browser opens a page of this size. */
const MOST_BYTES_OF_CALLS = 64 * 1024 * 1024;
const MOST_BYTES_OF_ARROWS = 8 * 1024 * 1024;
/** Decisions that are made again before other requests are answered. */
const DECISIONS_A_TURN = 20;
/** Documents that are written before other requests are answered. */
const DOCUMENTS_A_TURN = 20;

/** A JSON document for each value, in order, as many as fit into `mostBytes`. */
async function jsonOfEach<Value>(
  values: readonly Value[],
  mostBytes: number,
  documentOf: (value: Value) => object | undefined | Promise<object | undefined>,
): Promise<string[]> {
  const pause = pauser(DOCUMENTS_A_TURN);
  const documents: string[] = [];
  let bytes = 0;
  for (const value of values) {
    await pause();
    const document = JSON.stringify((await documentOf(value)) ?? null);
    bytes += Buffer.byteLength(document);
    if (bytes > mostBytes) break;
    documents.push(document);
  }
  return documents;
}

/** The most calls in a line of the stream. */
const BATCH = 200;

/** All earlier calls, then each new one when it is answered. A line is a JSON document. */
function streamOf(trace: Trace, instance: () => Instance): StreamedResponse {
  return {
    status: 200,
    headers: { 'Content-Type': 'application/x-ndjson', 'Cache-Control': 'no-store', ...PAGE_HEADERS },
    stream(send) {
      const say = (event: StreamEvent) => send(`${JSON.stringify(event)}\n`);
      const hello = () => say({ type: 'hello', instance: instance() });
      hello();
      const earlier = earlierOf(trace);
      if (earlier.since !== undefined) say({ type: 'earlier', earlier });
      const events = trace.events();
      for (let start = 0; start < events.length; start += BATCH) {
        say({ type: 'calls', calls: events.slice(start, start + BATCH).map(recordOf) });
      }
      return trace.subscribe((event) => say({ type: 'calls', calls: [recordOf(event)] }), hello);
    },
  };
}

function invocationAnswer(requestId: string, response: AwsResponse | Severed): InvocationAnswer {
  if ('severed' in response) {
    return { status: 0, requestId, payload: 'The connection was dropped without an answer.' };
  }
  const { status, headers, body } = response;
  const [, functionError] =
    Object.entries(headers).find(([name]) => name.toLowerCase() === 'x-amz-function-error') ?? [];
  const payload = typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
  return {
    status,
    requestId,
    payload,
    ...(functionError !== undefined && { functionError: String(functionError) }),
  };
}

function json(status: number, document: object): AwsResponse {
  return respond(status, 'application/json', JSON.stringify(document));
}

function respond(status: number, type: string, body: string): AwsResponse {
  return { status, headers: { 'Content-Type': type, 'Cache-Control': 'no-store', ...PAGE_HEADERS }, body };
}
