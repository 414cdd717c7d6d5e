import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files of this repository: their texts by their paths from its root. */
export type Sources = Readonly<Record<string, string>>;

/** The files from which projects are made. `libs/create/template` has the files that only projects have. */
const PATTERNS = [
  'README.md',
  'package.json',
  'tsconfig.json',
  'biome.json',
  'serverless-compose.yml',
  '.gitignore',
  '.vscode/launch.json',
  '.github/workflows/{ci,deploy}.yml',
  'libs/*/package.json',
  'libs/create/template/**/*.*',
  'services/{esbuild.config.cjs,stages.example.yml}',
  'services/{api,caller,contract}/{package.json,*.yml}',
  'services/api/resources/*.yml',
  'services/contract/openapi.json',
  'services/orders.diff',
  // At the same paths, so that comments and messages that name them hold in a project, too.
  'services/{README,COOKBOOK,RECIPES,RUNBOOK,SETTINGS}.md',
  'services/{api,caller,contract}/src/*.ts',
];

/** Small projects have one test of each kind. This repository tests the rest. */
const LEFT_OUT = [
  'services/api/src/whoami.test.ts',
  'services/caller/src/event.test.ts',
  'services/caller/src/environment.test.ts',
  'services/contract/src/messages.test.ts',
  'services/contract/src/operations.test.ts',
];

/**
 * Reads the sources from a clone of this repository.
 * @param root its absolute path
 */
export function collectSources(root: string): Sources {
  const paths = globSync(PATTERNS, { cwd: root, exclude: (name) => /^(?:node_modules|dist)$/.test(name) })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !LEFT_OUT.includes(path))
    .toSorted();
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

/** The file in the published package that has the sources. */
export const SOURCES_FILE = 'sources.json';

/** Reads the sources: of the published package, or of the repository that this module is in. */
export function readSources(): Sources {
  const published = join(import.meta.dirname, SOURCES_FILE);
  if (existsSync(published)) return JSON.parse(readFileSync(published, 'utf8')) as Sources;
  return collectSources(join(import.meta.dirname, '../../..'));
}
