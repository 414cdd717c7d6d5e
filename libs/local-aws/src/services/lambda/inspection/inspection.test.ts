import { setTimeout } from 'node:timers/promises';
import { until } from '../lambda.testing.ts';
import { attachDebugger } from './debugger.testing.ts';
import { closeInspected, startInspected, WORK } from './inspected-lambda.testing.ts';
import { inspectorUrlIn } from './inspector-lines.ts';

afterEach(closeInspected);

test('a debugger that sets a breakpoint in the source holds a function longer than its time-out, and the call is answered', async () => {
  const { lambda, holds, portsOf } = startInspected();
  await lambda.deploy('task', WORK, { Timeout: 1 });
  await lambda.service.inspectorsReady();
  const [port = 0] = portsOf('task');
  const editor = await attachDebugger(port);
  await editor.breakAt('/src/task.ts', 5);

  const answer = lambda.invoke('task', { id: 1 });
  const pause = await editor.paused();
  expect([pause.source, pause.line]).toEqual(['file:///src/task.ts', 5]);
  expect(await pause.evaluate('state.event.id')).toBe(1);
  await until(() => holds.isHeld);
  await setTimeout(1_500);
  await pause.resume();
  expect((await answer).json).toMatchObject({ invocations: 1, state: { event: { id: 1 } } });
  await until(() => !holds.isHeld);
  expect(holds.heldMs).toBeGreaterThan(1_400);

  // What Node says of its inspector is not the function's.
  await editor.close();
  expect(JSON.stringify([...lambda.logged.values()])).not.toContain('ebugger');
});

test('only the inspector of its own process is connected to, whatever the function writes', () => {
  const url = (host: string, port: number) =>
    `Debugger listening on ws://${host}:${port}/0f2c936f-b1cd-4ac9-aab3-f63b0f33d55e`;
  expect(inspectorUrlIn(url('127.0.0.1', 9229), 9229)).toBe(url('127.0.0.1', 9229).split(' ').at(-1));
  expect(inspectorUrlIn(url('127.0.0.1', 9230), 9229)).toBeUndefined();
  expect(inspectorUrlIn(url('192.0.2.1', 9229), 9229)).toBeUndefined();
});

test('only the functions that the user names are inspected, by their whole name or its last words', async () => {
  const { lambda, printed } = startInspected({ functions: ['whoami', 'missing'] });
  await lambda.deploy('shop-local-whoami', WORK);
  await lambda.deploy('shop-local-orders', WORK);
  await lambda.service.inspectorsReady();
  expect(printed).toEqual([
    expect.stringMatching(/^127\.0\.0\.1:\d+ {2}shop-local-whoami$/),
    'No function is called "missing" yet. There is shop-local-orders, shop-local-whoami.',
  ]);
});
