import type { VirtualEvent, VirtualHost, VirtualTime } from '../lib/virtual-time.ts';
import type { HostEffect } from './plan.ts';

/** The interface between an environment and the simulation. */
export interface Machine {
  readonly time: VirtualTime<SimulatedEnvironment>;
  /** Called when an invocation begins. Returns its number: those of callers and those of the API's functions count apart. */
  nextInvocation(side: SimulatedEnvironment['side']): number;
  /** Called at each step of any environment. Returns the fault that strikes there. */
  nextStep(environment: SimulatedEnvironment): HostEffect | undefined;
  trace(who: string, what: string): void;
}

/**
 * An execution environment of a function: a process that is frozen between invocations, and that a fault may stall or kill wherever
 * its code can be interrupted. After that, its code has no effect: all effects go through this class.
 */
export class SimulatedEnvironment implements VirtualHost {
  readonly name: string;
  readonly side: 'caller' | 'api';
  /** The variables that its code reads. */
  variables: NodeJS.ProcessEnv = {};
  /** The number of the invocation that began last. */
  invocation = -1;
  /** The steps since then. */
  steps = 0;
  /** The end of that invocation's time. */
  deadline = 0;
  /** The milliseconds by which its clock is ahead of the true time. */
  clockOffsetMs = 0;
  /** The sum of all changes of the clock. */
  clockStepsMs = 0;
  /** The end of the last stall. */
  stalledUntil = 0;
  /** All stalls together, and all freezes. */
  stalledMs = 0;
  frozenMs = 0;
  #frozenAt = 0;
  #state: 'running' | 'frozen' | 'dead' = 'running';
  /** The events of a freeze. */
  #kept: VirtualEvent[] = [];
  readonly #onDeath: ((reason: string) => void)[] = [];
  readonly #machine: Machine;

  constructor(name: string, side: SimulatedEnvironment['side'], machine: Machine) {
    this.name = name;
    this.side = side;
    this.#machine = machine;
  }

  get isDead(): boolean {
    return this.#state === 'dead';
  }

  now(): number {
    return Math.max(this.#machine.time.now(), this.stalledUntil);
  }

  clock(): number {
    this.step();
    return Math.floor(this.now()) + this.clockOffsetMs;
  }

  admit(event: VirtualEvent): boolean {
    if (this.#state === 'frozen') this.#kept.push(event);
    if (this.#state !== 'running') return false;
    if (this.stalledUntil <= this.#machine.time.now()) this.step();
    if (this.isDead) return false;
    if (this.stalledUntil <= this.#machine.time.now()) return true;
    this.#machine.time.postpone(event, this.stalledUntil);
    return false;
  }

  /** A place where its code may be interrupted. */
  step(): void {
    if (this.#state !== 'running') return;
    const effect = this.#machine.nextStep(this);
    this.steps += 1;
    if (effect?.type === 'kill') this.kill('it was killed');
    if (effect?.type === 'stall') this.#stall(effect.ms);
    if (effect?.type === 'stall to deadline') this.#stall(this.deadline - effect.leftMs - this.now());
  }

  #stall(ms: number): void {
    if (ms <= 0) return;
    this.#machine.trace(this.name, `stalls for ${Math.round(ms)} ms`);
    this.stalledMs += ms;
    this.stalledUntil = this.now() + ms;
  }

  /** An invocation begins. @param deadline the end of its time */
  begins(deadline: number): void {
    this.invocation = this.#machine.nextInvocation(this.side);
    this.steps = 0;
    this.deadline = deadline;
  }

  freeze(): void {
    if (this.#state !== 'running') return;
    this.#state = 'frozen';
    this.#frozenAt = this.#machine.time.now();
  }

  /**
   * Ends a freeze.
   * @param clockMs the change of the clock during the freeze
   * @param first runs before the events of the freeze
   */
  resume(clockMs: number, first: () => void, late: boolean): void {
    if (this.#state === 'frozen') {
      this.#state = 'running';
      this.frozenMs += this.#machine.time.now() - this.#frozenAt;
    }
    this.clockOffsetMs += clockMs;
    this.clockStepsMs += Math.abs(clockMs);
    const { time } = this.#machine;
    for (const event of this.#kept.splice(0)) time.postpone(event, time.now() + (late ? 0 : 1));
    time.at(time.now(), first, this);
  }

  /** @param reason for the invocation that is running */
  kill(reason: string): void {
    if (this.isDead) return;
    this.#state = 'dead';
    this.#kept = [];
    this.#machine.trace(this.name, `dies: ${reason}`);
    for (const work of this.#onDeath) work(reason);
  }

  /** Adds a function that is called when it dies. */
  onDeath(work: (reason: string) => void): void {
    this.#onDeath.push(work);
  }
}
