import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { claimProblems, claims, ownControls } from './conformance/claims.ts';
import { steps } from './conformance/plan.ts';
import { runCommand } from './lib/command-line.ts';
import { generatedFiles } from './lib/generated-files.ts';
import { linkProblems } from './lib/links.ts';
import { projectRoot } from './lib/project.ts';
import { yamlFilesIn, yamlProblems, yamlProblemsOfPage } from './lib/yaml-problems.ts';

const CODE_BLOCK = /^( *```[\s\S]*?^ *```)$/m;
/** A link to a page that has a translation, or to the translation. */
const TRANSLATED =
  /^(?<page>(?:\.\.\/)?(?:(?:services|libs\/(?:cli|local-aws))\/)?(?:README|MOVE))(?:\.ja)?\.md(?:#.*)?$/;

/**
 * The files that make regular expressions of texts, and why none of them can take for ever. Foreign text can be matched with
 * `wildcardMatcher`, or within a time limit.
 */
const patternMakers: Readonly<Record<string, string>> = {
  'libs/cli/src/project/project-roles.ts':
    'of names in the serverless.yml of the project, without quantifiers',
  'libs/cli/src/probes/invocation-report.ts': 'of words of this package',
  'libs/cli/src/probes/probe.ts': 'of one digit',
  'libs/iam/src/explanation/refusals/read-refusal.ts': 'of words of this package',
  'libs/iam/src/partitions.ts': "of AWS's data",
  'libs/local-aws/src/console/client/usage.ts': 'of a route: each quantifier ends at a slash',
  'libs/local-aws/src/core/trace-header.ts': 'of words of this package',
  'libs/local-aws/src/protocols/rest-router.ts': "of AWS's data",
  'libs/local-aws/src/services/apigateway/definition/integration.ts': 'within a time limit',
  'libs/local-aws/src/services/apigateway/operations/operation.ts': 'of words of this package',
  'libs/local-aws/src/services/cloudformation/engine/template/allowed-pattern.ts': 'within a time limit',
  'libs/local-aws/src/services/cloudformation/engine/template/check-template.ts': 'of words of this package',
  'libs/local-aws/src/services/execute-api/checks/ask-authorizer.ts': 'within a time limit',
  'libs/local-aws/src/services/execute-api/routing/router.ts':
    'of a path: each quantifier ends at a slash, or is the last one',
  'libs/local-aws/src/services/inert/checks/filter-pattern.ts': 'which is only compiled, and matches nothing',
  'libs/local-aws/src/services/inert/checks/statistic.ts': 'of words of this package',
  'libs/serverless-plugin/src/bundle/event-streams.ts': 'of words of this package',
  'libs/serverless-plugin/src/bundle/zip-folders.ts': 'of one number',
  'libs/serverless-plugin/src/settings/schema.ts': 'of words of this package',
};

const pages = globSync('**/*.md', {
  cwd: projectRoot,
  exclude: (name) => name === 'node_modules' || name === 'dist',
});

await runCommand(
  'lint:files',
  'Checks what no other tool does: YAML, workflows, links, licences, regular expressions, generated pages, and the evidence for SECURITY.md.',
  {},
  async () => {
    const problems = [
      ...yamlFilesIn(projectRoot).flatMap((file) => yamlProblems(file, read(file))),
      ...pages.flatMap((page) => yamlProblemsOfPage(page, read(page))),
      ...workflowProblems(),
      ...linkProblems(projectRoot, pages),
      ...translationProblems(),
      ...licenceProblems(),
      ...patternProblems(),
      ...commandProblems(),
      ...(await generatedProblems()),
      ...claimProblems(claims, ownControls, {
        readPage: read,
        steps: steps.map(({ name }) => name),
        isFile: (path) => existsSync(join(projectRoot, path)),
      }),
    ];
    for (const problem of problems) process.stderr.write(`${problem}\n`);
    return problems.length === 0 ? 0 : 1;
  },
);

async function generatedProblems(): Promise<string[]> {
  return (await generatedFiles())
    .filter(({ file, text }) =>
      file.endsWith('.json')
        ? !isDeepStrictEqual(JSON.parse(read(file)), JSON.parse(text))
        : read(file) !== text,
    )
    .map(({ file }) => `${file} is older than its sources. Write it: npm run generate`);
}

function read(file: string): string {
  return readFileSync(join(projectRoot, file), 'utf8');
}

/**
 * A workflow may only read by default, has no secrets, pins actions to commits, and puts no input into a command. A job that can get
 * a token for another system runs no install script of a package.
 */
function workflowProblems(): string[] {
  const { scripts } = JSON.parse(read('package.json'));
  return globSync('.github/workflows/*.yml', { cwd: projectRoot }).flatMap((file) => {
    const text = read(file);
    const { permissions, jobs } = parse(text) as Workflow;
    const commands = Object.values(jobs).flatMap(({ steps }) => steps.map(({ run = '' }) => run));
    const actions = [...text.matchAll(/\buses: *(.*)$/gm)].map(([, action = '']) => action);
    return [
      ...actions
        .filter((action) => !/^[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))
        .map((action) => `the action ${action} needs the hash of a commit, and its version in a comment`),
      ...commands
        .flatMap((run) => [...run.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name))
        .filter((name) => !(name in scripts))
        .map((name) => `package.json has no script ${name}`),
      ...commands
        .filter((run) => run.includes('{{'))
        .map(
          (run) => `"${run}" must take its inputs from environment variables, or they could run as commands`,
        ),
      ...Object.entries(jobs)
        .filter(([, job]) => job.permissions?.['id-token'] === 'write')
        .flatMap(([name, { steps }]) =>
          steps.flatMap(({ run = '' }) => run.split('\n').map((line) => [name, line] as const)),
        )
        .filter(([, line]) => /\bnpm (ci|i|install|rebuild|publish)\b(?!.*--ignore-scripts)/.test(line))
        .map(([name, line]) => `the job ${name} can get a token, so "${line.trim()}" needs --ignore-scripts`),
      ...Object.entries(jobs)
        .filter(([, { strategy }]) => !hasEveryShard(strategy?.matrix?.shard))
        .map(([job]) => `the shards of its job ${job} must be 1/N to N/N, or tests would not run`),
      ...(isDeepStrictEqual(permissions, { contents: 'read' })
        ? []
        : ['its permissions must be "contents: read"; a job that needs more asks for it']),
      ...(/secrets\.|TOKEN|ACCESS_KEY|access-key/.test(text)
        ? ['it must assume roles, and use no secret']
        : []),
    ].map((problem) => `${file}: ${problem}.`);
  });
}

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix?: { readonly shard?: readonly string[] } };
  readonly steps: readonly { readonly run?: string }[];
}

