import { Holds } from '../../../core/holds.ts';
import { type LambdaFixture, lambdaFixture } from '../lambda.testing.ts';
import type { InspectOptions } from './inspect-options.ts';

/** A map whose lines are those of the code. */
const identityMap = (source: string, lines = 50) =>
  JSON.stringify({
    version: 3,
    sources: [source],
    names: [],
    mappings: `AAAA${';AACA'.repeat(lines - 1)}`,
  });

let lambda: LambdaFixture | undefined;

/** Starts a Lambda whose functions a debugger can be attached to. */
export function startInspected(inspect: Partial<InspectOptions> = {}) {
  const printed: string[] = [];
  const holds = new Holds();
  lambda = lambdaFixture({
    holds,
    inspect: {
      sourceMap: async ({ functionName }) => ({ map: identityMap(`file:///src/${functionName}.ts`) }),
      print: (line) => void printed.push(line),
      // Test files run at the same time.
      firstPort: 20_000 + (process.pid % 10_000),
      ...inspect,
    },
  });
  /** The ports that were printed for a function, in this order. */
  const portsOf = (name: string) =>
    printed
      .filter((line) => line.includes(`  ${name}`))
      .map((line) => Number(/^127\.0\.0\.1:(\d+)/.exec(line)?.[1]));
  return { lambda, holds, printed, portsOf };
}

/** Closes what a test has started. */
export async function closeInspected(): Promise<void> {
  await lambda?.service.close();
  lambda = undefined;
}

/** A function that counts its invocations. Its lines 4 and 5 are good for breakpoints. */
export const WORK = `let invocations = 0;
exports.handler = async (event) => {
  invocations += 1;
  const state = { event };
  return { invocations, state, pid: process.pid };
};`;
