import fc from 'fast-check';
import { type DependencyGraph, dependencyOrder } from '../change/plan.ts';
import { runGraph } from './converge.ts';

/** Random graphs without circles: a node depends only on nodes before it. The map's order is shuffled. */
const acyclic: fc.Arbitrary<DependencyGraph> = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { maxLength: 20 })
  .chain((rows) => {
    const nodes = rows.map((row, index) => {
      const needs = index === 0 ? [] : row.map((number) => `n${number % index}`);
      return [`n${index}`, new Set(needs)] as const;
    });
    return fc.shuffledSubarray(nodes, { minLength: nodes.length }).map((shuffled) => new Map(shuffled));
  });

describe('dependencies', () => {
  test('a dependency comes before its dependents', () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        const order = dependencyOrder(graph);
        expect([...order].sort()).toEqual([...graph.keys()].sort());
        for (const [id, needs] of graph) {
          for (const need of needs) expect(order.indexOf(need)).toBeLessThan(order.indexOf(id));
        }
      }),
    );
  });

  test('the error for a circle names its members and nothing else', () => {
    const graph = new Map(
      Object.entries({ A: ['B'], B: ['C'], C: ['A'], Waits: ['A'], Waits2: ['Waits'], Free: [] }).map(
        ([id, needs]) => [id, new Set(needs)],
      ),
    );
    expect(() => dependencyOrder(graph)).toThrow('Circular dependency between resources: [A, B, C]');
  });
});

describe('runGraph', () => {
  test('runGraph starts a task after all its dependencies have succeeded, and never after one has failed', async () => {
    await fc.assert(
      fc.asyncProperty(acyclic, fc.array(fc.nat(20), { maxLength: 3 }), async (graph, failing) => {
        const fails = new Set(failing.map((index) => `n${index}`));
        const done = new Set<string>();
        const begun: string[] = [];
        const succeeded = await runGraph(graph, async (id) => {
          begun.push(id);
          for (const need of graph.get(id) ?? []) expect(done.has(need)).toBe(true);
          await Promise.resolve();
          if (fails.has(id)) return false;
          done.add(id);
          return true;
        });
        expect(succeeded).toEqual(done);
        expect(new Set(begun).size).toBe(begun.length);
        const blocked = (id: string): boolean =>
          [...(graph.get(id) ?? [])].some((need) => fails.has(need) || blocked(need));
        for (const id of graph.keys()) expect(begun.includes(id)).toBe(!blocked(id));
      }),
    );
  });
});
