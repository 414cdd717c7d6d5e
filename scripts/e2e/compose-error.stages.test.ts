import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyPairProject } from '../../libs/cli/src/project/pair.testing.ts';
import { projectRoot } from '../lib/project.ts';

test('a deployment of all services that is refused prints its error once', async () => {
  const project = await copyPairProject();
  try {
    await writeFile(join(project.root, 'services/stages.yml'), 'dev:\n  region: moon\n');
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(projectRoot, 'node_modules/.bin/sls'), 'deploy', '--stage', 'dev'],
      {
        cwd: project.root,
        encoding: 'utf8',
        env: { ...process.env, PATH: `${join(projectRoot, 'node_modules/.bin')}:${process.env.PATH}` },
      },
    );
    expect(status).toBe(1);
    expect((stdout + stderr).match(/dev\.region is "moon"/g)).toHaveLength(1);
  } finally {
    await project.remove();
  }
});
