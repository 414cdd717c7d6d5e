import { join } from 'node:path';
import { pairProject, workInPairProject } from '../../project/pair.testing.ts';
import { createFunctionBundle, formatErrors } from './function-bundle.ts';

workInPairProject();

const at = { color: false, width: 80 };
const error = (text: string) => ({
  id: '',
  pluginName: '',
  text,
  location: null,
  notes: [],
  detail: undefined,
});

test('errors of the bundler fit on one screen, however many there are', async () => {
  const one = await formatErrors([error('Could not resolve "./other.ts"')], at);
  expect(one).toContain('[ERROR] Could not resolve "./other.ts"');

  const five = await formatErrors(['a', 'b', 'c', 'd', 'e'].map(error), at);
  expect(five).toContain('[ERROR] c');
  expect(five).not.toContain('[ERROR] d');
  expect(five).toMatch(/\n2 more errors\.$/);

  const long = await formatErrors([error(Array.from({ length: 100 }, (_, index) => index).join('\n'))], at);
  expect(long.split('\n').length).toBeLessThanOrEqual(21);
});

test.each([
  ['is minified, as on AWS', false],
  ['keeps the lines of its sources and has their map, if debuggers attach', true],
])('a bundle %s', async (_, isForDebugger) => {
  const bundle = await createFunctionBundle(
    join(pairProject, 'services/caller'),
    'src/caller.ts',
    isForDebugger,
  );
  const built = await bundle.build();
  await bundle.close();
  if ('errors' in built) throw new Error(String(built.errors[0]?.text));
  expect(built.code.split('\n').length > 1_000).toBe(isForDebugger);
  const sources: string[] = JSON.parse(built.map?.map ?? '{ "sources": [] }').sources;
  expect(sources.some((source) => source.endsWith('src/caller.ts'))).toBe(isForDebugger);
});
