import { setImmediate as turn } from 'node:timers/promises';
import { baseUrl, keyed, numberedSource, ok, setUp } from './client.testing.ts';

const VARIABLE = 'AWS_LAMBDA_INITIALIZATION_TYPE';
afterEach(() => {
  delete process.env[VARIABLE];
});

/** Makes a client, and lets pass what a function does in its init phase. */
async function init() {
  const source = numberedSource();
  const lines: unknown[] = [];
  const log = (line: unknown) => lines.push(line);
  const load = jest.spyOn(process, 'getBuiltinModule');
  const made = setUp([ok], { credentials: source, logger: { info: log, warn: log, error: log } });
  for (let turns = 0; turns < 10; turns += 1) await turn();
  const loaded = load.mock.calls.map(([name]) => name);
  load.mockRestore();
  return { ...made, source, lines, loaded };
}

describe('in the init phase of a function, the client', () => {
  beforeEach(() => {
    process.env[VARIABLE] = 'on-demand';
  });

  test('makes its first call ready: what sends requests is loaded', async () => {
    expect((await init()).loaded).toEqual(['node:https']);
  });

  test('sends, logs and renews nothing', async () => {
    const { api, lines, source } = await init();
    expect(api.requests).toEqual([]);
    expect(lines).toEqual([]);
    expect(source.rejected).toEqual([]);
  });

  test('signs the first call with its own credentials', async () => {
    const { api, client } = await init();
    expect(await client.json('/messages', keyed)).toMatchObject({ status: 200, attempts: 1 });
    expect(api.requests).toMatchObject([{ url: `${baseUrl}/messages` }]);
    expect(api.requests[0]?.headers.get('authorization')).toContain('Credential=ASIAEXAMPLE000000001/');
  });
});

test('outside Lambda, a new client loads nothing', async () => {
  expect((await init()).loaded).toEqual([]);
});
