import { replaceIn } from './edit.ts';
import { LIBRARIES, OPERATIONS, rootManifest, serviceManifest } from './manifests.ts';
import type { ProjectOptions } from './options.ts';
import { linksWithin, withoutThisRepository } from './pages.ts';
import type { Sources } from './sources.ts';

/** The files of a new project: texts by paths. */
export type ProjectFiles = Readonly<Record<string, string>>;

/** The folder of files that only projects have. */
const TEMPLATE = 'libs/create/template/';

/** Makes a part of a project from one file of the sources. */
type Change = (text: string, file: string) => string;

/**
 * Makes the files of a project from those of this repository: other names, and packages in place of the libraries.
 * @param externalId a random value for stage `dev`, in letters and digits
 */
export function projectFiles(sources: Sources, options: ProjectOptions, externalId: string): ProjectFiles {
  const { name, scope, ci } = options;

  const renamed: Change = (text) =>
    text
      .replaceAll(/company((?:@\d+)?)\/cross-account-api\b/g, `company$1/${name}`)
      .replaceAll(/(?<![@\w])cross-account-(api|caller)\b/g, `${name}-$1`)
      .replaceAll(OPERATIONS, `${scope}/operations`);
  const page: Change = (text, file) => renamed(withoutThisRepository(file, text), file);
  const deploy = deploying(sources['README.md'] ?? '', 'README.md');

  /** By path, how a file is changed. */
  const changes: Readonly<Record<string, Change>> = {
    '.gitignore': ignored,
    'tsconfig.json': typeScript,
    'services/contract/openapi.json': (text, file) =>
      replaceIn(
        file,
        replaceIn(file, text, '"title": "Cross-account API"', `"title": ${JSON.stringify(name)}`),
        /"version": "[\d.]+"/,
        '"version": "0.1.0"',
      ),
    'services/contract/src/document.ts': (text, file) =>
      replaceIn(file, text, "'Cross-account API'", `'${name}'`),
    'services/esbuild.config.cjs': (text, file) =>
      replaceIn(
        file,
        text,
        'Each file of libs/serverless-plugin/src/bundle says what its plugin does.',
        `The README of ${LIBRARIES}serverless-plugin says what they do.`,
      ),
    '.github/workflows/ci.yml': (text, file) => renamed(wholeSuite(text, file), file),
    '.github/workflows/deploy.yml': (text, file) => renamed(deployment(name, text, file), file),
  };

  const files: Record<string, string> = {
    'package.json': rootManifest(sources, options),
    'services/api/package.json': serviceManifest(sources, 'api', options),
    'services/caller/package.json': serviceManifest(sources, 'caller', options),
    'services/contract/package.json': serviceManifest(sources, 'contract', options),
    'services/stages.yml': stages(options, externalId),
  };
  for (const [file, text] of Object.entries(sources)) {
    const isPart = file === 'README.md' || file.endsWith('package.json');
    if (isPart || (!ci && file.startsWith('.github/'))) continue;
    if (file.startsWith(TEMPLATE)) {
      files[file.slice(TEMPLATE.length)] = fillIn(text, { name, scope, deploy });
    } else {
      files[file] = (changes[file] ?? (file.endsWith('.md') ? page : renamed))(text, file);
    }
  }
  const paths = Object.keys(files);
  for (const path of paths.filter((each) => each.endsWith('.md'))) {
    files[path] = linksWithin(sources, path, files[path] ?? '', paths);
  }
  return files;
}

/** Replaces `__NAME__` and the like in a file of the template. */
function fillIn(text: string, values: Readonly<Record<'name' | 'scope' | 'deploy', string>>): string {
  return text
    .replaceAll('__NAME__', values.name)
    .replaceAll('__SCOPE__', values.scope)
    .replaceAll(OPERATIONS, `${values.scope}/operations`)
    .replaceAll('__DEPLOY__\n', values.deploy);
}

