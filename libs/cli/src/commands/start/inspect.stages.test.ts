import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleFunction } from '../../project/bundle-function.ts';
import { pairProject, workInPairProject } from '../../project/pair.testing.ts';
import { sourceMapsOfSources } from './inspect.ts';

workInPairProject();

const caller = join(pairProject, 'services/caller');
const sha256 = (code: string) => createHash('sha256').update(code).digest('hex');
const deployedCode = async () => (await bundleFunction(caller, 'src/caller.ts')).outputFiles[0]?.text ?? '';

test('the map of deployed code leads to the files of its sources', async () => {
  const code = await deployedCode();
  const found = await sourceMapsOfSources()({
    functionName: 'shop-local',
    path: 'src/caller.mjs',
    sha256: sha256(code),
  });
  const { sources, mappings } = JSON.parse('map' in found ? found.map : '{}');
  expect(sources).toContain(`file://${join(caller, 'src/fail.ts')}`);
  const files = sources.filter((source: string) => source.startsWith('file:'));
  expect(files.filter((source: string) => !existsSync(fileURLToPath(source)))).toEqual([]);
  expect(mappings).not.toBe('');
});
