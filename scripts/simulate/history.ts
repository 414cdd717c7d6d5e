import { installVirtualTime, seededRandom } from '../lib/virtual-time.ts';
import { ADDRESSES, Api } from './api.ts';
import { installEdges, type Outgoing, TABLE_URL } from './edges.ts';
import type { Machine, SimulatedEnvironment } from './environment.ts';
import { callerName, countExceptions, type Exception, invariants } from './invariants.ts';
import { currentInvocation, type Ending, LambdaFunction } from './lambda.ts';
import { Network, type Reply } from './network.ts';
import type { CallerInvocation, CallerResult } from './observed.ts';
import { Observer } from './observer.ts';
import type { Pair, Variables, World } from './pair.ts';
import type { Fault, HostEffect, Plan, PlannedCall } from './plan.ts';
import { deploymentsOf, firstStage } from './stage.ts';
import { invokeRole, Sts } from './sts.ts';
import { MESSAGES_TABLE, operationOf, Tables } from './tables.ts';

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
    /** The executions whose answer was lost, although the request had no key. */
    readonly lostUnkeyed: number;
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
/**
 * Lambda repeats an asynchronous invocation that failed after a minute, and after another two.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
const REPEATED_AFTER_MS = [MINUTE_MS, 2 * MINUTE_MS];
/** The most by which the clock of an environment may be wrong when it starts, and be changed when it resumes. */
const API_CLOCK_STEP_MS = { start: 200, resume: 200 };
const CALLER_CLOCK_STEP_MS = { start: Number.POSITIVE_INFINITY, resume: Number.POSITIVE_INFINITY };
/** A read that is not consistent is late by up to this time. */
const READ_LAG_MS = 1_000;
/** The most repeated calls after the last fault that show that a key is usable again. */
const MAX_REPEATED_KEYS = 3;

