import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { callControl } from '../control/client.ts';
import { SOURCE_MAPS_PATH } from '../control/source-map-control.ts';
import { type LocalAws, startLocalAws } from '../local-aws.ts';
import { makeSourceMaps, sendSourceMaps } from './source-maps.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'source-maps-'));
  await mkdir(join(folder, 'src'));
  await writeFile(join(folder, 'package.json'), '{}');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const sha256 = (code: string) => createHash('sha256').update(code).digest('hex');

describe('the source maps of a service', () => {
  const source =
    'export const handler = async (): Promise<string> => {\n  return "done".concat(String(Date.now()));\n};\n';
  /** What serverless-esbuild has when it has packaged a service. */
  const esbuildPlugin = (further: object = {}) => ({
    buildOptions: {
      bundle: true,
      minify: true,
      platform: 'node',
      target: 'node24',
      external: [],
      exclude: ['aws-sdk'],
      concurrency: 4,
      outputFileExtension: '.cjs',
      ...further,
    },
    buildDirPath: join(folder, '.esbuild/.build'),
    functionEntries: [{ entry: 'src/hello.ts' }, { entry: 'src/hello.ts' }],
    plugins: [],
  });

  beforeEach(async () => {
    await writeFile(join(folder, 'src/hello.ts'), source);
    await symlink(join(__dirname, '../../../../node_modules'), join(folder, 'node_modules'));
  });

  test.each([[undefined], ['linked'], ['inline']] as const)(
    'are those of the code that serverless-esbuild deploys, with its option sourcemap: %s',
    async (sourcemap) => {
      const { outputFiles } = await build({
        ...{ bundle: true, minify: true, platform: 'node', target: 'node24' },
        ...(sourcemap !== undefined && { sourcemap }),
        absWorkingDir: folder,
        entryPoints: ['src/hello.ts'],
        outdir: join(folder, '.esbuild/.build/src'),
        outExtension: { '.js': '.cjs' },
        write: false,
      });
      const deployed = outputFiles.find(({ path }) => path.endsWith('.cjs'))?.text ?? '';
      const options = sourcemap === undefined ? {} : { sourcemap };
      const [made, ...others] = await makeSourceMaps(
        folder,
        [{}, esbuildPlugin(options)],
        ['src/hello.handler'],
      );
      expect(others).toEqual([]);
      expect(made?.sha256).toBe(sha256(deployed.replace(/\/\/# sourceMappingURL=.*\n$/, '')));
      const map = new SourceMap(JSON.parse(made?.map ?? '{}'));
      const line = deployed.split('\n').findIndex((each) => each.includes('done'));
      const column = deployed.split('\n')[line]?.indexOf('done') ?? 0;
      expect(map.findEntry(line, column)).toMatchObject({
        originalSource: pathToFileURL(join(folder, 'src/hello.ts')).href,
        originalLine: 1,
      });
    },
  );

  test('are maps to itself for JavaScript that is deployed as it is', async () => {
    const code = 'exports.handler = async () => {\n  return 1;\n};\n';
    await writeFile(join(folder, 'src/plain.js'), code);
    const handlers = ['src/plain.handler', 'src/plain.other', 'src/missing.handler'];
    const [made, ...others] = await makeSourceMaps(folder, [], handlers);
    expect(others).toEqual([]);
    expect(made?.sha256).toBe(sha256(code));
    expect(new SourceMap(JSON.parse(made?.map ?? '{}')).findEntry(1, 4)).toMatchObject({
      originalSource: pathToFileURL(join(folder, 'src/plain.js')).href,
      originalLine: 1,
    });
  });
});

describe('a local AWS', () => {
  const running: LocalAws[] = [];
  afterEach(async () => {
    for (const aws of running.splice(0)) await aws.close();
  });
  const start = async (inspect: boolean) => {
    const aws = await startLocalAws({
      ...{ root: folder, port: 0, report: () => {} },
      ...(inspect && { inspect: { print: () => {} } }),
    });
    running.push(aws);
    return { url: aws.url, root: folder };
  };

  test('that inspects functions takes the source maps, and refuses what is none', async () => {
    const aws = await start(true);
    await writeFile(join(folder, 'src/plain.js'), 'exports.handler = 1;');
    await sendSourceMaps(aws, folder, [], ['src/plain.handler']);
    const wrong = await callControl(aws, 'PUT', SOURCE_MAPS_PATH, '{"maps":[{"sha256":"1","map":"{}"}]}');
    expect(wrong).toMatchObject({ ok: false, document: { message: expect.stringContaining('SHA-256') } });
  });

  test('that inspects none is sent none', async () => {
    const aws = await start(false);
    expect((await callControl(aws, 'GET', SOURCE_MAPS_PATH)).ok).toBe(false);
    // It would fail: the service has no esbuild.
    const plugin = { buildOptions: {}, buildDirPath: folder, functionEntries: [], plugins: [] };
    await sendSourceMaps(aws, folder, [plugin], []);
  });
});
