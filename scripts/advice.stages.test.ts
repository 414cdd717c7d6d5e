import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runInProcess } from '../libs/cli/src/run-in-process.testing.ts';
import { pythonWith } from '../libs/local-aws/test/python.testing.ts';
import awsCli from './advice/aws-cli.json' with { type: 'json' };
import { judge, ONLY_VERSION_2, type OptionsOf, optionsOfOthers, scripts } from './advice/judge.testing.ts';
import { awsCommands, packageTexts } from './advice/texts.ts';
import { nodeFlags, projectRoot } from './lib/project.ts';

const texts = packageTexts();

/** What the help of a script of package.json or of `cross-account` lists. */
const helps = new Map<string, OptionsOf>();
async function ownOptions(script: string): Promise<OptionsOf> {
  const known = helps.get(script);
  if (known !== undefined) return known;
  const [program = '', ...words] = script.replace(/^exec /, '').split(' ');
  const args = [...words, '--help'];
  const { stdout } =
    program === 'cross-account'
      ? await runInProcess(args, projectRoot)
      : await promisify(execFile)(process.execPath, [...nodeFlags, ...args], { cwd: projectRoot });
  const names = [...stdout.matchAll(/^\s+(?:-\w, )?--([\w-]+)/gm)].map(([, name = '']) => name);
  const options = Object.fromEntries(names.map((name) => [name, {}]));
  helps.set(script, options);
  return options;
}

test('each command of ours in a text of the packages has the options that the text gives it', async () => {
  const problems: string[] = [];
  for (const text of texts) {
    for (const command of text.commands) {
      for (const problem of await judge(command, text, ownOptions)) {
        problems.push(`${text.file}: ${command.text}: ${problem}`);
      }
    }
  }
  expect(problems).toEqual([]);
});

/** Options that texts name without their command, of programs that are not judged, with the page that has them. */
const MENTIONED: Readonly<Record<string, string>> = {
  'aws-sigv4': 'https://curl.se/docs/manpage.html',
  'cli-binary-format': 'https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-options.html',
  'cli-input-json': 'https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-skeleton.html',
  'env-file': 'https://nodejs.org/api/cli.html',
  global: 'https://git-scm.com/docs/git-config',
  'log-type': 'https://docs.aws.amazon.com/cli/latest/reference/lambda/invoke.html',
  noEmit: 'https://www.typescriptlang.org/docs/handbook/compiler-options.html',
  payload: 'https://docs.aws.amazon.com/cli/latest/reference/lambda/invoke.html',
  require: 'https://nodejs.org/api/cli.html',
  'save-dev': 'https://docs.npmjs.com/cli/commands/npm-install',
  'set-as-default': 'https://docs.aws.amazon.com/cli/latest/reference/iam/create-policy-version.html',
};

test('each option that a text names without its command is one of a command that texts name', async () => {
  const own = [
    ...Object.values(scripts).filter((script) => /\bcross-account /.test(script)),
    ...['cross-account outdated', 'node scripts/create.ts'],
    ...['start', 'explain', 'faults', 'types'].map((name) => `node libs/local-aws/src/cli/main.ts ${name}`),
  ];
  const known = new Set(['help', 'version', ...optionsOfOthers(), ...Object.keys(MENTIONED)]);
  // One after the other: they share the streams of this process.
  for (const script of own) for (const name of Object.keys(await ownOptions(script))) known.add(name);
  const problems = texts.flatMap(({ file, text, commands }) => {
    if (!text.includes(' ')) return [];
    const rest = commands.reduce((left, command) => left.replace(command.text, ''), text);
    const names = [...rest.matchAll(/(?<![\w<-])--([a-z][\w-]*)/g)].map(([, name = '']) => name);
    return names.filter((name) => !known.has(name)).map((name) => `${file}: ${name}`);
  });
  expect(problems).toEqual([]);
});

const python = pythonWith(['awscli'], 'what is recorded of the AWS CLI');
(python === undefined ? test.skip : test)(
  'the AWS CLI has the commands with the options that are recorded',
  () => {
    const script = join(projectRoot, 'scripts/advice/aws-cli.py');
    const input = awsCommands(texts).join('\n');
    const { commands }: typeof awsCli = JSON.parse(
      execFileSync(String(python), [script], { input, encoding: 'utf8' }),
    );
    const missing = awsCommands(texts).filter((name) => !(name in commands) && !(name in ONLY_VERSION_2));
    expect(missing).toEqual(['be because', 'login expired']);
    // A later version may have more options.
    expect(commands).toMatchObject(awsCli.commands);
  },
);
