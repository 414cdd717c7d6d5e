import type { VirtualEvent, VirtualHost, VirtualTime } from '../lib/virtual-time.ts';
import type { HostEffect } from './plan.ts';

/** The interface between an environment and the simulation. */
export interface Machine {
  readonly time: VirtualTime<Environment>;
  /** Called at each step of any environment. Returns the fault that strikes there. */
  nextStep(): HostEffect | undefined;
  trace(who: string, what: string): void;
}

/**
 * An execution environment of a function: a process that is frozen between invocations, and that a fault may stall or kill wherever
 * its code can be interrupted. After that, its code has no effect: all effects go through this class.
 */
export class Environment implements VirtualHost {
  readonly name: string;
  /** The milliseconds by which its clock is ahead of the true time. */
  clockOffsetMs = 0;
  /** The sum of all changes of the clock. */
  clockStepsMs = 0;
  /** The end of the last stall. */
  stalledUntil = 0;
  /** All stalls together. */
  stalledMs = 0;
  #state: 'running' | 'frozen' | 'dead' = 'running';
  /** The events of a freeze. */
  #kept: VirtualEvent[] = [];
  #onDeath: (reason: string) => void = () => {};
  readonly #machine: Machine;

  constructor(name: string, machine: Machine) {
    this.name = name;
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
    const effect = this.#machine.nextStep();
    if (effect?.type === 'kill') this.kill('it was killed');
    if (effect?.type === 'stall') {
      this.#machine.trace(this.name, `stalls for ${effect.ms} ms`);
      this.stalledMs += effect.ms;
      this.stalledUntil = this.now() + effect.ms;
    }
  }

  freeze(): void {
    if (this.#state === 'running') this.#state = 'frozen';
  }

  /**
   * Ends a freeze.
   * @param clockMs the change of the clock during the freeze
   * @param first runs before the events of the freeze
   */
  resume(clockMs: number, first: () => void, late: boolean): void {
    if (this.#state === 'frozen') this.#state = 'running';
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
    this.#onDeath(reason);
  }

  /** Sets the function that is called when it dies. */
  onDeath(work: (reason: string) => void): void {
    this.#onDeath = work;
  }
}
