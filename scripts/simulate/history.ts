import { installVirtualTime, seededRandom } from '../lib/virtual-time.ts';
import { Api } from './api.ts';
import { installEdges, type Outgoing, TABLE_URL } from './edges.ts';
import type { Environment, Machine } from './environment.ts';
import { type CallerEvent, makeCaller, makeMessages, makeWhoami } from './functions.ts';
import { callerName, countExceptions, type Exception, invariants } from './invariants.ts';
import { type Ending, type Handler, LambdaFunction } from './lambda.ts';
import { Network, type Reply } from './network.ts';
import type { CallerInvocation } from './observed.ts';
import { Observer } from './observer.ts';
import type { Call, Fault, Plan } from './plan.ts';
import { deploymentsOf, firstStage } from './stage.ts';
import { Sts } from './sts.ts';
import { operationOf, Table } from './table.ts';

/** The result of a history. */
export interface History {
  /** The broken invariants, with the details. */
  readonly violations: readonly { readonly invariant: string; readonly what: string }[];
  /** Double executions that README allows. */
  readonly exceptions: Partial<Record<Exception, number>>;
  readonly counts: {
    readonly environments: number;
    readonly calls: number;
    readonly executions: number;
    /** The faults that struck. */
    readonly faults: number;
    readonly steps: number;
  };
}

/** Gets each step of a history. @param ms since the beginning */
export type Trace = (ms: number, who: string, what: string) => void;

/** {@link runHistory}, with the code of a variant. */
export type RunPlan = (plan: Plan, trace?: Trace) => Promise<History>;

const START = Date.UTC(2026, 0, 1, 12);
const MINUTE_MS = 60_000;
/** The time-outs of services/api and services/caller. */
const API_TIMEOUT_MS = 5_000;
const CALLER_TIMEOUT_MS = 20_000;
/**
 * Lambda repeats an asynchronous invocation that failed after a minute, and after another two.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
const REPEATED_AFTER_MS = [MINUTE_MS, 2 * MINUTE_MS];
/** The most by which the clock of an environment may be wrong when it starts, and be changed when it resumes. */
const API_CLOCK_STEP_MS = { start: 200, resume: 200 };
const CALLER_CLOCK_STEP_MS = { start: Number.POSITIVE_INFINITY, resume: 30_000 };

