import { type LambdaFixture, lambdaFixture, ROLE } from '../lambda.testing.ts';

let lambda: LambdaFixture;
const reports: string[] = [];
beforeEach(() => {
  reports.length = 0;
  lambda = lambdaFixture({ report: (message: string) => reports.push(message) });
});
afterEach(() => lambda.service.close());

const traceOf = 'exports.handler = async () => process.env._X_AMZN_TRACE_ID';
/** Invokes functions one after the other, each with the trace header that the one before got. @returns the status of each */
async function chain(...names: readonly string[]): Promise<number[]> {
  const statuses: number[] = [];
  let header: string | undefined;
  for (const name of names) {
    const { status, json } = await lambda.invoke(
      name,
      {},
      header === undefined ? {} : { 'x-amzn-trace-id': header },
    );
    statuses.push(status);
    if (status === 200) header = json;
  }
  return statuses;
}
const times = (count: number, ...names: readonly string[]) =>
  Array.from({ length: count }, () => names).flat();

test('the invocation after the 16th in a chain of requests is refused, loudly, and not run', async () => {
  await lambda.deploy('loop', traceOf);
  expect(await chain(...times(16, 'loop'))).toEqual(times(16, '').map(() => 200));
  expect(reports).toEqual([]);
  const { status, headers, json } = await lambda.invoke('loop', {}, await headerAfter(16));
  expect(status).toBe(400);
  expect(headers).toMatchObject({
    'x-amzn-errortype': expect.stringContaining('RecursiveInvocationException'),
  });
  expect(JSON.stringify(json)).toContain('recursive loop');
  expect(reports).toEqual([
    expect.stringContaining(':function:loop was invoked 16 times in one chain of requests'),
  ]);
});

/** The header with which a function invokes itself after some invocations of a chain. */
async function headerAfter(count: number): Promise<Record<string, string>> {
  const { json } = await lambda.invoke('loop');
  return { 'x-amzn-trace-id': String(json).replace(/:1$/, `:${count}`) };
}

test('each function is counted for itself: two that invoke each other run 16 times each', async () => {
  await lambda.deploy('ping', traceOf);
  await lambda.deploy('pong', traceOf);
  const statuses = await chain(...times(17, 'ping', 'pong'));
  expect(statuses.slice(0, 32)).toEqual(times(32, '').map(() => 200));
  expect(statuses.slice(32)).toEqual([400, 400]);
});

test('a fan-out has no limit, nor have requests that start anew', async () => {
  await lambda.deploy('loop', traceOf);
  const header = await headerAfter(15);
  for (let index = 0; index < 20; index += 1) {
    expect((await lambda.invoke('loop', {}, header)).status).toBe(200);
    expect((await lambda.invoke('loop')).status).toBe(200);
  }
});

test('a loop that is meant is allowed, in a template or by the API', async () => {
  const loop = await lambda.deploy('loop', traceOf);
  expect(loop).toContain('loop');
  const config = '/2024-08-31/functions/loop/recursion-config';
  expect((await lambda.request(`GET ${config}`)).json).toEqual({ RecursiveLoop: 'Terminate' });
  expect((await lambda.invoke('loop', {}, await headerAfter(16))).status).toBe(400);
  expect((await lambda.request(`PUT ${config}`, { RecursiveLoop: 'Allow' })).json).toEqual({
    RecursiveLoop: 'Allow',
  });
  expect((await lambda.invoke('loop', {}, await headerAfter(16))).status).toBe(200);
  expect((await lambda.request(`PUT ${config}`, { RecursiveLoop: 'Sometimes' })).status).toBe(400);
  await lambda.create('Function', {
    FunctionName: 'meant',
    ...{ Handler: 'index.handler', Runtime: 'nodejs24.x', Role: ROLE, RecursiveLoop: 'Allow' },
    Code: { ZipFile: traceOf },
  });
  expect((await lambda.request(`GET ${config.replace('loop', 'meant')}`)).json).toEqual({
    RecursiveLoop: 'Allow',
  });
});

test('a refused event is not tried again', async () => {
  await lambda.deploy('loop', traceOf);
  const header = await headerAfter(16);
  await lambda.invoke('loop', {}, { ...header, 'x-amz-invocation-type': 'Event' });
  await lambda.service.settled();
  expect(reports).toHaveLength(1);
  expect(lambda.logged.get('/aws/lambda/loop')?.filter((line) => line.startsWith('START'))).toHaveLength(1);
});
