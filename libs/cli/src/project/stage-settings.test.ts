import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownLocalSettings } from './stage-settings.ts';

test.each([
  ['no file', undefined, {}],
  ['a file without the stage', 'dev: { region: eu-west-1 }', {}],
  ['an empty stage', 'local:', {}],
  ['settings', 'local: { accessMode: resource-policy }', { accessMode: 'resource-policy' }],
])('the settings of stage local in a project: %s', async (_what, text, expected) => {
  const root = await mkdtemp(join(tmpdir(), 'stage-settings-test-'));
  try {
    await mkdir(join(root, 'services'));
    if (text !== undefined) await writeFile(join(root, 'services/stages.yml'), text);
    expect(ownLocalSettings(root)).toEqual(expected);
  } finally {
    await rm(root, { recursive: true });
  }
});
