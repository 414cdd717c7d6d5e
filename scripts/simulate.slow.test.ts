import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { nodeFlags, projectRoot } from './lib/project.ts';
import { mutants } from './simulate/mutants.ts';

// In a separate process, like the command: Jest would transform the modules that mutants change.
async function simulate(...options: string[]): Promise<{ code: number; stdout: string }> {
  const run = promisify(execFile)(process.execPath, [...nodeFlags, 'scripts/simulate.ts', ...options], {
    cwd: projectRoot,
  });
  return run.then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
  );
}

/** This number finds each of the old defects. CI tries 2000 others. */
const HISTORIES = 300;

test('in 300 histories every invariant holds, and exceptions of README occur', async () => {
  const { stdout } = await simulate('--histories', String(HISTORIES), '--from', '1', '--json');
  const { failure, histories, counts, exceptions } = JSON.parse(stdout);
  expect({ failure, histories }).toEqual({ histories: HISTORIES });
  expect(counts.calls).toBeGreaterThan(10 * HISTORIES);
  expect(counts.faults).toBeGreaterThan(3 * HISTORIES);
  expect(counts.environments).toBeGreaterThan(3 * HISTORIES);
  // The others are rare.
  expect(exceptions).toMatchObject({
    'the environment died before it could store': expect.any(Number),
    'the caller has another role': expect.any(Number),
    'the table was removed': expect.any(Number),
  });
}, 900_000);

test("a history is the same each time, also with the AWS SDK's own client of DynamoDB", async () => {
  for (const options of [[], ['--sdk']]) {
    const [one, other] = await Promise.all([1, 2].map(() => simulate('--seed', '42', ...options)));
    expect(one).toEqual(other);
    expect(one).toMatchObject({ code: 0, stdout: expect.stringContaining('✔ Every invariant holds.') });
  }
}, 300_000);

/** For each mutant, a history that finds it, and the broken invariant. Without the mutant the history holds. */
const found: Readonly<Record<string, readonly [seed: number, invariant: string]>> = {
  'late-handler': [207, 'a keyed request is executed at most once'],
  'ignored-key': [28, 'a keyed request is executed by an API that remembers it'],
  'base-path': [5, 'a repetition is not taken for another request'],
  attempts: [9, 'attempts is what was sent'],
  'cut-gzip': [21, 'a part of a response is not taken for the whole'],
  'sts-clock': [184, 'calls succeed after the last fault'],
};

test.each(Object.keys(mutants))(
  'the old defect %s is found, and shown in a short history',
  async (mutant) => {
    const [seed = 0, invariant = ''] = found[mutant] ?? [];
    expect(seed).toBeLessThan(HISTORIES);
    const { code, stdout } = await simulate('--mutant', mutant, '--seed', String(seed));
    expect(code).toBe(1);
    const [, short = ''] = stdout.split('A short history that fails: ');
    expect(short).toContain(`✘ ${invariant}`);
    expect(short.split('\n').length).toBeLessThan(stdout.split('\n').length / 2);
  },
  300_000,
);

test('an unknown mutant is refused, with the names of the known ones', async () => {
  expect(await simulate('--mutant', 'none')).toMatchObject({ code: 2 });
}, 60_000);
