import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { defaultsFor, type ProjectOptions } from './options.ts';
import { linksWithin } from './pages.ts';
import { projectFiles } from './project.ts';
import { readSources } from './sources.ts';

const root = join(__dirname, '../../..');
const sources = readSources();
const make = (options: Partial<ProjectOptions> = {}) =>
  projectFiles(sources, { ...defaultsFor('orders'), ...options }, '0123456789abcdef');
const resourcePolicy: Partial<ProjectOptions> = {
  scope: '@acme',
  accessMode: 'resource-policy',
  alarms: true,
  ci: false,
};

/** Restores the names of this repository. */
const normalize = (text: string) =>
  text
    .replaceAll(/\borders-(api|caller)\b/g, 'cross-account-$1')
    .replaceAll('company/orders', 'company/cross-account-api')
    .replaceAll('company@123/orders', 'company@123/cross-account-api')
    .replaceAll(/@(?:orders|acme)\/operations/g, '@cross-account-api/operations')
    .replaceAll(/title: '[\w-]+'/g, "title: 'Cross-account API'");

/** Files whose text is that of this repository, except for names. */
const same = (path: string) =>
  /^(?:services\/.*\.(?:ts|yml)|biome\.json|serverless-compose\.yml)$/.test(path) &&
  path !== 'services/stages.yml';

test.each([
  ['defaults', {}],
  ['all others', resourcePolicy],
])(
  'handlers, contract and templates are those of this repository, except for names: %s',
  (_what, options) => {
    const files = make(options);
    const paths = Object.keys(files).filter(same);
    expect(paths).toEqual(
      expect.arrayContaining(['services/api/serverless.yml', 'services/caller/src/caller.ts']),
    );
    for (const path of paths) {
      const source = readFileSync(join(root, path), 'utf8');
      expect([path, normalize(files[path] ?? '')]).toEqual([path, normalize(source)]);
    }
  },
);

test('no link of the README has an address as its text', () => {
  expect(make()['README.md']?.match(/\[https?:[^\]]*\]\(/g)).toBeNull();
});

test('a project has each file of the services that is deployed', () => {
  const deployed = execFileSync('git', ['ls-files', 'services'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((path) => /\.(?:ts|cjs|yml|json)$/.test(path) && !/\.test\.ts$|released\.json$/.test(path));
  expect(Object.keys(make())).toEqual(expect.arrayContaining(deployed));
});

test('nothing has the names of this repository, and nothing is left to fill in', () => {
  for (const [path, text] of Object.entries(make({ scope: '@acme' }))) {
    const foreign = text
      // A clone of this repository beside the project.
      .replaceAll('../cross-account-api/libs', '')
      .replaceAll(/(?:Made with|clone of) cross-account-api\b/g, '')
      .replaceAll(
        /@cross-account-api\/(?:api-handler|assume-role|cli|command-line|contract|iam|local-aws|serverless-plugin|signed-fetch)\b/g,
        '',
      );
    expect([path, /cross-account-(?:api|caller)|__[A-Z]+__|@cross-account-api/.exec(foreign)?.[0]]).toEqual([
      path,
      undefined,
    ]);
  }
});

test('each package that a file imports is a dependency', () => {
  const files = make();
  const known = Object.entries(files)
    .filter(([path]) => path.endsWith('package.json'))
    .flatMap(([, text]) => {
      const { name, dependencies, devDependencies } = JSON.parse(text);
      return [name, ...Object.keys({ ...dependencies, ...devDependencies })];
    });
  const imported = Object.values(files).flatMap((text) =>
    [...text.matchAll(/^(?:import|\}|export) [^']*from '((?:@[\w-]+\/)?[\w-]+)/gm)].map(
      ([, name = '']) => name,
    ),
  );
  expect(imported.length).toBeGreaterThan(20);
  expect(
    imported.filter((name) => name !== 'node' && !known.includes(name) && name !== 'aws-lambda'),
  ).toEqual([]);
});

test('dependencies are the versions of this repository', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'libs/signed-fetch/package.json'), 'utf8'));
  expect(JSON.parse(make()['services/caller/package.json'] ?? '').dependencies).toMatchObject({
    '@cross-account-api/signed-fetch': `^${version}`,
    '@orders/operations': '*',
  });
});

