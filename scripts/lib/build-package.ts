import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, glob, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { StepFailed, type Steps } from '../../libs/cli/src/steps.ts';
import { collectSources, SOURCES_FILE } from '../../libs/create/src/sources.ts';
import { bundleClient } from '../../libs/local-aws/src/console/bundle.ts';
import { formatsOf, packageFolder, packageNames, typedFormatsOf } from './packages.ts';
import { projectRoot } from './project.ts';

/** Builds all packages: JavaScript for `import` and `require`, declarations and source maps, in `libs/<name>/dist`. */
export async function buildPackages(steps: Steps): Promise<void> {
  for (const name of packageNames) {
    await steps.run(`Build libs/${name}`, () => buildPackage(name));
  }
}

/**
 * `dist/esm` is the output of tsc. `dist/cjs` has the same modules for `require`, and the same declarations: its
 * package.json says that they are CommonJS. Of a package with only ES modules that CommonJS may require, it has the declarations alone.
 */
export async function buildPackage(name: string): Promise<void> {
  const folder = packageFolder(name);
  const dist = join(folder, 'dist');
  await rm(dist, { recursive: true, force: true });
  await compile(folder);
  await copyAssets(join(folder, 'src'), join(dist, 'esm'));
  await fixDeclarations(join(dist, 'esm'));
  if (existsSync(join(folder, 'src/sources.ts'))) {
    await writeFile(join(dist, 'esm', SOURCES_FILE), JSON.stringify(collectSources(projectRoot)));
  }
  if (!typedFormatsOf(name).includes('cjs')) return;
  await cp(join(dist, 'esm'), join(dist, 'cjs'), {
    recursive: true,
    filter: (source) => !/\.js(\.map)?$/.test(source),
  });
  await writeFile(join(dist, 'cjs/package.json'), '{ "type": "commonjs" }\n');
  if (!formatsOf(name).includes('cjs')) return;
  await convertToCommonJs(join(dist, 'esm'), join(dist, 'cjs'));
  if (existsSync(join(folder, 'src/testing/index.ts'))) await bundleTesting(dist);
  await bundleConsole(folder, dist);
}

async function compile(folder: string): Promise<void> {
  const tsc = join(projectRoot, 'node_modules/typescript/bin/tsc');
  try {
    await promisify(execFile)(process.execPath, [tsc, '-p', join(folder, 'tsconfig.build.json')]);
  } catch (error) {
    const output = error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error);
    throw new StepFailed('compile', output);
  }
}

/** Copies the scripts and the data that the sources start, load or read by their file name. */
async function copyAssets(src: string, target: string): Promise<void> {
  for await (const file of glob('**/*.{cjs,jsonl,py}', { cwd: src })) {
    await mkdir(dirname(join(target, file)), { recursive: true });
    await cp(join(src, file), join(target, file));
  }
}

/**
 * Bundles the entry for tests with all modules of the package that it imports: Jest loads them anew for each test file, and one file loads
 * faster than 270. Dependencies stay outside, so their fixes arrive with `npm update`. Data and scripts stay outside, too: they are loaded
 * by their paths.
 */
async function bundleTesting(dist: string): Promise<void> {
  const esm = join(dist, 'esm');
  const entry = join(esm, 'testing/index.js');
  const places: Plugin = {
    name: 'places',
    setup({ onLoad, onResolve }) {
      const fromBundle = (path: string) => relative(dirname(entry), path);
      onResolve({ filter: /\.json$/ }, ({ path, resolveDir }) => ({
        path: fromBundle(join(resolveDir, path)),
        external: true,
      }));
      onLoad({ filter: /\.js$/ }, async ({ path }) => ({
        contents: (await readFile(path, 'utf8')).replaceAll(
          'import.meta.dirname',
          `(import.meta.dirname + ${JSON.stringify(`/${fromBundle(dirname(path))}`)})`,
        ),
      }));
    },
  };
  const bundles = await Promise.all(
    (['esm', 'cjs'] as const).map((format) =>
      build({
        ...buildOptions(format),
        entryPoints: [entry],
        outfile: join(dist, format, 'testing/index.js'),
        bundle: true,
        packages: 'external',
        plugins: [places],
        // The maps of the single modules have the sources.
        sourcesContent: false,
        write: false,
      }),
    ),
  );
  for await (const file of glob('{esm,cjs}/testing/*.{js,js.map}', { cwd: dist })) await rm(join(dist, file));
  for (const { path, contents } of bundles.flatMap(({ outputFiles }) => outputFiles)) {
    await writeFile(path, contents);
  }
}

/** Bundles the client of local AWS's console, where the server of the built package looks for it. */
async function bundleConsole(folder: string, dist: string): Promise<void> {
  if (!existsSync(join(folder, 'src/console'))) return;
  const { script, style } = await bundleClient();
  for (const format of ['esm', 'cjs']) {
    const target = join(dist, format, 'console/built');
    await mkdir(target, { recursive: true });
    await writeFile(join(target, 'client.js'), script);
    await writeFile(join(target, 'client.css'), style);
  }
}

/** tsc rewrites the extensions of imports in JavaScript, but not in declarations. */
async function fixDeclarations(folder: string): Promise<void> {
  for await (const file of glob('**/*.d.ts', { cwd: folder })) {
    const text = await readFile(join(folder, file), 'utf8');
    await writeFile(
      join(folder, file),
      text.replaceAll(/((?:from |import\()['"]\.[^'"]+)\.ts(['"])/g, '$1.js$2'),
    );
  }
}

async function convertToCommonJs(from: string, to: string): Promise<void> {
  const files = await readdir(from, { recursive: true });
  await build({
    entryPoints: files.filter((file) => file.endsWith('.js')).map((file) => join(from, file)),
    outbase: from,
    outdir: to,
    ...buildOptions('cjs'),
  });
}

function buildOptions(format: 'esm' | 'cjs'): BuildOptions {
  return {
    format,
    platform: 'node',
    target: 'node22',
    sourcemap: true,
    ...(format === 'cjs' && { define: { 'import.meta.dirname': '__dirname' } }),
    // Keeps import(): require would not load a package that has only ES modules.
    supported: { 'dynamic-import': true },
    logLevel: 'silent',
  };
}
