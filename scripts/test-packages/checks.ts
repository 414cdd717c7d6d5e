import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sls } from '../../libs/cli/src/project/sls.ts';
import { type Tarball, untypedEntries, withDependencies } from '../lib/pack-package.ts';
import { formatsOf, typedFormatsOf } from '../lib/packages.ts';
import { projectRoot } from '../lib/project.ts';
import { CommandFailed, run } from '../lib/tools.ts';
import { deployWithCdk } from './cdk.ts';
import { useAndUpdateCreatedProject, useCreatedProject } from './created-project.ts';
import { packageServices } from './deployment.ts';
import { callWithForeignClients } from './foreign-clients.ts';
import { useHandover } from './handover.ts';
import { middyVersions, useBesideMiddy } from './middy-versions.ts';
import { compareClients } from './moves.ts';
import { useProjectOfClone } from './project-of-clone.ts';
import { findNode22, type Projects, tool } from './projects.ts';
import { explainElsewhere, followQuickStart, useCommands } from './quick-start.ts';
import { testAsReadmeSays } from './test-it.ts';
import { testHandlersAsUsersDo } from './tests-of-handlers.ts';
import { testAsUsersDo } from './tests-of-users.ts';

/** One combination to try. */
export interface Check {
  /** Names the combination, e.g. `import, Node 22, without middy`. */
  readonly name: string;
  /** @throws CommandFailed if the packages do not work in it */
  run(): Promise<unknown>;
}

/** Lists the combinations. */
export async function allChecks(tarballs: readonly Tarball[], projects: Projects): Promise<readonly Check[]> {
  const nodes: readonly Node[] = [
    { version: 22, path: await findNode22() },
    { version: 24, path: process.execPath },
  ];
  // The longest first: otherwise one core waits while another runs the last of them.
  return [
    ...createdProjectChecks(tarballs, dirname(projects.plain)),
    {
      name: 'AWS CDK: a REST API, an HTTP API, and how each breaks',
      run: () =>
        deployWithCdk(join(dirname(projects.full), 'cdk'), join(projects.full, 'node_modules'), tool),
    },
    {
      name: 'npm run handover, deployed caller',
      run: () => useHandover(join(dirname(projects.full), 'team'), tarballs),
    },
    ...(['assume-role', 'signed-fetch'] as const).map((library) => ({
      name: `"Test it" of ${library}`,
      run: () => testAsReadmeSays(join(dirname(projects.plain), `test-${library}`), library, tarballs),
    })),
    {
      name: 'other clients as in MOVE.md of signed-fetch',
      run: () => compareClients(join(dirname(projects.plain), 'moves'), tarballs),
    },
    {
      name: 'tests of a handler: Jest, vitest, node:test',
      run: () =>
        testHandlersAsUsersDo(
          join(dirname(projects.plain), 'tests-of-handlers'),
          tarballs,
          nodes.map(({ path }) => path),
        ),
    },
    ...commandChecks(tarballs, nodes, dirname(projects.plain)),
    {
      name: 'clients of openapi-fetch and orval, deployed caller',
      run: () =>
        callWithForeignClients(join(dirname(projects.plain), 'foreign-clients'), tarballs, process.execPath),
    },
    ...middyVersions.map((version) => ({
      name: `beside middy ${version}`,
      run: () =>
        useBesideMiddy(
          join(dirname(projects.plain), `middy-${version}`),
          version,
          tarballs,
          process.execPath,
        ),
    })),
    ...nodes.map(({ version, path }) => ({
      name: `serverless-plugin, osls package, Node ${version}`,
      run: () =>
        packageServices(
          join(dirname(projects.full), `services-${version}`),
          join(projects.full, 'node_modules'),
          path,
        ),
    })),
    ...typeChecks(projects),
    ...bundleChecks(nodes, projects),
    ...nodes.flatMap((node) => jestChecks(node, projects)),
    ...nodes.flatMap((node) => loadChecks(node, projects)),
    ...tarballs.flatMap(packageChecks),
  ];
}

interface Node {
  readonly version: 22 | 24;
  readonly path: string;
}

/** Whether a file is sent to a browser unchanged. */
function isForBrowser(path: string): boolean {
  return /^dist\/(esm|cjs)\/console\/built\//.test(path);
}

