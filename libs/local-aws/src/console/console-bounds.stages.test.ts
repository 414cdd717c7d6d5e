import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectLinear } from '../../../iam/src/count-steps.testing.ts';
import { type LocalAws, startLocalAws } from '../local-aws.ts';
import type { RecordedDecision, TraceEvent } from '../trace/event.ts';
import { CONSOLE_PATH } from './console.ts';
import type { AccountMap } from './model.ts';

const A = '111111111111';
const B = '222222222222';
const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of running.splice(0)) await end();
});

async function start(): Promise<LocalAws> {
  const root = await mkdtemp(join(tmpdir(), 'console-bounds-'));
  const aws = await startLocalAws({ root, port: 0, report: () => {} });
  running.push(async () => {
    await aws.close();
    await rm(root, { recursive: true, force: true });
  });
  return aws;
}

async function read(aws: LocalAws, path: string, document?: object): Promise<string> {
  const response = await fetch(`${aws.url}${CONSOLE_PATH}${path}`, {
    headers: {
      authorization: `Bearer ${aws.consoleUrl.split('#token=')[1]}`,
      ...(document && { origin: aws.url, 'content-type': 'application/json' }),
    },
    ...(document && { method: 'POST', body: JSON.stringify(document) }),
  });
  expect(response.status).toBe(200);
  return response.text();
}
const mapOf = async (aws: LocalAws) => JSON.parse(await read(aws, '/map')) as AccountMap;

const allow = (Action: string | readonly string[], Resource: string | readonly string[]) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource }],
});
const trusting = (...accounts: readonly string[]) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: accounts }, Action: 'sts:AssumeRole' }],
});

/** Pairs of a caller in one account that may assume a role in the other. */
function addPairs({ directory: { roles } }: LocalAws, count: number): void {
  for (let index = 0; index < count; index += 1) {
    roles.create(A, { name: `invoke${index}`, trustPolicy: trusting(B) });
    roles.create(B, { name: `caller${index}`, trustPolicy: trusting(B) });
    roles.putPolicy(
      B,
      `caller${index}`,
      'assume',
      allow('sts:AssumeRole', `arn:aws:iam::${A}:role/invoke${index}`),
    );
  }
}

/** Calls of a role that were refused, and repeated with success. */
function recordCalls(aws: LocalAws, count: number): void {
  const { trace } = aws;
  addPairs(aws, 1);
  for (let index = 0; index < count; index += 1) {
    const of = {
      principalArn: `arn:aws:sts::${B}:assumed-role/caller0/s${index}`,
      action: 'sts:AssumeRole',
      resource: `arn:aws:iam::${A}:role/invoke0`,
      context: { 'aws:PrincipalArn': `arn:aws:iam::${B}:role/caller0`, 'aws:ResourceAccount': A },
    };
    const call = (decision: object, status: number): TraceEvent => ({
      time: new Date(),
      requestId: `${status}-${index}`,
      service: 'sts',
      operation: 'AssumeRole',
      decisions: [{ ...of, consulted: [], ...decision } as unknown as RecordedDecision],
      status,
      durationMs: 1,
    });
    trace.record(call({ allowed: false, denial: 'implicit', missing: 'identity-based policy' }, 403));
    trace.record(call({ allowed: true, decidedBy: [] }, 200));
  }
}

test('the map takes steps in proportion to the roles', async () => {
  await expectLinear(40, async (size) => {
    const aws = await start();
    addPairs(aws, size);
    return async () => {
      const { arrows, unseenPairs } = await mapOf(aws);
      expect(arrows.filter(({ allowed }) => allowed)).toHaveLength(size);
      expect(unseenPairs).toBe(0);
    };
  });
});

test('the explanation of an arrow takes steps in proportion to the roles, and has the policies', async () => {
  await expectLinear(40, async (size) => {
    const aws = await start();
    addPairs(aws, size);
    const ends = { from: `arn:aws:iam::${B}:role/caller0`, to: `arn:aws:iam::${A}:role/invoke0` };
    return async () => {
      const explained: unknown = JSON.parse(await read(aws, '/arrow', ends));
      expect(explained).toMatchObject({
        verdict: 'allowed',
        decision: { consulted: [expect.anything(), expect.anything()] },
      });
    };
  });
});

test.each(['/page', '/roles', '/events', '/calls/403-0'])(
  'GET %s takes steps in proportion to the recorded calls',
  async (path) => {
    await expectLinear(60, async (size) => {
      const aws = await start();
      recordCalls(aws, size);
      return () => (path === '/events' ? readEvents(aws, 2 * size) : read(aws, path));
    });
  },
);

test('GET /roles lets other requests take turns while it computes', async () => {
  const aws = await start();
  recordCalls(aws, 1_000);
  let isDone = false;
  let turns = 0;
  const count = () => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  await read(aws, '/roles');
  isDone = true;
  // 1,000 allowed calls are read, compared with each statement, and decided again, 20 of them in a turn.
  expect(turns).toBeGreaterThan(150);
});

async function readEvents(aws: LocalAws, count: number): Promise<void> {
  const stop = new AbortController();
  const headers = { authorization: `Bearer ${aws.consoleUrl.split('#token=')[1]}` };
  const { body } = await fetch(`${aws.url}${CONSOLE_PATH}/events`, { headers, signal: stop.signal });
  let text = '';
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (text.split('"requestId"').length > count) break;
  }
  stop.abort();
}

test('if each role may assume each other, the map has the most arrows that a person can use, and names the rest', async () => {
  const aws = await start();
  const count = 100;
  for (let index = 0; index < count; index += 1) {
    aws.directory.roles.create(A, { name: `role${index}`, trustPolicy: trusting(A) });
    aws.directory.roles.putPolicy(A, `role${index}`, 'all', allow('*', '*'));
  }
  addPairs(aws, 1);
  const { arrows, unseenPairs } = await mapOf(aws);
  expect(arrows).toHaveLength(5_000);
  expect(unseenPairs).toBeGreaterThanOrEqual(count * (count - 1) - 5_000);
  // Few permissions are not hidden by many.
  expect(arrows).toContainEqual(
    expect.objectContaining({
      from: `arn:aws:iam::${B}:role/caller0`,
      to: `arn:aws:iam::${A}:role/invoke0`,
    }),
  );
});

test('wildcards that match nothing are compared up to a limit, and the map names the rest', async () => {
  const aws = await start();
  const count = 460;
  for (let index = 0; index < count; index += 1) {
    aws.directory.roles.create(A, { name: `role${index}`, trustPolicy: trusting(A) });
    const nothing = allow('sts:AssumeRole', `arn:aws:iam::${A}:role/role*-none`);
    aws.directory.roles.putPolicy(A, `role${index}`, 'nothing', nothing);
  }
  const { arrows, unseenPairs } = await mapOf(aws);
  expect(arrows).toEqual([]);
  expect(unseenPairs).toBeGreaterThan(0);
  expect(unseenPairs).toBeLessThanOrEqual(count * count - 200_000);
});
