import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { apiOutputs, CALLER_ACCOUNT, invokeCaller, startTestBed, type TestBed } from './test-bed.testing.ts';

jest.setTimeout(180_000);

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
  await setMode('assume-role');
  await bed.deploy();
});
afterAll(() => bed?.close());

const setMode = (accessMode: string, previousAccessMode?: string) =>
  writeFile(
    join(bed.project.root, 'services/stages.yml'),
    JSON.stringify({ local: { accessMode, previousAccessMode } }),
  );

/** Changes the stage's access mode in two deployments, while callers run. @returns what the callers got, and what was called */
async function changeMode(from: string, to: string) {
  const before = bed.aws.trace.events().length;
  // Functions start cold and credentials expire again and again.
  bed.aws.faults.set({
    maxSessionSeconds: 3,
    rules: [
      { match: { function: 'cross-account-*' }, every: 3, effect: { type: 'kill-function', when: 'idle' } },
    ],
  });
  let deploying = true;
  const calls = [{}, { method: 'GET', path: '/whoami' }].map(async (event) => {
    const answers = [];
    for (; deploying; await setTimeout(50)) answers.push(await invokeCaller(bed, event));
    return answers;
  });
  try {
    await setMode(to, from);
    await bed.deploy();
    await setMode(to);
    await bed.deploy();
  } finally {
    deploying = false;
  }
  const answers = (await Promise.all(calls)).flat();
  bed.aws.faults.clear();
  // Also what was refused and then hidden by a retry.
  const events = bed.aws.trace
    .events()
    .slice(before)
    .filter(({ operation, service }) => operation === 'AssumeRole' || service === 'execute-api');
  return { answers, events };
}

/** Makes the call. @returns who the API saw, and whether STS was asked */
async function call() {
  const before = bed.aws.trace.events().length;
  const { payload } = await invokeCaller(bed);
  const asked = bed.aws.trace.events().slice(before);
  return { payload, askedSts: asked.some(({ operation }) => operation === 'AssumeRole') };
}

test('no call fails while a stage changes to the access mode resource-policy, and then the caller is itself', async () => {
  const { answers, events } = await changeMode('assume-role', 'resource-policy');
  expect(answers.length).toBeGreaterThan(10);
  for (const answer of answers) expect(answer).toMatchObject({ payload: { status: 200 } });
  for (const event of events) expect(event).toMatchObject({ status: 200 });

  expect(await call()).toMatchObject({
    payload: {
      status: 200,
      body: { caller: { accountId: CALLER_ACCOUNT, roleName: 'cross-account-caller-local' } },
    },
    askedSts: false,
  });
  await expect(apiOutputs(bed)).rejects.toThrow('no output InvokeRoleArn');
});

test('no call fails while a stage changes back to the access mode assume-role', async () => {
  const { answers, events } = await changeMode('resource-policy', 'assume-role');
  expect(answers.length).toBeGreaterThan(10);
  for (const answer of answers) expect(answer).toMatchObject({ payload: { status: 200 } });
  for (const event of events) expect(event).toMatchObject({ status: 200 });
  expect(await call()).toMatchObject({
    payload: { status: 200, body: { caller: { roleName: 'cross-account-api-local-invoke' } } },
  });
});
