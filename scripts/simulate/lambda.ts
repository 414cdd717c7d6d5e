import { AsyncLocalStorage } from 'node:async_hooks';
import { type Machine, SimulatedEnvironment } from './environment.ts';

/** A Lambda handler. */
export type Handler = (event: never, context: InvocationContext) => Promise<unknown>;

/** The parts of Lambda's context that the handlers need. */
export interface InvocationContext {
  readonly awsRequestId: string;
  readonly functionName: string;
  getRemainingTimeInMillis(): number;
}

/** The end of an invocation. */
export type Ending =
  | { readonly type: 'returned'; readonly value: unknown }
  | { readonly type: 'threw'; readonly error: unknown }
  /** The environment was killed: by a fault, or because the time was over. */
  | { readonly type: 'died'; readonly timedOut: boolean };

/** An invocation that runs or ran. */
export interface SimulatedInvocation {
  readonly id: string;
  readonly environment: SimulatedEnvironment;
  readonly deadline: number;
  /** The stalls of the environment before it: -1 if the environment still stands still when it begins. */
  readonly stalledBefore: number;
  ending?: Ending;
}

/** The invocation whose code runs, also after an `await`. `undefined` in the code of a module. */
export const currentInvocation = new AsyncLocalStorage<SimulatedInvocation>();

/** The parts of a function. */
export interface FunctionOptions {
  readonly name: string;
  readonly side: SimulatedEnvironment['side'];
  readonly timeoutMs: number;
  /** Sets the variables of an environment, and loads the code there. */
  readonly load: (environment: SimulatedEnvironment) => Handler;
  /** The number of invocations that an environment runs at the same time. */
  readonly concurrency: number;
  /** The change of the clock at a start or at the end of a freeze. */
  readonly clockStep: (isStart: boolean) => number;
  /** Called when an environment is about to freeze. */
  readonly onFreeze: (environment: SimulatedEnvironment) => void;
  readonly random: () => number;
}

interface Instance {
  readonly environment: SimulatedEnvironment;
  handler?: Handler;
  readonly running: Set<SimulatedInvocation>;
}

/** A function: starts environments, invokes, freezes and kills them as Lambda does. */
export class LambdaFunction {
  readonly #options: FunctionOptions;
  readonly #machine: Machine;
  #instances: Instance[] = [];
  #started = 0;
  #invocations = 0;

  constructor(options: FunctionOptions, machine: Machine) {
    this.#options = options;
    this.#machine = machine;
  }

  get started(): number {
    return this.#started;
  }

  /** The environments that can be invoked. */
  get environments(): SimulatedEnvironment[] {
    return this.#idle().map(({ environment }) => environment);
  }

  /** Deploys: the next invocations have new environments. Those that run end in the old ones. */
  replaceEnvironments(): void {
    this.#instances = [];
  }

  /**
   * Invokes it.
   * @param id the request ID. Default: a new one
   * @param on the environment. Default: an idle one, or a new one
   */
  invoke(
    event: unknown,
    done: (ending: Ending) => void,
    given: { id?: string; on?: SimulatedEnvironment } = {},
  ): SimulatedInvocation {
    this.#invocations += 1;
    const { random } = this.#options;
    const idle = this.#idle().filter(({ environment }) => environment === (given.on ?? environment));
    const instance = idle[Math.floor(random() * idle.length)] ?? this.#start();
    const { environment, running } = instance;
    const { time } = this.#machine;
    const isWarm = instance.handler !== undefined;
    const begin = time.now() + (isWarm ? 1 : 80 + Math.floor(100 * random()));
    const invocation: SimulatedInvocation = {
      id: given.id ?? `${this.#options.name}-${this.#invocations}`,
      environment,
      deadline: begin + this.#options.timeoutMs,
      stalledBefore: environment.stalledUntil > begin ? -1 : environment.stalledMs,
    };
    const isFrozen = running.size === 0;
    running.add(invocation);
    const end = (ending: Ending) => {
      if (invocation.ending !== undefined) return;
      invocation.ending = ending;
      running.delete(invocation);
      done(ending);
      if (ending.type !== 'died' && running.size === 0) this.#freeze(environment);
    };
    environment.onDeath((reason) => {
      // Lambda ends the process when the time of one of its invocations is over.
      end({ type: 'died', timedOut: reason === TIMED_OUT && time.now() >= invocation.deadline });
    });
    const run = () => {
      const { handler } = instance;
      if (handler === undefined) return environment.kill('its code did not load');
      const context: InvocationContext = {
        awsRequestId: invocation.id,
        functionName: this.#options.name,
        getRemainingTimeInMillis: () =>
          Math.max(0, invocation.deadline + environment.clockOffsetMs - environment.clock()),
      };
      const finish = (ending: Ending) =>
        time.at(environment.now() + 1, () => {
          if (!environment.isDead) end(ending);
        });
      environment.begins(invocation.deadline);
      currentInvocation
        .run(invocation, () => handler(event as never, context))
        .then(
          (value) => finish({ type: 'returned', value }),
          (error: unknown) => finish({ type: 'threw', error }),
        );
    };
    // Lambda kills a process a little after its time, and never before.
    time.at(invocation.deadline + Math.floor(random() * KILLED_LATE_MS), () => {
      if (invocation.ending === undefined) environment.kill(TIMED_OUT);
    });
    time.at(begin, () => {
      if (isFrozen) environment.resume(isWarm ? this.#options.clockStep(false) : 0, run, random() < 0.5);
      else time.at(begin, run, environment);
    });
    return invocation;
  }

  /** Starts an environment ahead of its first invocation, and freezes it when its code has been loaded. */
  provision(): void {
    const { environment, running } = this.#start();
    const { time } = this.#machine;
    time.at(time.now() + 1 + Math.floor(60 * this.#options.random()), () => {
      if (running.size === 0) this.#freeze(environment);
    });
  }

  #freeze(environment: SimulatedEnvironment): void {
    if (environment.isDead) return;
    this.#options.onFreeze(environment);
    environment.freeze();
  }

  /** The environments that take another invocation. */
  #idle(): Instance[] {
    return this.#instances.filter(({ running }) => running.size < this.#options.concurrency);
  }

  #start(): Instance {
    const { name, load, clockStep, side } = this.#options;
    this.#started += 1;
    const environment = new SimulatedEnvironment(`${name}#${this.#started}`, side, this.#machine);
    environment.clockOffsetMs = clockStep(true);
    const instance: Instance = { environment, running: new Set() };
    this.#instances.push(instance);
    environment.onDeath(() => {
      this.#instances = this.#instances.filter((one) => one !== instance);
    });
    const { time } = this.#machine;
    time.at(
      time.now(),
      () => {
        instance.handler = load(environment);
      },
      environment,
    );
    return instance;
  }
}

const TIMED_OUT = 'its time is over';

/** The most by which a process outlives its time. */
const KILLED_LATE_MS = 300;
