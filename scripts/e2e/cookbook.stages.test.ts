import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Operation } from '@cross-account-api/contract';
import { verifyStage } from '../../libs/cli/src/commands/verify/verify-stage.ts';
import { eventOf } from '../../libs/cli/src/probes/operations.ts';
import { readContract } from '../../libs/cli/src/project/contract.ts';
import { cookbookOperations, copyCookbookProject } from '../../libs/cli/src/project/cookbook.testing.ts';
import { runInProcess } from '../../libs/cli/src/run-in-process.testing.ts';
import { invokeCaller, startTestBed, type TestBed } from './test-bed.testing.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed({ copy: copyCookbookProject });
  jest.spyOn(process, 'cwd').mockReturnValue(bed.project.root);
  // By the CLI: a template of this size goes through S3.
  await bed.deploy();
});
afterAll(async () => {
  jest.restoreAllMocks();
  await bed?.close();
});

/** The answers to the examples, where more than the status is of interest. */
const answers: Readonly<Record<string, object>> = {
  createOrder: { body: { number: 24, item: 'pen', pens: 1 }, headers: { Location: '/orders/24' } },
  listOrders: { body: { next: '2' } },
  searchOrders: { body: { text: 'a&b=c', size: 1, page: 'last', prices: [0.5, 2] } },
  getReport: { body: { year: 2026, region: 'eu/north', days: ['2026-11-01', '2026-11-30'] } },
  getOrder: { headers: { ETag: '"1"' } },
  createShipment: { headers: { 'X-Correlation-Id': '6f1c7d3e-2b4a-4c58-9d0e-8a7b6c5d4e3f' } },
  exportOrders: { body: 'number,item,pens\n7,pen,2\n' },
  importOrders: { body: { imported: 1 } },
  convertInvoice: { body: '<receipt total="1"/>' },
  getTenant: { body: { name: 'blue' } },
};

test.each(cookbookOperations)('the caller calls %s by its event', async (name, { status }: Operation) => {
  const { operations } = readContract(bed.project.root);
  const asked = operations.find((each) => each.name === name);
  const event = eventOf(asked as NonNullable<typeof asked>, undefined);
  expect(await invokeCaller(bed, event)).toMatchObject({ payload: { status, ...answers[name] } });
});

test.each<[what: string, event: object, error: RegExp]>([
  [
    'a header that does not match',
    {
      operation: 'replaceOrder',
      input: { number: 7, headers: { 'if-match': '"0"' }, body: { item: 'a', pens: 1 } },
    },
    /412.*Read the order again/,
  ],
  [
    'a declared problem',
    { operation: 'payOrder', input: { number: 7, body: { cents: 1 } } },
    /409.*Pay 250 cents/,
  ],
  [
    'a rule that JSON Schema cannot express',
    {
      operation: 'getReport',
      input: { year: 2026, region: 'a', query: { from: '2026-11-30', to: '2026-11-01' } },
    },
    /400.*from must not be after to/,
  ],
  [
    'the tenant of another caller',
    { operation: 'listInvoices', input: { tenant: 'red' } },
    /404.*no tenant red/,
  ],
])('%s is refused by the API', async (_what, event, error) => {
  const { functionError, payload } = await invokeCaller(bed, event);
  expect(functionError).toBe('Unhandled');
  expect(JSON.stringify(payload)).toMatch(error);
});

test('a condition is answered 304', async () => {
  const input = { number: 7, headers: { 'If-None-Match': '"1"' } };
  const { payload } = await invokeCaller(bed, { operation: 'getOrder', input });
  expect(payload).toMatchObject({ status: 304, headers: { ETag: '"1"' } });
});

test('verify sends the example of each operation, and proves the routes', async () => {
  const { results, leftOut } = await verifyStage({
    stage: 'local',
    localAwsRoot: bed.localAwsRoot,
    environment: process.env,
  });
  expect(results.filter(({ pass }) => !pass).map(({ probe }) => probe.name)).toEqual([]);
  expect(leftOut).toEqual([]);
  expect(results.length).toBeGreaterThan(cookbookOperations.length);
});

test('explain walks the chain to each operation', async () => {
  const { exitCode, stdout } = await runInProcess(['explain', '--stage', 'local'], bed.project.root, {
    LOCAL_AWS_ROOT: bed.localAwsRoot,
  });
  expect(exitCode).toBe(0);
  for (const [name, { method, path }] of cookbookOperations) {
    expect(stdout).toContain(`calls ${name} (${method} ${path})`);
  }
});

test('an operation that refuses its example as the contract declares does not fail, and is not said to be executed once', async () => {
  const file = join(bed.project.root, 'services/contract/openapi.json');
  const contract = readFileSync(file, 'utf8');
  const refused = contract
    .replace(/(?<="example": )"\\"1\\""/, String.raw`"\"0\""`)
    .replace('"cents": 250', '"cents": 1');
  writeFileSync(file, refused);
  try {
    const { pass, results, notes } = await verifyStage({
      stage: 'local',
      localAwsRoot: bed.localAwsRoot,
      environment: process.env,
    });
    const answers = (name: string) =>
      results.filter(({ probe }) => probe.name.startsWith(name)).map(({ observed }) => observed.outcome);
    expect(results.filter((result) => !result.pass)).toEqual([]);
    expect(pass).toBe(true);
    expect(answers('replaceOrder')).toEqual(['412']);
    expect(answers('payOrder')).toEqual(['409']);
    expect(notes.join('\n')).toContain('Not sent twice with one key: payOrder (409).');
  } finally {
    writeFileSync(file, contract);
  }
});
