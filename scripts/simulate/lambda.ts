import { Environment, type Machine } from './environment.ts';

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
export interface Invocation {
  readonly id: string;
  readonly environment: Environment;
  readonly deadline: number;
  /** The stalls of the environment before it. */
  readonly stalledBefore: number;
  ending?: Ending;
}

/** The parts of a function. */
export interface FunctionOptions {
  readonly name: string;
  readonly timeoutMs: number;
  /** Sets the variables of an environment, and loads the code there. */
  readonly load: (environment: Environment) => Handler;
  /** The change of the clock at a start or at the end of a freeze. */
  readonly clockStep: (isStart: boolean) => number;
  readonly random: () => number;
}

interface Instance {
  readonly environment: Environment;
  handler?: Handler;
  running?: Invocation;
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
  get environments(): Environment[] {
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
    given: { id?: string; on?: Environment } = {},
  ): Invocation {
    this.#invocations += 1;
    const { random } = this.#options;
    const idle = this.#idle().filter(({ environment }) => environment === (given.on ?? environment));
    const instance = idle[Math.floor(random() * idle.length)] ?? this.#start();
    const { environment } = instance;
    const { time } = this.#machine;
    const isWarm = instance.handler !== undefined;
    const begin = time.now() + (isWarm ? 1 : 80 + Math.floor(100 * random()));
    const invocation: Invocation = {
      id: given.id ?? `${this.#options.name}-${this.#invocations}`,
      environment,
      deadline: begin + this.#options.timeoutMs,
      stalledBefore: environment.stalledMs,
    };
    instance.running = invocation;
    const end = (ending: Ending) => {
      if (invocation.ending !== undefined) return;
      invocation.ending = ending;
      delete instance.running;
      if (ending.type !== 'died') environment.freeze();
      done(ending);
    };
    environment.onDeath((reason) => {
      this.#instances = this.#instances.filter((one) => one !== instance);
      end({ type: 'died', timedOut: reason === TIMED_OUT });
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
      handler(event as never, context).then(
        (value) => finish({ type: 'returned', value }),
        (error: unknown) => finish({ type: 'threw', error }),
      );
    };
    // Lambda kills a process a little after its time, and never before.
    time.at(invocation.deadline + Math.floor(random() * KILLED_LATE_MS), () => {
      if (invocation.ending === undefined) environment.kill(TIMED_OUT);
    });
    time.at(begin, () =>
      environment.resume(isWarm ? this.#options.clockStep(false) : 0, run, random() < 0.5),
    );
    return invocation;
  }

  #idle(): Instance[] {
    return this.#instances.filter(({ running }) => running === undefined);
  }

  #start(): Instance {
    const { name, load, clockStep } = this.#options;
    this.#started += 1;
    const environment = new Environment(`${name}#${this.#started}`, this.#machine);
    environment.clockOffsetMs = clockStep(true);
    const instance: Instance = { environment };
    this.#instances.push(instance);
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