/** The contents of the package, and the results of the tools for packages. */
function packageChecks({ folder, file, contents, manifest }: Tarball): Check[] {
  // Node 22 requires ES modules, too. In this tool's view, `require` loads nothing else.
  const profile = formatsOf(folder).includes('cjs') ? 'strict' : 'esm-only';
  return [
    {
      name: `contents, ${folder}`,
      async run() {
        const others = contents.filter(
          (path) =>
            !/^(dist\/.*|[\w-]+\.cjs|[A-Z]+\.md|LICENSE|package\.json|stages\.schema\.json)$/.test(path),
        );
        if (others.length > 0) throw new CommandFailed(`It also has ${others.join(', ')}.`);
        const tests = contents.filter((path) => /\.test\b|\.testing\b|\.test-d\b|fixture/.test(path));
        if (tests.length > 0) throw new CommandFailed(`It has what only tests need: ${tests.join(', ')}.`);
        const unmapped = contents.filter(
          (path) => /^dist\/.*\.js$/.test(path) && !isForBrowser(path) && !contents.includes(`${path}.map`),
        );
        if (unmapped.length > 0) throw new CommandFailed(`It has no source map of ${unmapped.join(', ')}.`);
      },
    },
    {
      name: `publint, ${folder}`,
      run: () => run(process.execPath, [tool('publint/src/cli.js'), '--strict', file], projectRoot),
    },
    {
      name: `are the types wrong, ${folder}`,
      run: () =>
        run(
          process.execPath,
          [
            ...[tool('@arethetypeswrong/cli/dist/index.js'), file, '--profile', profile, '--format', 'ascii'],
            ...untypedEntries(manifest).flatMap((entry) => ['--exclude-entrypoints', entry]),
            // Declarations for CommonJS of ES modules are on purpose, where Node can require these.
            ...(typedFormatsOf(folder).length > formatsOf(folder).length
              ? ['--ignore-rules', 'false-cjs']
              : []),
          ],
          projectRoot,
        ),
    },
  ];
}

/** Loads the packages and uses them. */
function loadChecks({ version, path }: Node, { plain, full }: Projects): Check[] {
  return (['import', 'require'] as const).flatMap((way) => {
    const script = way === 'import' ? 'import.mjs' : 'require.cjs';
    const use = (project: string, what: string) => () => run(path, [script, what], project);
    return [
      { name: `${way}, Node ${version}, without middy`, run: use(plain, 'plain') },
      { name: `${way}, Node ${version}, with middy`, run: use(full, 'middy') },
      { name: `${way}, Node ${version}, api-handler`, run: use(full, 'api-handler') },
      { name: `${way}, Node ${version}, local-aws`, run: use(full, 'local-aws') },
    ];
  });
}

/** Jest without any configuration: its modules are CommonJS. */
function jestChecks({ version, path }: Node, { plain, full }: Projects): Check[] {
  const jest = (project: string, file: string) => () =>
    run(path, [join(projectRoot, 'node_modules/jest/bin/jest.js'), '--rootDir', project, file], project);
  return [
    { name: `Jest, Node ${version}`, run: jest(plain, 'packages.test.js') },
    { name: `Jest, Node ${version}, local-aws`, run: jest(full, 'local-aws.test.js') },
  ];
}

/** The commands of local AWS, installed. Functions need Node 24. */
function commandChecks(tarballs: readonly Tarball[], nodes: readonly Node[], folder: string): Check[] {
  const localAws = withDependencies(tarballs, ['local-aws']);
  const program = withDependencies(tarballs, ['iam', 'cli']);
  return nodes.flatMap(({ version, path }) => {
    const project = join(folder, `notes-${version}`);
    const elsewhere = join(folder, `elsewhere-${version}`);
    return [
      version === 24
        ? {
            name: 'quick start and tests of local-aws, Node 24',
            async run() {
              await followQuickStart(project, localAws, path);
              await testAsUsersDo(project, path);
            },
          }
        : { name: 'local-aws, Node 22', run: () => useCommands(project, localAws, path) },
      {
        name: `iam and cross-account, Node ${version}`,
        run: () => explainElsewhere(elsewhere, program, path),
      },
    ];
  });
}