/** Whether the jobs of a matrix run all parts of the tests. */
function hasEveryShard(shards: readonly string[] = []): boolean {
  return shards.every((shard, index) => shard === `${index + 1}/${shards.length}`);
}

/** A translation has the headings, paragraphs, rows, code and links of the English text, in the same order. */
function translationProblems(): string[] {
  return ['README', 'services/README', 'services/MOVE'].flatMap((page) => {
    const [english, japanese] = ['md', 'ja.md'].map((ending) => partsOf(read(`${page}.${ending}`)));
    const index = (english ?? []).findIndex((part, at) => !isDeepStrictEqual(part, japanese?.[at]));
    if (index === -1 && english?.length === japanese?.length) return [];
    const [wanted, found] = [english?.[index], japanese?.[index]].map((part) => JSON.stringify(part));
    return [
      `${page}.ja.md differs from ${page}.md at part ${index + 1}: ${found} must be ${wanted}. Translate the change.`,
    ];
  });
}

/** Headings, paragraphs, list items, rows and code blocks, without the parts that a translation changes. */
function partsOf(markdown: string) {
  const texts = markdown
    .split(CODE_BLOCK)
    .flatMap((text) => (CODE_BLOCK.test(text) ? text : text.split(/\n\s*\n|\n(?=\||#| *(?:-|\d+\.) )/)));
  return texts
    .map((text) => text.replace(/^\n+|\s+$/g, ''))
    .filter(Boolean)
    .map((text) => {
      if (CODE_BLOCK.test(text)) return { form: text };
      const code = [...text.replace(/\s+/g, ' ').matchAll(/`([^`]+)`/g)].map(([, each]) => each);
      const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link);
      return {
        form: /^\s*(#+|\||-|\d+\.|)/.exec(text)?.[1],
        // The order of words differs between languages.
        code: [...new Set(code)].sort(),
        // The headings of a translation are other words.
        links: links.map((link) => link.replace(TRANSLATED, '$<page>.md').replace(/^#.+/, '#')).sort(),
      };
    });
}

/** Every package has a licence. Nothing that is deployed or published has the AGPL. */
function licenceProblems(): string[] {
  type Packages = Record<string, { license?: string; dev?: boolean; link?: boolean }>;
  const { packages } = JSON.parse(read('package-lock.json')) as { readonly packages: Packages };
  return Object.entries(packages).flatMap(([path, { license, dev, link }]) => {
    if (license === undefined && link !== true) return [`package-lock.json: ${path} has no licence.`];
    const isForbidden = license?.includes('AGPL') === true && dev !== true;
    return isForbidden ? [`package-lock.json: ${path} has the AGPL, and must be a devDependency.`] : [];
  });
}

/** The awaited command runs before the lines below it: only functions exist by then, and no compiler says so. */
function commandProblems(): string[] {
  return globSync('{scripts,libs,services}/**/*.ts', {
    cwd: projectRoot,
    exclude: ['**/node_modules/**'],
  }).flatMap((file) => {
    const [, below = ''] = read(file).split(/^await runCommand\(/m);
    const names = [...below.matchAll(/^(?:const|let|class) (\w+)/gm)].map(([, name]) => name);
    return names.map((name) => `${file}: ${name} does not exist yet when the command runs. Move it above.`);
  });
}

/** Only a short list of files may make regular expressions of anything but a literal: such an expression can backtrack for ever. */
function patternProblems(): string[] {
  const files = ['libs/*/src/**/*.{ts,tsx,cjs}', 'services/**/*.{ts,cjs}']
    .flatMap((pattern) => globSync(pattern, { cwd: projectRoot, exclude: ['**/node_modules/**'] }))
    .filter((file) => !/\.(test|testing)\.|\/built\/|\/dist\//.test(file));
  const makers = files.filter((file) => /\bRegExp\(/.test(read(file)));
  return [
    ...makers
      .filter((file) => !(file in patternMakers))
      .map(
        (file) =>
          `${file}: it makes a regular expression of a text, which can take for ever. Use wildcardMatcher of @cross-account-api/iam or withinTime of local-aws, or name the reason in scripts/lint-files.ts.`,
      ),
    ...Object.keys(patternMakers)
      .filter((file) => !makers.includes(file))
      .map((file) => `scripts/lint-files.ts: ${file} makes no regular expression. Delete its entry.`),
  ];
}
