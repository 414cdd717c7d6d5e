import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import type { Assets } from './assets.ts';

/** The client does not use these functions of Node, but imports modules that do: the server shares them. */
const withoutNode: Plugin = {
  name: 'without-node',
  setup({ onResolve }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, external: true, sideEffects: false }));
  },
};

/** Bundles the client from its sources. The build of the package includes the result. */
export async function bundleClient(): Promise<Assets> {
  const preact = dirname(createRequire(import.meta.filename).resolve('preact/package.json'));
  const licence = await readFile(join(preact, 'LICENSE'), 'utf8');
  const { outputFiles } = await build({
    banner: { js: `/*! Contains Preact.\n${licence}*/` },
    entryPoints: ['client.tsx', 'client.css'].map((file) => join(import.meta.dirname, 'client', file)),
    bundle: true,
    plugins: [withoutNode],
    write: false,
    outdir: '/',
    format: 'iife',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    legalComments: 'none',
    logLevel: 'silent',
  });
  const textOf = (extension: string) => outputFiles.find(({ path }) => path.endsWith(extension))?.text ?? '';
  return { script: textOf('.js'), style: textOf('.css') };
}
