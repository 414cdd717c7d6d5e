import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asReleased } from './lib/pack-package.ts';
import { packageFolder, packageNames, readManifest } from './lib/packages.ts';
import { projectRoot } from './lib/project.ts';

/** The names under which npm would look for our packages and programs on a registry, with and without a scope. */
const NAMES = new Set(
  packageNames.flatMap((folder) => {
    const { name, bin = {} } = readManifest(packageFolder(folder)) as { name: string; bin?: object };
    return [name, ...Object.keys(bin)];
  }),
);

/** The words of each command in a text that can make npm fetch a package by its name. */
function* fetchingCommands(text: string): Generator<{ command: string; names: readonly string[] }> {
  const commands =
    /\b(?:npx|npm (?:exec|x|create|init|install|i|add|update|ci))\b(?:(?: (?:\\\n *)?[^\s`|;&#)]+)*)/g;
  for (const [command, ,] of text.matchAll(commands)) {
    const [program = '', ...words] = command.replace(/^npm (\w+)/, '$1').split(/\s+/);
    const args = words
      .map((word) => word.replace(/^--package=/, '').replaceAll(/^["'([]+|["',.:)\]]+$/g, ''))
      .filter((word) => word !== '' && !word.startsWith('-'));
    const isRun = ['npx', 'exec', 'x'].includes(program);
    yield { command, names: isRun ? args.slice(0, 1) : args };
  }
}

const withoutVersion = (name: string) => name.replace(/(?<=.)@[^/]*$/, '');

/** Whether npm would look for one of ours, or for a name that the text does not show. */
function isOurs(name: string, program: string): boolean {
  const bare = withoutVersion(name);
  return (
    /^@cross-account-api\b/.test(bare) ||
    NAMES.has(bare) ||
    (/create|init/.test(program) && NAMES.has(`create-${bare}`)) ||
    // A message that is put together when it is printed.
    bare.startsWith('${')
  );
}

function offences(text: string): string[] {
  return [...fetchingCommands(text)].flatMap(({ command, names }) =>
    names.some((name) => isOurs(name, command.slice(0, 10))) ? [command] : [],
  );
}

/** Commands whose names are known only when they are printed. */
const KNOWN = [
  // A package of the AWS SDK.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a source
  ['runtime/bootstrap.cjs', '--save-dev ${name}'],
  // Paths of tarballs.
  ['scripts/pack.ts', '${install('],
] as const;

/** Everything that a reader or a user sees: documents, the sources with their messages and helps, workflows, scripts. */
const texts = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: projectRoot,
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => /\.(?:md|tsx?|mts|c?js|mjs|py|ya?ml|json|html)$/.test(file))
  // Tests print nothing. The release has the forms for the registry, because it is the one that may write them.
  .filter(
    (file) => !/\.test\.ts$|\.testing\.|package-lock\.json$|^scripts\/lib\/pack-package\.ts$/.test(file),
  );

test('no document, help or message makes npm fetch one of our packages by its name, because nobody has published them', () => {
  expect(texts.length).toBeGreaterThan(300);
  expect(texts).toEqual(
    expect.arrayContaining(['README.md', 'README.ja.md', 'libs/cli/src/commands/explain/help.ts']),
  );
  const found = texts.flatMap((file) => {
    let text: string;
    try {
      text = readFileSync(join(projectRoot, file), 'utf8');
    } catch {
      // A deletion that is not committed.
      return [];
    }
    return offences(text)
      .filter((command) => !KNOWN.some(([known, part]) => file.endsWith(known) && command.includes(part)))
      .map((command) => `${file}: ${command}`);
  });
  expect(found).toEqual([]);
});

test.each([
  'npx cross-account explain --error x',
  'Run `npx local-aws start`.',
  'npx --yes @cross-account-api/cli explain',
  'npm create cross-account-api@latest orders',
  'npm create @cross-account-api@latest orders',
  'npm install --save-dev @cross-account-api/local-aws',
  'npm install valibot @cross-account-api/contract@^0.3.0',
  'npm exec --package=@cross-account-api/cli -- cross-account',
  'npm install \\\n  @cross-account-api/iam',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a source
  '`Install it: npm install ${name}`',
])('the check of names finds %j', (text) => {
  expect(offences(text)).toHaveLength(1);
});

test.each([
  'npx sls deploy --stage local',
  '(cd services/caller && npx sls invoke -f caller)',
  'npm install ../cross-account-api/dist/{cli,iam}-*.tgz',
  'node_modules/.bin/cross-account explain',
  'npm install --save-dev node@24',
  'npm run create -- ../orders',
])('the check of names accepts %j', (text) => {
  expect(offences(text)).toEqual([]);
});

describe('what a release publishes', () => {
  const fork = { config: { scope: '@acme' } };

  test.each(packageNames)(
    'README of libs/%s names only packages with the scope, and nothing of a clone',
    (name) => {
      const readme = readFileSync(join(packageFolder(name), 'README.md'), 'utf8');
      const released = asReleased(fork, readme);
      expect(released).toMatch(/npm (?:install|create) .*@acme/);
      for (const { names } of fetchingCommands(released)) {
        expect(names.filter((each) => NAMES.has(withoutVersion(each)))).toEqual([]);
      }
      expect(released).not.toMatch(
        /\.\.\/cross-account-api\/|node_modules\/\.bin\/(?:cross-account|local-aws)/,
      );
    },
  );

  test.each([
    [
      'npm install ../cross-account-api/dist/{cli,iam}-*.tgz @middy/core',
      'npm install @acme/cli @middy/core',
    ],
    ['npm install ../cross-account-api/dist/iam-*.tgz', 'npm install @acme/iam'],
    ['node_modules/.bin/cross-account verify --stage S', 'npx @acme/cli verify --stage S'],
    ['`node_modules/.bin/local-aws start`', '`npx @acme/local-aws start`'],
    ['npm run create -- ../orders\ncd ../orders\n', 'npm create @acme@latest orders\ncd orders\n'],
    ['`npm run create -- ../orders --yes`', '`npm create @acme@latest orders -- --yes`'],
    // It needs a clone.
    ['npm run create -- --update ../orders', 'npm run create -- --update ../orders'],
  ])('the release turns %j into %j', (inClone, released) => {
    expect(asReleased(fork, inClone)).toBe(released);
  });
});
