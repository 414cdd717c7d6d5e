import { validationError } from './template/errors.ts';

/** For each node, the nodes that must be there before it. */
export type DependencyGraph = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Orders the nodes so that each comes after what it depends on, and otherwise as in the map. Only nodes count as dependencies.
 */
export function dependencyOrder(graph: DependencyGraph): string[] {
  const order: string[] = [];
  const waiting = new Map(
    [...graph].map(([id, needs]) => [id, [...needs].filter((need) => graph.has(need))]),
  );
  const placed = new Set<string>();
  while (waiting.size > 0) {
    const ready = [...waiting].filter(([, needs]) => needs.every((need) => placed.has(need)));
    if (ready.length === 0) throw circular(waiting);
    for (const [id] of ready) {
      waiting.delete(id);
      placed.add(id);
      order.push(id);
    }
  }
  return order;
}

/** Names only the nodes on circles: not those that merely wait for one. */
function circular(waiting: ReadonlyMap<string, readonly string[]>) {
  const left = new Map(waiting);
  for (let size = -1; size !== left.size; ) {
    size = left.size;
    const needed = new Set([...left.values()].flat());
    for (const id of left.keys()) if (!needed.has(id)) left.delete(id);
  }
  return validationError(`Circular dependency between resources: [${[...left.keys()].join(', ')}]`);
}

/**
 * Runs a task for each node as soon as all that it depends on has succeeded, independent tasks side by side.
 * @param task resolves to whether it succeeded
 * @param mayStart asked before each task is begun
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