/** The stages of a project hold no secrets, and its `local` must be the same for everyone. */
function ignored(text: string, file: string): string {
  const withoutTests = replaceIn(
    file,
    replaceIn(file, text, '.stryker-tmp/\n', ''),
    /\n# What npm run conformance[^\n]*\n[^\n]*\n/,
    '',
  );
  return replaceIn(
    file,
    withoutTests,
    /\n# What your deployments must be told[^\n]*\nservices\/stages\.yml\n/,
    '',
  );
}

function typeScript(text: string, file: string): string {
  return [
    [/"allowJs": true,\n *"checkJs": true,/, '"allowJs": false,'],
    [/"include": \[[^\]]*\]/, '"include": ["services", "test"]'],
    [/"exclude": \[[^\]]*\]/, '"exclude": ["**/node_modules", "**/.serverless", "**/.esbuild"]'],
  ].reduce((edited, [what, by]) => replaceIn(file, edited, what ?? '', String(by)), text);
}

/** A project's tests are few, and its functions run on Linux: one machine runs all of them. The other jobs test this repository's packages. */
function wholeSuite(text: string, file: string): string {
  return [
    [/ *name: \$\{\{ matrix\.os [^\n]*\n/, ''],
    [/ *strategy:\n.*?(?=\n *runs-on:)\n/s, ''],
    [/(?<=runs-on: )\$\{\{ matrix\.os \}\}/, 'ubuntu-24.04'],
    [/(?<=\n {6}- run: )npm run test:all .*$/s, 'npm test\n'],
  ].reduce((edited, [what, by]) => replaceIn(file, edited, what ?? '', String(by)), text);
}

/** The stages are in the project, and the profiles have its name. */
function deployment(name: string, text: string, file: string): string {
  const written = / *- run: printf [^\n]*\n *env:\n *STAGE_SETTINGS: [^\n]*\n/;
  return replaceIn(file, text, written, '')
    .replace('aws-profile: api', `aws-profile: ${name}-api`)
    .replace('aws-profile: caller', `aws-profile: ${name}-caller`);
}

/** The section of this repository's README, to which messages of the plugin refer. */
function deploying(text: string, file: string): string {
  const section = /^## Deploy it to two accounts\n.*?(?=^## )/ms.exec(text)?.[0] ?? '';
  return replaceIn(
    file,
    replaceIn(file, section, / Please tell us how yours went:\n`npm run conformance .*?for an issue\./s, ''),
    /^2\. Copy .*?(?=Before anything)/ms,
    `2. Fill in stage \`dev\` in [services/stages.yml](services/stages.yml): the IDs of both accounts and the two profiles.
   [services/stages.example.yml](services/stages.example.yml) explains each setting. `,
  );
}

/** The first line of services/stages.yml: editors check the settings against this schema. */
const SCHEMA_LINE = `# yaml-language-server: $schema=../node_modules/${LIBRARIES}serverless-plugin/stages.schema.json\n`;

/** services/stages.yml with the chosen options. */
function stages({ name, region, accessMode, alarms }: ProjectOptions, externalId: string): string {
  const isRole = accessMode === 'assume-role';
  const everywhere = isRole ? [] : [`accessMode: ${accessMode}`];
  const dev = [
    `region: ${region}`,
    '# The IDs of account A and account B: put yours here before you deploy.',
    'apiAccountId: "111111111111"',
    'callerAccountId: "222222222222"',
    `apiProfile: ${name}-api`,
    `callerProfile: ${name}-caller`,
    ...(isRole ? [`externalId: ${JSON.stringify(externalId)}`] : []),
    ...everywhere,
    ...(alarms ? ['alarms: true'] : []),
  ];
  const local = everywhere.length > 0 ? `\n# Local AWS.\n${entry('local', everywhere)}` : '';
  return `${SCHEMA_LINE}# Deployment settings. stages.example.yml beside this file explains each one, and has more.\n\n${entry('dev', dev)}${local}`;
}

function entry(stage: string, lines: readonly string[]): string {
  return `${stage}:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}
