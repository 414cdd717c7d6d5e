import type { Clock } from '../../../core/clock.ts';
import type { Credential } from '../../../core/principal.ts';
import type { ExecutionEnvironment } from '../runtime/execution-environment.ts';
import type { FunctionVersion } from '../store.ts';
import type { EnvironmentLog } from './log.ts';

/** An environment with what belongs to it for life. */
export interface WarmEnvironment {
  readonly version: FunctionVersion;
  readonly environment: ExecutionEnvironment;
  readonly log: EnvironmentLog;
  readonly credential: Credential;
}

/** How many environments wait for work, and for how long. */
export interface PoolLimits {
  /** Of all functions together; beyond it, the one that has waited longest is ended. */
  readonly maxIdle: number;
  /** Milliseconds without an invocation, after which an environment is ended. */
  readonly idleMs: number;
}

/** Credentials that would not outlive an invocation by this are not given to one, in milliseconds. */
const CREDENTIAL_MARGIN_MS = 60_000;

/** The frozen environments that wait for their next invocation. */
export class EnvironmentPool {
  readonly #limits: PoolLimits;
  readonly #clock: Clock;
  /** The last one used is at the end; it is the first to be used again, so that the others may age. */
  readonly #idle: { readonly warm: WarmEnvironment; readonly reaper: NodeJS.Timeout }[] = [];
  readonly #retired = new WeakSet<FunctionVersion>();

  constructor(limits: PoolLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Takes an environment of exactly this version, where there is one that can run a whole invocation. */
  take(version: FunctionVersion): WarmEnvironment | undefined {
    for (let index = this.#idle.length - 1; index >= 0; index -= 1) {
      if (this.#idle[index]?.warm.version !== version) continue;
      const warm = this.#remove(index);
      if (warm === undefined) continue;
      if (warm.environment.alive && this.#outlives(warm)) return warm;
      void warm.environment.kill();
    }
    return undefined;
  }

  /** Takes back an environment after its invocation; one that is lost or outdated is ended. */
  async put(warm: WarmEnvironment): Promise<void> {
    if (!warm.environment.alive || this.#retired.has(warm.version)) return warm.environment.kill();
    const reaper = setTimeout(() => {
      const index = this.#idle.findIndex((entry) => entry.warm === warm);
      if (index >= 0) this.#remove(index);
      void warm.environment.kill();
    }, this.#limits.idleMs);
    reaper.unref();
    this.#idle.push({ warm, reaper });
    if (this.#idle.length > this.#limits.maxIdle) await this.#remove(0)?.environment.kill();
  }

  /** No invocation will want this version again: ends its environments, those that are busy when they are done. */
  async retire(version: FunctionVersion): Promise<void> {
    this.#retired.add(version);
    const ended: Promise<void>[] = [];
    for (let index = this.#idle.length - 1; index >= 0; index -= 1) {
      if (this.#idle[index]?.warm.version !== version) continue;
      const warm = this.#remove(index);
      if (warm !== undefined) ended.push(warm.environment.kill());
    }
    await Promise.all(ended);
  }

  /** Forgets all; whoever closes the pool ends the environments. */
  close(): void {
    while (this.#idle.length > 0) this.#remove(0);
  }

  #remove(index: number): WarmEnvironment | undefined {
    const [entry] = this.#idle.splice(index, 1);
    clearTimeout(entry?.reaper);
    return entry?.warm;
  }

  #outlives({ credential, version }: WarmEnvironment): boolean {
    if (credential.expiresAt === undefined) return true;
    const end = this.#clock.now().getTime() + version.settings.timeout * 1000 + CREDENTIAL_MARGIN_MS;
    return credential.expiresAt.getTime() > end;
  }
}
