import { bundleFolder, runBundle } from './bundle-folder.testing.ts';
import { lazyBuiltins } from './lazy-builtins.ts';

let folder: Awaited<ReturnType<typeof bundleFolder>>;
beforeAll(async () => {
  folder = await bundleFolder();
});
afterAll(() => folder.remove());

async function run(source: string, plugins = [lazyBuiltins()]) {
  return runBundle(folder.path, await folder.bundle(source, { plugins }));
}

test.each([
  ['an import of a name', `import { request } from 'node:http'; const found = { request };`],
  ['the default import', `import http from 'http'; const found = http;`],
  ['an import of all names', `import * as found from 'node:http';`],
  ['import()', `const found = await import('node:http');`],
  ['the default of import()', `const found = (await import('http')).default;`],
  ['an export', `import { request } from 'node:http'; export { request }; const found = { request };`],
])('%s gives Node’s exports, and does not load fetch', async (_, source) => {
  const real = `process.getBuiltinModule('node:http')`;
  expect(await run(`${source} export const handler = () => found.request === ${real}.request;`)).toEqual({
    result: true,
    loadsFetch: false,
    callLoadsFetch: false,
  });
});

test('without the plugin, the import loads fetch', async () => {
  const source = `import { request } from 'node:http'; export const handler = () => typeof request;`;
  expect(await run(source, [])).toMatchObject({ result: 'function', loadsFetch: true });
});

test('every name that Node has is there', async () => {
  const source = `
    import * as http from 'node:http';
    const names = Object.keys(process.getBuiltinModule('node:http'));
    export const handler = () => names.filter((name) => http[name] !== http.default[name]);`;
  expect(await run(source)).toMatchObject({ result: [] });
});

test('process is the real one, with its methods and its own import of all names', async () => {
  const source = `
    import real, { env, version } from 'node:process';
    export const handler = () => [real === process, env === process.env, version === process.version, real.cwd() === process.cwd()];`;
  expect(await run(source)).toMatchObject({ result: [true, true, true, true] });
});

test('WebSocket is loaded when it is used', async () => {
  const source = `import { WebSocket } from 'node:http'; export const handler = () => WebSocket.name;`;
  expect(await run(source)).toEqual({ result: 'WebSocket', loadsFetch: false, callLoadsFetch: true });
});

test('the import sees a function that was replaced later, as tracing does', async () => {
  const source = `
    import http, { get } from 'node:http';
    export const handler = () => { http.get = () => 'traced'; return get(); };`;
  expect(await run(source)).toMatchObject({ result: 'traced' });
});

test('an import that nothing uses is dropped', async () => {
  const bundle = await folder.bundle(`import { request } from 'node:http'; export const handler = 1;`, {
    plugins: [lazyBuiltins()],
  });
  expect(bundle).not.toContain('http');
});