/** Runs a plan on a virtual clock, with the real code of the libraries. Two runs of a plan do the same. */
export async function runHistory(plan: Plan, trace?: Trace): Promise<History> {
  const time = installVirtualTime<Environment>(START, plan.seed);
  const random = seededRandom(plan.seed * 2);
  const observer = new Observer(time.now);
  const faults = countFaults(plan);
  const machine: Machine = {
    time,
    nextStep: faults.nextStep,
    trace: (who, what) => trace?.(time.now() - START, who, what),
  };
  const clockStep = (limit: number) => {
    const ms = Math.max(-limit, Math.min(limit, faults.nextClockStep()));
    if (ms !== 0) machine.trace('clock', `of the next environment: ${ms} ms`);
    return ms;
  };

  const stage = firstStage();
  const sts = new Sts(time.now, stage);
  const table = new Table(time.now);
  const tableName = () => (stage.apiRemembers ? `table-${stage.table}` : undefined);
  table.replace(tableName());

  const calls = new Map<number, Call>(plan.calls.map((call) => [call.message, call]));
  const failures = new Map<number, number>();
  const loadMessages = (environment: Environment): Handler => {
    const name = tableName();
    const remembers = name === undefined ? undefined : stage.table;
    return makeMessages({
      tableName: name,
      callOf: (message) => calls.get(message),
      begin: (message, requestId) => {
        observer.begins(requestId);
        const before = failures.get(message) ?? 0;
        failures.set(message, before + 1);
        return before < (calls.get(message)?.failures ?? 0);
      },
      execute: (message, requestId) => {
        const call = calls.get(message);
        const request = observer.requestOf(requestId);
        const principal = request && sts.sessionOf(request)?.principal;
        if (call === undefined || principal === undefined) return;
        if (!observer.executes(call, requestId, remembers, API_TIMEOUT_MS, principal)) return;
        machine.trace(environment.name, `executes message ${message} of ${requestId}`);
      },
    });
  };
  const makeFunction = (
    name: string,
    timeoutMs: number,
    load: (environment: Environment, credentials: ReturnType<Sts['credentialsOf']>) => Handler,
    maxClockStepMs: { readonly start: number; readonly resume: number },
  ) =>
    new LambdaFunction(
      {
        name,
        timeoutMs,
        load: (environment) => {
          const credentials = sts.credentialsOf(name, environment.name);
          const region = { AWS_LAMBDA_FUNCTION_NAME: name, AWS_REGION: 'eu-west-1' };
          Object.assign(process.env, credentials, region);
          return load(environment, credentials);
        },
        clockStep: (isStart) => clockStep(maxClockStepMs[isStart ? 'start' : 'resume']),
        random,
      },
      machine,
    );
  const messages = makeFunction('messages', API_TIMEOUT_MS, loadMessages, API_CLOCK_STEP_MS);
  const whoami = makeFunction('whoami', API_TIMEOUT_MS, makeWhoami, API_CLOCK_STEP_MS);
  const callers = ([0, 1] as const).map((caller) => {
    const name = callerName(caller);
    const load: Parameters<typeof makeFunction>[2] = (_environment, credentials) =>
      makeCaller(name, stage.caller, credentials, (text) => observer.text(text));
    return makeFunction(name, CALLER_TIMEOUT_MS, load, CALLER_CLOCK_STEP_MS);
  });

  const api = new Api({
    now: time.now,
    stage,
    sts,
    functions: { 'POST /messages': messages, 'GET /whoami': whoami },
    compresses: plan.seed % 3 === 0,
    observer,
  });
  const network = new Network(machine, plan.faults, { sts, api, table }, random);
  const carry = (outgoing: Outgoing, settle: (answer: Reply | Error) => void) => {
    const { from, url, method, headers, body, signal } = outgoing;
    if (url.startsWith(TABLE_URL)) {
      const onStored = observer.asksTable(from);
      network.send({ ...outgoing, link: 'table', shown: operationOf(outgoing), onStored }, settle);
    } else if (url.startsWith('https://sts.')) {
      const close = observer.asksSts(from);
      signal?.addEventListener('abort', close);
      network.send({ ...outgoing, link: 'sts', shown: 'AssumeRole' }, (answer) => {
        close();
        settle(answer);
      });
    } else {
      const shown = `${method} ${new URL(url).pathname} ${body}`.trim();
      const by = observer.sends(from, sts.sessionOf({ headers }));
      network.send({ ...outgoing, link: 'api', shown, by }, settle);
    }
  };

  const invoke = (
    call: Call,
    given: { id?: string; on?: Environment; afterFaults?: boolean } = {},
    run = 0,
  ): void => {
    const caller = callers[call.caller];
    if (caller === undefined) return;
    const invocation = caller.invoke(
      eventOf(call),
      (ended) => {
        const { environment, id, deadline, stalledBefore } = invocation;
        const ending = readEnding(ended);
        if (ending.type === 'threw') observer.text(`${ending.error} ${JSON.stringify(ending.error)}`);
        machine.trace(environment.name, `ends ${id}: ${describeEnding(ending)}`);
        observer.callerEnded({
          call,
          id,
          run,
          environment: environment.name,
          deadline,
          sent: countSent(),
          endedAt: time.now(),
          stalled: environment.stalledMs > stalledBefore,
          ending,
          afterFaults: given.afterFaults ?? false,
        });
        const again = REPEATED_AFTER_MS[run];
        if (!call.asynchronous || ending.type === 'returned' || again === undefined) return;
        time.at(time.now() + again, () => invoke(call, { id }, run + 1));
      },
      given,
    );
    const countSent = observer.callerInvoked(invocation, run);
    const key = call.key === undefined ? '' : ` with ${call.key}`;
    const what = `${invocation.id} for ${call.method} message ${call.message}${key}`;
    machine.trace(invocation.environment.name, `is invoked: ${what}`);
  };

  const uninstall = installEdges({
    environment: () => time.host,
    carry,
    turn: (work) => time.at(time.host?.now() ?? time.now(), work, time.host),
    log: (text) => observer.text(text),
  });
  try {
    for (const call of plan.calls) time.at(START + call.at, () => invoke(call));
    for (const { at, service, what, apply } of plan.changes.flatMap(deploymentsOf)) {
      time.at(START + at, () => {
        machine.trace('deployment', `${service}, ${what}`);
        const before = tableName();
        apply(stage);
        if (tableName() !== before) table.replace(tableName());
        for (const one of service === 'api' ? [messages, whoami] : callers) one.replaceEnvironments();
      });
    }
    const last = Math.max(...[...plan.calls, ...plan.changes].map(({ at }) => at));
    await time.runUntil(START + last + 10 * MINUTE_MS);

    machine.trace('simulator', 'ends all faults');
    faults.end();
    network.quiet = true;
    // Until then, all sessions of roles expire.
    const end = time.now() + 120 * MINUTE_MS;
    const environments = callers.flatMap((caller, index) =>
      caller.environments.map((on) => ({ on, caller: index as 0 | 1 })),
    );
    for (const [index, { on, caller }] of environments.entries()) {
      const call = { ...LAST_CALL, caller, message: 1_000 + index };
      calls.set(call.message, call);
      time.at(end, () => invoke(call, { on, afterFaults: true }));
    }
    await time.runUntil(end + 10 * MINUTE_MS);
  } finally {
    uninstall();
    time.uninstall();
  }
  const { observed } = observer;
  return {
    violations: Object.entries(invariants).flatMap(([invariant, check]) =>
      check(observed).map((what) => ({ invariant, what })),
    ),
    exceptions: countExceptions(observed),
    counts: {
      environments: [...callers, messages, whoami].reduce((sum, { started }) => sum + started, 0),
      calls: observed.invocations.length,
      executions: observed.executions.length,
      faults: network.struck + faults.struck(),
      steps: faults.steps(),
    },
  };
}