/** Projects that libs/create makes. */
function createdProjectChecks(tarballs: readonly Tarball[], folder: string): Check[] {
  const resourcePolicy = '--scope @acme --access-mode resource-policy --alarms --no-ci';
  return [
    {
      name: 'a project from the clone, without a registry for our packages',
      run: () => useProjectOfClone(join(folder, 'clone-and-project')),
    },
    {
      name: 'npm create, defaults, and npm update',
      run: () => useAndUpdateCreatedProject(join(folder, 'created'), 'orders', '', tarballs),
    },
    {
      name: 'npm create, resource policy, own scope',
      run: () => useCreatedProject(join(folder, 'created-2'), 'shop', resourcePolicy, tarballs),
    },
  ];
}

/** Type checks with `strict` and without `skipLibCheck`, as an ES module and as CommonJS. */
function typeChecks({ plain, full }: Projects): Check[] {
  const compilers = {
    5.9: tool('typescript5/bin/tsc'),
    7: join(projectRoot, 'node_modules/typescript/bin/tsc'),
  };
  const modes = {
    bundler: ['--module', 'preserve', '--moduleResolution', 'bundler'],
    nodenext: ['--module', 'nodenext', '--moduleResolution', 'nodenext'],
    // There, CommonJS cannot import what has declarations of ES modules only.
    node18: ['--module', 'node18'],
    // With TypeScript 5, it reads no `exports`.
    commonjs: ['--module', 'commonjs'],
  };
  return Object.entries(compilers).flatMap(([version, tsc]) =>
    Object.entries(modes).flatMap(([mode, flags]) => {
      const check = (project: string, files: string[], libraries: string[]) => () =>
        run(
          process.execPath,
          [
            tsc,
            ...['--noEmit', '--strict', '--skipLibCheck', 'false', '--target', 'es2022', '--ignoreConfig'],
            ...flags,
            ...libraries,
            ...files.flatMap((file) => (file === 'middy' ? ['middy.mts'] : [`${file}.mts`, `${file}.cts`])),
          ].filter((flag) => version === '7' || flag !== '--ignoreConfig'),
          project,
        );
      const ofNode = ['--lib', 'es2023', '--types', 'node'];
      const exact = '--exactOptionalPropertyTypes';
      return [
        {
          name: `TypeScript ${version}, ${mode}, without middy`,
          run: check(plain, ['plain'], [exact]),
        },
        {
          name: `TypeScript ${version}, ${mode}, with Node's types`,
          run: check(full, ['plain', 'api-handler', 'local-aws'], [...ofNode, exact]),
        },
        {
          // A dependency of middy's declarations does not compile with exactOptionalPropertyTypes.
          name: `TypeScript ${version}, ${mode}, with middy`,
          run: check(full, ['plain', 'middy'], ofNode),
        },
      ];
    }),
  );
}

/** Bundles a handler and runs it. */
function bundleChecks(nodes: readonly Node[], { full }: Projects): Check[] {
  const bundled = (['esm', 'cjs'] as const).map(
    (format): Check => ({
      name: `esbuild, ${format}`,
      async run() {
        const { build } = await import('esbuild');
        const outfile = join(full, 'bundle', `${format}.${format === 'esm' ? 'mjs' : 'cjs'}`);
        await build({
          absWorkingDir: full,
          entryPoints: ['handler.ts'],
          outfile,
          bundle: true,
          format,
          platform: 'node',
          target: 'node22',
          logLevel: 'silent',
          // The AWS SDK has CommonJS in it, which calls require.
          ...(format === 'esm' && {
            banner: {
              js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
            },
          }),
        });
        for (const { path } of nodes) await run(path, ['run-bundle.mjs', outfile], full);
      },
    }),
  );
  return [
    ...bundled,
    {
      name: 'serverless-esbuild, osls package',
      async run() {
        const { exitCode, stdout, stderr } = await sls(['package'], { cwd: full });
        if (exitCode !== 0) throw new CommandFailed(`${stdout}${stderr}`);
        const unpacked = await mkdtemp(join(tmpdir(), 'test-packages-zip-'));
        try {
          await run('unzip', ['-q', join(full, '.serverless/consumer.zip'), '-d', unpacked], full);
          for (const { path } of nodes) {
            await run(path, ['run-bundle.mjs', join(unpacked, 'handler.js')], full);
          }
        } finally {
          await rm(unpacked, { recursive: true, force: true });
        }
      },
    },
  ];
}
