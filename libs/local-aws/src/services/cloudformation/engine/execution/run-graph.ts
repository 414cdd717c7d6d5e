import type { DependencyGraph } from '../template/dependencies.ts';

/**
 * Runs a task for each node as soon as the tasks of all nodes that it depends on have succeeded. Independent tasks run
 * side by side. A task that depends on a failed one is never begun.
 * @param task resolves to whether it succeeded
 * @param mayStart asked before each task is begun
 * @returns the nodes whose task succeeded, once nothing runs any more
 */
export async function runGraph(
  graph: DependencyGraph,
  task: (id: string) => Promise<boolean>,
  mayStart: () => boolean = () => true,
): Promise<ReadonlySet<string>> {
  const succeeded = new Set<string>();
  const waiting = new Set(graph.keys());
  const running = new Map<string, Promise<void>>();

  const isReady = (id: string) =>
    [...(graph.get(id) ?? [])].every((need) => !graph.has(need) || succeeded.has(need));
  const run = async (id: string) => {
    if (await task(id)) succeeded.add(id);
    running.delete(id);
  };

  for (;;) {
    for (const id of waiting) {
      if (!isReady(id) || !mayStart()) continue;
      waiting.delete(id);
      running.set(id, run(id));
    }
    if (running.size === 0) return succeeded;
    await Promise.race(running.values());
  }
}
