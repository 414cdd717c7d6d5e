import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { keepLines, sendSourceMaps } from '../src/framework-plugin/source-maps.ts';
import { attachDebugger } from '../src/services/lambda/inspection/debugger.testing.ts';
import { accounts, startTestAws } from '../src/testing/index.ts';
import { functionResource, serviceRole } from './template.testing.ts';

/** A constant that is used once, which esbuild writes where it is used if it minifies, and names that it shortens. */
const SOURCE = `const greet = (name: string) => ({ greeting: name.concat('!') });
export const handler = async (event: { readonly name: string }) => {
  const client = greet(event.name);
  return client.greeting;
};
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'debugger-'));
  await mkdir(join(folder, 'src'));
  await writeFile(join(folder, 'package.json'), '{}');
  await writeFile(join(folder, 'src/hello.ts'), SOURCE);
  await symlink(join(__dirname, '../../../node_modules'), join(folder, 'node_modules'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The options of esbuild, as serverless-esbuild has them while it packages a service that minifies. */
const plugin = () => ({
  buildOptions: {
    ...{ bundle: true, minify: true, format: 'cjs', platform: 'node', target: 'node24' },
    ...{ external: [], exclude: [], outputFileExtension: '.js' },
  } as Record<string, unknown>,
  buildDirPath: join(folder, '.build'),
  functionEntries: [{ entry: 'src/hello.ts' }],
  plugins: [],
});

/** As serverless-esbuild bundles it. */
async function bundled({ buildOptions, buildDirPath }: ReturnType<typeof plugin>): Promise<string> {
  const { external: _, exclude: __, outputFileExtension: ___, ...options } = buildOptions;
  const { outputFiles = [] } = await build({
    ...options,
    absWorkingDir: folder,
    entryPoints: ['src/hello.ts'],
    outdir: join(buildDirPath, 'src'),
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

test('in a service that minifies, a breakpoint at a constant that is used once is reached, event has its name, and the target that of its function', async () => {
  const ports: number[] = [];
  const print = (line: string) => void ports.push(Number(/^127\.0\.0\.1:(\d+)/.exec(line)?.[1]));
  const aws = await startTestAws({ inspect: { print, firstPort: 30_000 + (process.pid % 10_000) } });
  try {
    const running = { url: aws.localAws.url, root: aws.root };
    const esbuild = plugin();
    // Minified, the line of the constant is not in the code.
    expect((await bundled(esbuild)).match(/\n/g)?.length ?? 0).toBeLessThan(3);
    await keepLines(running, [{}, esbuild]);
    const code = await bundled(esbuild);
    await sendSourceMaps(running, folder, [esbuild], ['src/hello.handler']);
    const hello = functionResource('Role', code);
    await aws.deploy(
      {
        Resources: {
          Role: serviceRole('lambda.amazonaws.com'),
          Function: { ...hello, Properties: { ...hello.Properties, FunctionName: 'shop-local-hello' } },
        },
      },
      { account: accounts.api, name: 'hello' },
    );
    await aws.localAws.inspectorsReady();
    const [port = 0] = ports;
    const targets = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
    expect(targets).toEqual([
      expect.objectContaining({ title: expect.stringMatching(/\/shop-local-hello$/) }),
    ]);

    const editor = await attachDebugger(port);
    await editor.breakAt('/src/hello.ts', 3);
    const invoked = aws.as(accounts.api).invoke('shop-local-hello', { name: 'Ada' });
    const pause = await editor.paused();
    expect(pause.line).toBe(3);
    expect(await pause.evaluate('event.name')).toBe('Ada');
    await pause.step();
    const next = await editor.paused();
    expect([next.line, await next.evaluate('client.greeting')]).toEqual([4, 'Ada!']);
    await next.resume();
    expect(await invoked).toMatchObject({ payload: 'Ada!' });
    await editor.close();
  } finally {
    await aws.close();
  }
});

test('a local AWS to whose functions no debugger attaches leaves the bundle as it is on AWS', async () => {
  const aws = await startTestAws();
  try {
    const esbuild = plugin();
    await keepLines({ url: aws.localAws.url, root: aws.root }, [esbuild]);
    expect(esbuild.buildOptions.minify).toBe(true);
  } finally {
    await aws.close();
  }
});
