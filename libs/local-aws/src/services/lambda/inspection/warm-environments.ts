import type { ParentRequests } from '../../../core/parent-request.ts';
import { functionArn } from '../functions/function-name.ts';
import type { Environment, Environments } from '../invocation/environments.ts';
import { initReport } from '../invocation/result.ts';
import type { FunctionStore, FunctionVersion } from '../store.ts';
import type { Inspections } from './inspections.ts';

/** Keeps an environment of each inspected function. */
export type WarmEnvironments = ReturnType<typeof createWarmEnvironments>;

/**
 * Keeps one environment of each inspected function, so that a debugger finds it before the first invocation, and again after a deployment.
 * @param stacksSettled resolves when no stack is being changed: a function may need resources that are created after it
 */
export function createWarmEnvironments(
  store: Pick<FunctionStore, 'all'>,
  environments: Pick<Environments, 'start' | 'put' | 'onEnd'>,
  inspections: Pick<Inspections, 'isInspected' | 'isHomeFree' | 'checkNames'>,
  stacksSettled: () => Promise<void>,
  parentRequests: ParentRequests,
) {
  /** The starts that are not ready yet. */
  const starting = new Map<FunctionVersion, Promise<void>>();
  /** They would fail again. */
  const failed = new WeakSet<FunctionVersion>();
  let isClosed = false;
  let looking: Promise<void> | undefined;
  /** Whether all functions may be there. Before the first deployment, no name is wrong yet. */
  let isReady = false;

  const initialize = async (environment: Environment) => {
    const { process, log, version, credential } = environment;
    parentRequests.set(credential.accessKeyId, { phase: 'init' });
    const init = await process
      .initialize(Number.POSITIVE_INFINITY)
      .finally(() => parentRequests.delete(credential.accessKeyId));
    if (init.outcome.kind !== 'ready') {
      failed.add(version);
      log.line(initReport(init));
      log.flush();
    }
    await environments.put(environment);
  };

  const start = async (version: FunctionVersion) => {
    try {
      await initialize(await environments.start(version));
    } catch {
      // Its role may be gone. The next invocation says so.
      failed.add(version);
    } finally {
      starting.delete(version);
    }
  };

  const look = async () => {
    await stacksSettled();
    if (isClosed) return;
    const wanted = store
      .all()
      .map(({ latest }) => latest)
      .filter((version) => !failed.has(version) && !starting.has(version))
      .filter((version) => inspections.isInspected(version) && inspections.isHomeFree(version))
      // The same functions get the same ports at each start.
      .sort((a, b) => (functionArn(a) < functionArn(b) ? -1 : 1));
    for (const version of wanted) {
      const started = start(version);
      starting.set(version, started);
      await started;
    }
    if (isReady) checkNames();
  };

  const checkNames = () => {
    const functions = store.all();
    if (functions.length > 0) inspections.checkNames(functions.map(({ name }) => name));
  };

  /** Looks for functions without an environment: at once, or after the look that is under way. */
  const lookAgain = () => {
    looking = (looking ?? Promise.resolve()).then(look).catch(() => {});
  };
  environments.onEnd(lookAgain);

  return {
    /** A function was created or changed. */
    changed: lookAgain,
    /** Resolves when an environment of this version that is being started is ready. */
    starting: (version: FunctionVersion) => starting.get(version),
    /** Resolves when each inspected function has an environment, or cannot have one. Says which functions that the user named are missing. */
    async ready(): Promise<void> {
      isReady = true;
      lookAgain();
      await looking;
    },
    close(): void {
      isClosed = true;
    },
  };
}
