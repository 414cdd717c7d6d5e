import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findConfigurationFiles } from './configuration-files.ts';

test('a service depends on its serverless.yml, on the files that it names, and on the files that both services share', async () => {
  const root = await mkdtemp(join(tmpdir(), 'configuration-'));
  try {
    const folder = join(root, 'services/api');
    await mkdir(folder, { recursive: true });
    await writeFile(
      join(folder, 'serverless.yml'),
      `custom:
  settings: \${file(../../node_modules/plugin/settings.cjs):settings}
  alarms: \${file(./resources/alarms.yml):\${self:custom.settings.alarms}}
  routes: \${file(../contract/openapi.json):paths}
`,
    );
    const found = await findConfigurationFiles(root, ['services/api', 'services/missing']);
    expect([...found].toSorted()).toEqual(
      [
        'serverless-compose.yml',
        'services/api/resources/alarms.yml',
        'services/api/serverless.yml',
        'services/contract/openapi.json',
        'services/esbuild.config.cjs',
        'services/missing/serverless.yml',
        'services/stages.yml',
      ].map((file) => join(root, file)),
    );
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
