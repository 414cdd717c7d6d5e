import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { nodeFlags, projectRoot } from './lib/project.ts';
import { defects } from './simulate/defects.ts';

// In a separate process, like the command: Jest would transform the modules in which defects are planted.
async function simulate(...options: string[]): Promise<{ code: number; stdout: string }> {
  const run = promisify(execFile)(process.execPath, [...nodeFlags, 'scripts/simulate.ts', ...options], {
    cwd: projectRoot,
  });
  return run.then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
  );
}

/** CI tries 2000 others. */
const HISTORIES = 300;

test('in 300 histories every invariant holds, and exceptions of README occur', async () => {
  const { stdout } = await simulate('--histories', String(HISTORIES), '--from', '1', '--json');
  const { failure, histories, counts, exceptions } = JSON.parse(stdout);
  expect({ failure, histories }).toEqual({ histories: HISTORIES });
  expect(counts.calls).toBeGreaterThan(10 * HISTORIES);
  expect(counts.faults).toBeGreaterThan(6 * HISTORIES);
  expect(counts.environments).toBeGreaterThan(5 * HISTORIES);
  // Faults after the execution of a request without a key.
  expect(counts.lostUnkeyed).toBeGreaterThan(HISTORIES / 4);
  // The others are rare.
  expect(exceptions).toMatchObject({
    'the environment died before it could store': expect.any(Number),
    'the handler failed after its effect': expect.any(Number),
    'the caller has another role': expect.any(Number),
    'the table was removed': expect.any(Number),
  });
}, 900_000);

test("a history is the same each time, also with the AWS SDK's own clients of STS and DynamoDB", async () => {
  for (const options of [[], ['--sdk']]) {
    const [one, other] = await Promise.all([1, 2].map(() => simulate('--seed', '42', ...options)));
    expect(one).toEqual(other);
    expect(one).toMatchObject({ code: 0, stdout: expect.stringContaining('✔ Every invariant holds.') });
  }
}, 300_000);

test.each(Object.entries(defects))(
  'the defect %s is found, and shown in a short history',
  async (name, { breaks }) => {
    const { code, stdout } = await simulate('--defect', name, '--histories', '300', '--from', '1');
    expect(code).toBe(1);
    const [, short = ''] = stdout.split('A short history that fails: ');
    expect(short).toContain(`✘ ${breaks}`);
    expect(short).toMatch(/^[1-9] calls?, [0-9] faults?, [0-9] changes? of the stage\n/);
    expect(short).toContain(` --defect ${name}\n`);
  },
  300_000,
);

test('an unknown defect is refused, with the names of the known ones', async () => {
  expect(await simulate('--defect', 'none')).toMatchObject({ code: 2 });
});
