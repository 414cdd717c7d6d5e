import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chooseBundles, type DeployedCode } from './code-that-ran.ts';
import { type Bundle, sha256Of } from './sources.ts';

const bundle = (code: string, isForDebugger = false): Bundle => ({
  sha256: sha256Of(Buffer.from(code)),
  map: new SourceMap({ version: 3, sources: [], mappings: '' } as never),
  outdir: '/',
  isForDebugger,
});
const deployed = (...code: readonly string[]): DeployedCode => ({
  stage: 'dev',
  sha256: new Map([['src/a.mjs', code.map((each) => bundle(each).sha256)]]),
  lastModified: new Date('2026-11-24T12:00:00Z'),
});
const onAws = { url: 'file:///var/task/src/a.mjs', file: 'src/a.mjs' };

/** Judges one file. @param sources the code of its bundles */
async function judge(sources: readonly string[], stage?: DeployedCode, named = onAws) {
  const { chosen, notes } = await chooseBundles([named], {
    find: async () => [...sources.map((code) => bundle(code)), bundle('for debuggers', true)],
    readDeployed: stage && (async () => stage),
  });
  return { sha256: chosen.get(named.url)?.sha256, notes: notes.join(' ') };
}

test('without a stage, the sources are taken for the ones that ran, and that is noted', async () => {
  expect(await judge(['new'])).toEqual({
    sha256: bundle('new').sha256,
    notes: expect.stringContaining('--stage compares them with the deployed code'),
  });
});

test('with a stage, the sources of the deployed code are chosen, and the time of its deployment is noted', async () => {
  expect(await judge(['other service', 'same'], deployed('same'))).toEqual({
    sha256: bundle('same').sha256,
    notes: expect.stringContaining('last changed at 2026-11-24T12:00:00.000Z'),
  });
});

test.each([
  ['that differ from the deployed code', ['new'], deployed('old'), 'The sources differ from what ran'],
  [
    'of a function that is not deployed',
    ['new'],
    { ...deployed(), sha256: new Map() },
    'No function of stage dev',
  ],
  ['of two services with the same code', ['same', 'same'], deployed('same'), 'several services'],
  ['of two services, without a stage', ['one', 'two'], undefined, 'several services'],
  ['that are missing', [], undefined, 'no sources of src/a.mjs'],
])('sources %s map no position', async (_what, sources, stage, note) => {
  expect(await judge(sources, stage)).toEqual({ sha256: undefined, notes: expect.stringContaining(note) });
});

test('the code of a function in local AWS is compared with the file that ran, as long as that exists', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ran-'));
  const named = { url: pathToFileURL(join(folder, 'src/a.mjs')).href, file: 'src/a.mjs' };
  try {
    const gone = await judge(['same'], undefined, named);
    expect(gone).toEqual({ sha256: undefined, notes: expect.stringContaining('no longer on this machine') });
    const file = { ...named, url: pathToFileURL(join(folder, 'a.mjs')).href };
    await writeFile(join(folder, 'a.mjs'), 'same');
    expect(await judge(['same'], undefined, file)).toEqual({ sha256: bundle('same').sha256, notes: '' });
    expect((await judge(['new'], undefined, file)).notes).toContain('The sources differ from what ran');
  } finally {
    await rm(folder, { recursive: true });
  }
});
