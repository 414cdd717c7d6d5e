import { join } from 'node:path';
import type { ProjectCopy } from '../../libs/cli/src/project/copy-project.ts';
import { copyPairProject } from '../../libs/cli/src/project/pair.testing.ts';
import { startProgram } from '../e2e/command.testing.ts';
import { projectRoot } from '../lib/project.ts';

let project: ProjectCopy;
beforeAll(async () => {
  project = await copyPairProject();
});
afterAll(() => project?.remove());

test.each([
  [['--stage', 'prod', '--yes'], 'its name must begin with "throwaway"'],
  [['--stage', 'local', '--yes'], 'Stage local needs a running local AWS'],
  [['--recording', 'x.json', '--compare', 'local'], 'Stage local needs a running local AWS'],
  [['--compare', 'local'], 'Give --stage S; or --recording FILE --compare local'],
  [['--stage', 'local', '--compare', 'moto'], '--compare moto: a recording is compared with local AWS only'],
])('conformance %j is refused before anything is made, with what to do', async (args, message) => {
  const run = startProgram(
    project,
    [process.execPath, join(projectRoot, 'scripts/conformance.ts'), ...args],
    {
      LOCAL_AWS_ROOT: project.root,
    },
  );
  expect([await run.ended, run.output().stderr]).toEqual([2, expect.stringContaining(message)]);
  expect(run.output().stderr).not.toContain('    at ');
});
