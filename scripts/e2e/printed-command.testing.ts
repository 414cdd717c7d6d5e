import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Run } from '../../libs/cli/src/run-in-process.testing.ts';
import { runExplain } from '../../libs/cli/src/stage/test-pair.testing.ts';
import { invokeCaller, type TestBed } from './test-bed.testing.ts';

/** Explains stage `local`. */
export function explain({ localAwsRoot }: TestBed): Promise<Run> {
  return runExplain(['--stage', 'local'], { LOCAL_AWS_ROOT: localAwsRoot });
}

/** Runs the command at the end of an explanation, as it is printed, in the project's root. */
export async function runPrinted(bed: TestBed, stdout: string): Promise<string> {
  const command = /^ *(np(?:x sls|m run) .+)$/m.exec(stdout)?.[1];
  if (command === undefined) throw new Error(`No command is printed:\n${stdout}`);
  const { root } = bed.project;
  const env = {
    ...process.env,
    LOCAL_AWS_ROOT: bed.localAwsRoot,
    PATH: [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter),
  };
  // npx takes a second to find what is in PATH.
  await promisify(execFile)('sh', ['-c', `npx() { "$@"; }; ${command}`], { cwd: root, env });
  return command;
}

/** Fails unless the chain of stage `local` holds and its caller gets an answer. */
export async function expectRepaired(bed: TestBed): Promise<void> {
  const { stdout, exitCode } = await explain(bed);
  expect(stdout).toContain('the chain holds');
  expect(exitCode).toBe(0);
  expect((await invokeCaller(bed)).functionError).toBeUndefined();
}
