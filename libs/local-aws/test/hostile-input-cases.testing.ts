import type { HostileInput } from './hostile-inputs.testing.ts';
import { type Running, startRunning } from './running.testing.ts';

/** Counts the turns of the event loop until it is stopped. */
function countTurns(): () => number {
  let turns = 0;
  let next = setImmediate(function turn() {
    turns += 1;
    next = setImmediate(turn);
  });
  return () => {
    clearImmediate(next);
    return turns;
  };
}

/** Tests that local AWS answers each input, and others in between. */
export function testHostileInputs(inputs: readonly HostileInput[]): void {
  let running: Running;
  beforeAll(async () => {
    running = await startRunning();
  });
  afterAll(async () => {
    await running.close();
    expect(running.defects).toEqual([]);
  });

  const health = async () => (await fetch(`${running.aws.url}/_local-aws/health`)).status;

  test.each(inputs)('$name: it is answered, and so are others', async ({ send, turns = 1 }) => {
    const stop = countTurns();
    await send(running.aws);
    expect(stop()).toBeGreaterThanOrEqual(turns);
    expect(await health()).toBe(200);
  });
}
