import type { ProjectOptions } from './options.ts';
import type { Sources } from './sources.ts';

/** The prefix of the names of the published packages. `npm run pack` sets another scope here. */
export const LIBRARIES = '@cross-account-api/';

/** The package of this repository that has the operations of the API. In a project, it has the project's scope. */
export const OPERATIONS = `${LIBRARIES}operations`;

/** The libraries that the root of a project installs, because its services, tests and commands share them. */
const ROOT_LIBRARIES = ['cli', 'local-aws', 'serverless-plugin'];

/** The parts of a package.json that are used. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly files?: readonly string[];
  readonly config: { readonly localAws: Readonly<Record<string, string>> };
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly overrides: object;
  readonly allowScripts: object;
}

/** The tools of this repository that a project needs as well. */
const TOOLS = [
  '@aws-sdk/client-cloudformation',
  '@aws-sdk/client-cloudwatch-logs',
  '@aws-sdk/client-dynamodb',
  '@aws-sdk/client-lambda',
  '@biomejs/biome',
  '@osls/compose',
  '@swc/core',
  '@swc/jest',
  '@types/aws-lambda',
  '@types/jest',
  '@types/node',
  'esbuild',
  'jest',
  'node',
  'serverless',
  'serverless-esbuild',
  'serverless-iam-roles-per-function',
  'typescript',
  'yaml',
];

/** Reads a package.json of the sources. */
export function manifestIn(sources: Sources, folder: string): Manifest {
  const file = folder === '' ? 'package.json' : `${folder}/package.json`;
  return JSON.parse(sources[file] ?? '{}') as Manifest;
}

/** Makes package.json of the project's root. */
export function rootManifest(sources: Sources, { name }: ProjectOptions): string {
  const { scripts, config, dependencies, devDependencies, overrides, allowScripts } = manifestIn(sources, '');
  const commands = Object.entries(scripts).filter(([, script]) => /^(exec )?cross-account /.test(script));
  const { start, explain } = config.localAws;
  return render({
    name,
    version: '0.1.0',
    private: true,
    description:
      'A Lambda function in one AWS account calls an API in another, which admits IAM-signed requests only',
    config: { localAws: { start, explain } },
    type: 'module',
    workspaces: ['services/*'],
    scripts: {
      ...Object.fromEntries(commands),
      // This repository has no packages in vendor/.
      outdated: 'cross-account outdated',
      postinstall: scripts.postinstall,
      test: 'npm run typecheck && npm run lint && npm run openapi -- --check && jest',
      typecheck: 'tsc --noEmit',
      lint: scripts.lint,
      format: scripts.format,
    },
    dependencies: sorted({
      ...Object.fromEntries(ROOT_LIBRARIES.map((library) => dependencyOn(sources, library))),
      ...toolsIn(dependencies),
    }),
    devDependencies: sorted(toolsIn(devDependencies)),
    overrides,
    allowScripts,
  });
}

/** A deployment needs those of `dependencies`, and the tests need the others. */
function toolsIn(entries: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(entries).filter(([name]) => TOOLS.includes(name)));
}

/** Makes a package.json of the project from that of a folder below `services/`. */
export function serviceManifest(
  sources: Sources,
  folder: 'api' | 'caller' | 'contract',
  { scope }: ProjectOptions,
): string {
  const { license: _, devDependencies = {}, ...manifest } = manifestIn(sources, `services/${folder}`);
  const nameOf = (name: string) => name.replace(LIBRARIES, `${scope}/`);
  const ranged = (dependencies: Readonly<Record<string, string>> = {}) =>
    sorted(
      Object.fromEntries(
        Object.entries(dependencies).map(([name, range]) => {
          if (name === OPERATIONS) return [nameOf(name), range];
          return name.startsWith(LIBRARIES)
            ? dependencyOn(sources, name.slice(LIBRARIES.length))
            : [name, range];
        }),
      ),
    );
  const ofRoot = ROOT_LIBRARIES.map((library) => `${LIBRARIES}${library}`);
  const tools = Object.entries(devDependencies).filter(([name]) => !ofRoot.includes(name));
  return render({
    ...manifest,
    name: nameOf(manifest.name),
    version: '0.1.0',
    dependencies: ranged(manifest.dependencies),
    ...(tools.length > 0 && { devDependencies: ranged(Object.fromEntries(tools)) }),
  });
}

/** A published package and the versions that fit. Below 1.0.0, a new minor version may break. */
function dependencyOn(sources: Sources, library: string): [name: string, range: string] {
  return [`${LIBRARIES}${library}`, `^${manifestIn(sources, `libs/${library}`).version}`];
}

function sorted(entries: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(entries).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function render(manifest: object): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
