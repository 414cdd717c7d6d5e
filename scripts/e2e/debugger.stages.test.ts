import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import {
  attachDebugger,
  type ScriptedDebugger,
} from '../../libs/local-aws/src/services/lambda/inspection/debugger.testing.ts';
import { edit, startTestBed, type TestBed } from './test-bed.testing.ts';

/** Longer than each time-out of the call: those of both functions, and that of an attempt of the caller. */
const LONGER_MS = 11_000;

let bed: TestBed;
const printed: string[] = [];
let api: ScriptedDebugger;
let caller: ScriptedDebugger;
beforeAll(async () => {
  const firstPort = 30_000 + (process.pid % 10_000);
  bed = await startTestBed({ inspect: { print: (line) => void printed.push(line), firstPort } });
  await edit(bed.project, 'services/api/serverless.yml', 'timeout: 5', 'timeout: 3');
  await edit(bed.project, 'services/caller/serverless.yml', 'timeout: 20', 'timeout: 8');
  await edit(bed.project, 'services/caller/src/caller.ts', 'timeoutMs: 10_000', 'timeoutMs: 9_000');
  await bed.deploy();
  await bed.aws.localAws.inspectorsReady();
  api = await attachDebugger(portOf('depot-local-parcels'));
  caller = await attachDebugger(portOf('shop-local'));
});
afterAll(async () => {
  await bed?.close();
  await Promise.all([api?.closed, caller?.closed]);
});

function portOf(name: string): number {
  const line = printed.find((each) => each.endsWith(`  ${name}`));
  if (line === undefined) throw new Error(`No port was printed for ${name}:\n${printed.join('\n')}`);
  return Number(/:(\d+)/.exec(line)?.[1]);
}

/** The number of the line of a source that has a text. */
async function lineOf(file: string, text: string): Promise<number> {
  const lines = (await readFile(join(bed.project.root, file), 'utf8')).split('\n');
  return lines.findIndex((line) => line.includes(text)) + 1;
}

test('each function of the pair has a port, and source maps that lead to its .ts files', async () => {
  expect(printed).toHaveLength(4);
  const source = pathToFileURL(join(bed.project.root, 'services/api/src/parcels.ts')).href;
  expect(await api.sources()).toContain(source);
});

test('a function that is held longer than every time-out is called once, and sls invoke gets the answer', async () => {
  const inApi = 'services/api/src/parcels.ts';
  const inCaller = 'services/caller/src/caller.ts';
  await api.breakAt(inApi, await lineOf(inApi, 'received: body'));
  await caller.breakAt(inCaller, await lineOf(inCaller, 'const answer = await api.json'));

  const invoked = bed.sls(['invoke', '-f', 'caller'], { service: 'caller' });
  const ofCaller = await caller.paused();
  expect(ofCaller.source).toMatch(/^file:.*\/services\/caller\/src\/caller\.ts$/);
  await setTimeout(LONGER_MS);
  await ofCaller.resume();
  const ofApi = await api.paused();
  expect([ofApi.source.endsWith(inApi), ofApi.line]).toEqual([true, await lineOf(inApi, 'received: body')]);
  await setTimeout(LONGER_MS);
  await ofApi.resume();

  const { exitCode, stdout } = await invoked;
  expect([exitCode, JSON.parse(stdout)]).toMatchObject([0, { status: 200, attempts: 1 }]);
  expect(bed.aws.calls({ operation: 'POST /parcels' })).toHaveLength(1);
  expect(bed.aws.calls({ service: 'lambda', operation: 'Invoke' })).toHaveLength(1);
  expect(bed.reports).toEqual([]);
});

test('after a deployment of other code, the debugger finds it at the same port', async () => {
  const file = 'services/api/src/parcels.ts';
  await edit(bed.project, file, 'received: body', 'received: { ...body, changed: true }');
  const { exitCode } = await bed.sls(['deploy'], { service: 'api' });
  expect(exitCode).toBe(0);
  await api.closed;
  await bed.aws.localAws.inspectorsReady();
  api = await attachDebugger(portOf('depot-local-parcels'));
  await api.breakAt(file, await lineOf(file, 'changed: true'));
  const invoked = bed.sls(['invoke', '-f', 'caller'], { service: 'caller' });
  // An invocation that ends without a pause says why.
  const ended = invoked.then((answer) => Promise.reject(new Error(JSON.stringify(answer))));
  ended.catch(() => {});
  await (await Promise.race([caller.paused(), ended])).resume();
  await (await Promise.race([api.paused(), ended])).resume();
  expect(JSON.parse((await invoked).stdout)).toMatchObject({ body: { received: { changed: true } } });
  expect(printed).toHaveLength(4);
});