/** Runs a plan on a virtual clock, with the real code of a pair. Two runs of a plan do the same. */
export async function runHistory(pair: Pair, plan: Plan, trace?: Trace): Promise<History> {
  const time = installVirtualTime<SimulatedEnvironment>(START, plan.seed);
  const random = seededRandom(plan.seed * 2);
  const observer = new Observer(time.now, pair.caller.limits);
  const faults = countFaults(plan, (forMs) => observer.disturbed(time.now(), forMs));
  const machine: Machine = {
    time,
    nextInvocation: faults.nextInvocation,
    nextStep: faults.nextStep,
    trace: (who, what) => trace?.(time.now() - START, who, what),
  };
  const clockStep = (limit: number) => {
    const ms = Math.max(-limit, Math.min(limit, faults.nextClockStep()));
    if (ms !== 0) machine.trace('clock', `of the next environment: ${ms} ms`);
    return ms;
  };

  const { env } = process;
  const stage = firstStage(plan.remembersKeys);
  const sts = new Sts(time.now, stage);
  const tables = new Tables(time.now, () => READ_LAG_MS * random());
  const keysTable = () => (stage.apiRemembers ? `keys-${stage.table}` : undefined);
  tables.replaceKeys(keysTable());

  const calls = new Map<number, PlannedCall>(plan.calls.map((call) => [call.message, call]));
  const begun = new Map<number, number>();
  const world: World = {
    callOf: (message) => calls.get(message),
    failsNow: (message) => {
      observer.begins(currentInvocation.getStore());
      const before = begun.get(message) ?? 0;
      begun.set(message, before + 1);
      return before < (calls.get(message)?.failures ?? 0);
    },
  };
  const makeFunction = (
    name: string,
    side: SimulatedEnvironment['side'],
    { timeoutMs, load }: Pick<Pair['caller'], 'timeoutMs' | 'load'>,
    variables: () => Variables,
    remembersKeys: () => boolean,
  ) => {
    const maxClockStepMs = side === 'api' ? API_CLOCK_STEP_MS : CALLER_CLOCK_STEP_MS;
    return new LambdaFunction(
      {
        name,
        side,
        timeoutMs,
        concurrency: plan.concurrency,
        load: (environment) => {
          const credentials = sts.credentialsOf(name, environment.name);
          const region = { AWS_LAMBDA_FUNCTION_NAME: name, AWS_REGION: 'eu-west-1' };
          environment.variables = Object.assign(Object.create(env), region, credentials, variables());
          return load(world, remembersKeys());
        },
        clockStep: (isStart) => clockStep(maxClockStepMs[isStart ? 'start' : 'resume']),
        onFreeze: (environment) => observer.freezes(environment),
        random,
      },
      machine,
    );
  };
  const functions = Object.entries(pair.api).map(([name, { routes, ...given }]) => ({
    routes,
    timeoutMs: given.timeoutMs,
    called: makeFunction(
      name,
      'api',
      given,
      () => {
        const table = keysTable();
        return { MESSAGES_TABLE, ...(table === undefined ? {} : { IDEMPOTENCY_TABLE: table }) };
      },
      () => stage.apiRemembers,
    ),
  }));
  const callers = ([0, 1] as const).map((caller) => {
    const name = callerName(caller);
    return makeFunction(
      name,
      'caller',
      pair.caller,
      () => {
        const { accessMode, basePath, externalId } = stage.caller;
        return {
          API_URL: basePath ? ADDRESSES.domain : ADDRESSES.own,
          API_REGION: 'eu-west-1',
          ...(accessMode === 'assume-role'
            ? { INVOKE_ROLE_ARN: invokeRole(name), EXTERNAL_ID: externalId }
            : {}),
        };
      },
      () => stage.caller.sendsKeys,
    );
  });

  const api = new Api({
    now: time.now,
    stage,
    sts,
    functions,
    compresses: plan.seed % 3 === 0,
    observer,
  });
  const network = new Network(machine, plan.faults, { sts, api, table: tables }, random, (forMs) =>
    observer.disturbed(time.now(), forMs),
  );
  const targets = new Map<string, PlannedCall['target']>();
  const carry = (outgoing: Outgoing, settle: (answer: Reply | Error) => void) => {
    const { url, method, headers, body } = outgoing;
    const invocation = currentInvocation.getStore();
    if (url.startsWith(TABLE_URL)) {
      const operation = operationOf(outgoing);
      const of = body.includes(`"TableName":"${MESSAGES_TABLE}"`) ? 'messages' : 'keys';
      const sent = {
        ...outgoing,
        link: 'table',
        kind: `${of} ${operation}`,
        shown: `${operation} (${of})`,
      } as const;
      network.send({ ...sent, watch: observer.asksTable(sent, invocation) }, settle);
    } else if (url.startsWith('https://sts.')) {
      const sent = { ...outgoing, link: 'sts', kind: 'sts', shown: 'AssumeRole' } as const;
      network.send({ ...sent, watch: observer.asksSts(sent) }, settle);
    } else {
      const { pathname, search } = new URL(url);
      const shown = `${method} ${pathname}${search} ${body.slice(0, 60)}`.trim();
      const keyed = headers['idempotency-key'] === undefined ? 'unkeyed' : 'keyed';
      const kind = `api ${method === 'GET' ? 'GET' : keyed}` as const;
      const sent = { ...outgoing, link: 'api', kind, shown } as const;
      const isOfCall = targets.get(invocation?.id ?? '') === 'whoami' || !pathname.endsWith('/whoami');
      const watch = observer.callsApi(sent, sts.sessionOf({ headers }), invocation, isOfCall);
      network.send({ ...sent, watch }, settle);
    }
  };

  /** The IDs of messages that each caller has received. */
  const stored = callers.map((): string[] => []);
  interface Given {
    readonly id?: string;
    readonly on?: SimulatedEnvironment;
    readonly afterFaults?: boolean;
    readonly isRepeated?: boolean;
  }
  const invoke = (call: PlannedCall, given: Given = {}, run = 0): void => {
    const caller = callers[call.caller];
    if (caller === undefined) return;
    const begunAt = time.now();
    const asksFor = stored[call.caller]?.at(-1);
    let isOver = false;
    const invocation = caller.invoke(
      pair.caller.eventOf(call, asksFor),
      (ended) => {
        isOver = true;
        const ending = readEnding(ended);
        if (ending.type === 'threw') observer.text(`${ending.error} ${JSON.stringify(ending.error)}`);
        machine.trace(invocation.environment.name, `ends ${invocation.id}: ${describeEnding(ending)}`);
        const id = ending.type === 'returned' && isStoring(call) ? ending.value.body.id : undefined;
        if (id !== undefined) stored[call.caller]?.push(id);
        const { afterFaults = false } = given;
        observer.callerEnded(invocation, { call, begunAt, asksFor, ending, afterFaults });
        const again = REPEATED_AFTER_MS[run];
        if (!call.asynchronous || ending.type === 'returned' || again === undefined) return;
        time.at(time.now() + again, () => invoke(call, { id: invocation.id }, run + 1));
      },
      given,
    );
    targets.set(invocation.id, call.target);
    observer.callerInvoked(invocation, run);
    const key = call.key === undefined ? '' : ` with ${call.key}`;
    const what = `${invocation.id} for ${call.target} ${call.message}${key}`;
    machine.trace(invocation.environment.name, `is invoked: ${what}`);
    const { invokerTimeoutMs, asynchronous } = call;
    if (invokerTimeoutMs === undefined || asynchronous || given.isRepeated === true) return;
    time.at(time.now() + invokerTimeoutMs, () => {
      if (!isOver) invoke(call, { ...given, isRepeated: true });
    });
  };

  const uninstall = installEdges({
    environment: () => time.host,
    carry,
    turn: (work) => time.at(time.host?.now() ?? time.now(), work, time.host),
    log: (text) => observer.text(text),
    variables: () => time.host?.variables ?? env,
  });
  try {
    if (plan.provisioned) for (const caller of callers) caller.provision();
    for (const call of plan.calls) time.at(START + call.at, () => invoke(call));
    for (const { at, service, what, apply } of plan.changes.flatMap(deploymentsOf)) {
      time.at(START + at, () => {
        machine.trace('deployment', `${service}, ${what}`);
        observer.disturbed(time.now(), MINUTE_MS);
        const before = keysTable();
        apply(stage);
        if (keysTable() !== before) tables.replaceKeys(keysTable());
        for (const one of service === 'api' ? functions.map(({ called }) => called) : callers) {
          one.replaceEnvironments();
        }
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
    const failed = observer.observed.invocations.filter(
      ({ call, ending }) => call.key !== undefined && ending.type !== 'returned',
    );
    for (const { call } of failed.slice(-MAX_REPEATED_KEYS)) {
      const again: PlannedCall = {
        ...call,
        asynchronous: false,
        failures: 0,
        workMs: [1, 1],
        leavesCall: false,
      };
      calls.set(call.message, again);
      time.at(end + MINUTE_MS, () => invoke(again, { afterFaults: true, isRepeated: true }));
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
      environments: [...callers, ...functions.map(({ called }) => called)].reduce(
        (sum, { started }) => sum + started,
        0,
      ),
      calls: observed.invocations.length,
      executions: observed.api.filter(({ effects }) => effects.length > 0).length,
      lostUnkeyed: observed.invocations.filter(
        ({ sent, ending }) =>
          ending.type === 'threw' &&
          observed.api.some(
            ({ key, requestId, effects }) =>
              key === undefined &&
              effects.length > 0 &&
              sent.some(({ requestIds }) => requestIds.includes(requestId)),
          ),
      ).length,
      faults: network.struck + faults.struck(),
      steps: faults.steps(),
    },
  };
}

const LAST_CALL: Omit<PlannedCall, 'caller' | 'message'> = {
  at: 0,
  target: 'message',
  keyless: false,
  isLarge: false,
  asynchronous: false,
  leavesCall: false,
  workMs: [1, 1],
  failures: 0,
  failsLate: false,
};

/** Whether a call stores a message. */
const isStoring = ({ target }: PlannedCall) => target !== 'read' && target !== 'whoami';

/** Counts invocations, steps and resumptions, and finds the faults of environments and their clocks. */
function countFaults({ faults }: Plan, disturbed: (forMs: number) => void) {
  const invocations = { caller: -1, api: -1 };
  let resumed = -1;
  let steps = 0;
  let struck = 0;
  let isOver = false;
  const left = new Set<Fault>(faults);
  const strike = (fault: Fault, forMs: number) => {
    struck += 1;
    left.delete(fault);
    disturbed(forMs);
  };
  return {
    nextInvocation: (side: SimulatedEnvironment['side']) => {
      invocations[side] += 1;
      return invocations[side];
    },
    nextStep: (environment: SimulatedEnvironment): HostEffect | undefined => {
      steps += 1;
      if (isOver) return undefined;
      for (const fault of left) {
        if (fault.on !== 'step' || fault.side !== environment.side || fault.nth !== environment.steps)
          continue;
        if (fault.invocation !== environment.invocation) continue;
        strike(fault, 30_000);
        return fault.effect;
      }
      return undefined;
    },
    nextClockStep: (): number => {
      resumed += 1;
      if (isOver) return 0;
      for (const fault of left) {
        if (fault.on !== 'resume' || fault.nth !== resumed) continue;
        struck += 1;
        return fault.clockMs;
      }
      return 0;
    },
    end: () => {
      isOver = true;
    },
    steps: () => steps,
    struck: () => struck,
  };
}

function readEnding(ending: Ending): CallerInvocation['ending'] {
  if (ending.type === 'died') return ending;
  if (ending.type === 'returned') {
    const value = ending.value as CallerResult;
    // Without a body, an invariant does not find the request.
    return { type: 'returned', value: { ...value, body: value.body ?? { requestId: 'none' } } };
  }
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