const LAST_CALL = { at: 0, method: 'POST', asynchronous: false, workMs: [1, 1], failures: 0 } as const;

/** Counts steps and resumptions, and finds the faults of environments and their clocks. */
function countFaults({ faults }: Plan) {
  const seen = { step: 0, resume: 0 };
  let struck = 0;
  let isOver = false;
  const next = <On extends 'step' | 'resume'>(on: On) => {
    const nth = seen[on];
    seen[on] += 1;
    const isNext = (fault: Fault): fault is Extract<Fault, { on: On }> =>
      fault.on === on && fault.nth === nth;
    const fault = isOver ? undefined : faults.findLast(isNext);
    if (fault !== undefined) struck += 1;
    return fault;
  };
  return {
    nextStep: () => next('step')?.effect,
    nextClockStep: () => next('resume')?.clockMs ?? 0,
    end: () => {
      isOver = true;
    },
    steps: () => seen.step,
    struck: () => struck,
  };
}

function eventOf({ method, message, key }: Call): CallerEvent {
  return method === 'GET'
    ? { operation: 'whoami' }
    : { operation: 'sendMessage', input: { body: { message } }, key };
}

function readEnding(ending: Ending): CallerInvocation['ending'] {
  if (ending.type !== 'threw') return ending as CallerInvocation['ending'];
  return {
    type: 'threw',
    error: ending.error instanceof Error ? ending.error : new Error(String(ending.error)),
  };
}

function describeEnding(ending: CallerInvocation['ending']): string {
  if (ending.type === 'died') return 'the environment died';
  if (ending.type === 'threw') return ending.error.message.split('\n', 1)[0] ?? '';
  const { status, body, attempts } = ending.value;
  return `${status}, executed by ${body.requestId}, attempts: ${attempts}`;
}
