import { hostileInputs } from './hostile-inputs.testing.ts';
import { type Running, startRunning } from './running.testing.ts';

jest.setTimeout(60_000);

let running: Running;
beforeAll(async () => {
  running = await startRunning();
});
afterAll(async () => {
  await running.close();
  expect(running.defects).toEqual([]);
});

const health = async () => (await fetch(`${running.aws.url}/_local-aws/health`)).status;

test.each(hostileInputs)('$name: it is answered, and so is the next request', async ({ send }) => {
  await send(running.aws);
  expect(await health()).toBe(200);
});