test('settings say what was asked for', () => {
  expect(parse(make({ region: 'eu-west-1' })['services/stages.yml'] ?? '')).toEqual({
    dev: {
      region: 'eu-west-1',
      apiAccountId: '111111111111',
      callerAccountId: '222222222222',
      apiProfile: 'orders-api',
      callerProfile: 'orders-caller',
      externalId: '0123456789abcdef',
    },
  });
  expect(parse(make(resourcePolicy)['services/stages.yml'] ?? '')).toMatchObject({
    dev: { accessMode: 'resource-policy', alarms: true },
    local: { accessMode: 'resource-policy' },
  });
});

test('editors find the schema of the settings in the package', () => {
  const { 'services/stages.yml': stages = '', 'services/stages.example.yml': example = '' } = make();
  const [line] = stages.split('\n');
  expect(line).toMatch(
    /^# yaml-language-server: \$schema=\.\.\/node_modules\/@cross-account-api\/serverless-plugin\//,
  );
  expect(example.split('\n')[0]).toBe(line);
});

test('a script runs only scripts that the project has', () => {
  const { scripts } = JSON.parse(make()['package.json'] ?? '') as { scripts: Record<string, string> };
  const called = Object.values(scripts).flatMap((script) => script.match(/(?<=npm run )[\w:-]+/g) ?? []);
  expect(called).toContain('lint');
  for (const name of called) expect(scripts).toHaveProperty([name]);
  // The project's jest.config.js has no projects to select.
  expect(scripts.test).toMatch(/ && jest$/);
});

test('each script that a file or page names exists', () => {
  const files = make();
  const { scripts } = JSON.parse(files['package.json'] ?? '') as { scripts: Record<string, string> };
  const missing = Object.entries(files).flatMap(([path, text]) =>
    [...text.matchAll(/npm run (?:-s )?([\w:-]+)/g)]
      // This command is of the clone, which the page says.
      .filter(([, name = '']) => scripts[name] === undefined && name !== 'create')
      .map(([command]) => `${path}: ${command}`),
  );
  expect(missing).toEqual([]);
});

test('the pages come along, and name no file of this repository that a project lacks', () => {
  const files = make();
  for (const page of ['README', 'COOKBOOK', 'RECIPES', 'RUNBOOK', 'SETTINGS']) {
    const path = `services/${page}.md`;
    expect(files).toHaveProperty([path]);
    expect([
      path,
      files[path]?.match(/\.\.\/(?:libs|scripts)\/|<!-- scripts|node scripts\/generate/),
    ]).toEqual([path, null]);
  }
  expect(files['services/RECIPES.md']).toContain("from '@orders/operations'");
});

test('a link leads to a file of the project or of an installed package, and code that looks like a link stays', () => {
  const page = '[a](../libs/signed-fetch/MOVE.md#b) [c](RUNBOOK.md) [d](../scripts/x.ts) `e[f](g)`\n';
  const linked = linksWithin(sources, 'services/README.md', page, ['services/RUNBOOK.md']);
  expect(linked).toBe(
    '[a](../node_modules/@cross-account-api/signed-fetch/MOVE.md#b) [c](RUNBOOK.md) d `e[f](g)`\n',
  );
});

test('workflows are written if they are wanted, and run commands that the project has', () => {
  const workflows = Object.entries(make()).filter(([path]) => path.startsWith('.github/'));
  const { scripts } = JSON.parse(make()['package.json'] ?? '');
  expect(workflows.map(([path]) => path)).toEqual([
    '.github/workflows/ci.yml',
    '.github/workflows/deploy.yml',
  ]);
  for (const [, text] of workflows) {
    expect(Object.keys(parse(text).jobs)).toHaveLength(1);
    for (const [, command = ''] of text.matchAll(/npm run ([\w:-]+)/g))
      expect(scripts).toHaveProperty([command]);
  }
  const { jobs } = parse(make()['.github/workflows/ci.yml'] ?? '');
  expect(Object.values(jobs)).toMatchObject([
    {
      'runs-on': 'ubuntu-24.04',
      steps: expect.arrayContaining([
        expect.objectContaining({ with: expect.objectContaining({ 'node-version': 24 }) }),
      ]),
    },
  ]);
  expect(make()['.github/workflows/ci.yml']).not.toContain('matrix');
  expect(Object.keys(make({ ci: false })).filter((path) => path.startsWith('.github/'))).toEqual([]);
});

test('a source that changes under this package is an error', () => {
  const changed = { ...sources, 'tsconfig.json': '{}' };
  expect(() => projectFiles(changed, defaultsFor('orders'), 'x')).toThrow('tsconfig.json does not have');
});
