import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { refusalWords } from '@cross-account-api/iam/explanation';
import { judge } from './advice/judge.testing.ts';
import { packageTexts } from './advice/texts.ts';
import { projectRoot } from './lib/project.ts';

/*
 * Whoever reads a message types what it proposes. Each command, file and setting in the texts of all packages is looked up where it
 * comes from: the AWS CLI, the Serverless CLI, package.json, this repository. advice.stages.test.ts looks up the options of our own commands.
 */

const texts = packageTexts();

test('each command in a text of the packages exists, with its options, and is whole', async () => {
  const problems: string[] = [];
  for (const text of texts) {
    for (const command of text.commands) {
      for (const problem of await judge(command, text)) {
        problems.push(`${text.file}: ${command.text}: ${problem}`);
      }
    }
  }
  expect(problems).toEqual([]);
  expect(texts.flatMap(({ commands }) => commands).length).toBeGreaterThan(150);
});

test('each file that a text names is one of this repository', () => {
  /** What people write, and an example. */
  const others = ['services/stages.yml', 'scripts/seed.ts'];
  const problems = texts.flatMap(({ file, text }) => {
    if (!text.includes(' ')) return [];
    const names = [...text.matchAll(/(?<![\w./@-])(?:services|scripts|libs)\/[\w./*-]*\w\.\w+/g)].map(String);
    return names
      .filter((name) => !others.includes(name) && globSync(name, { cwd: projectRoot }).length === 0)
      .map((name) => `${file}: ${name}`);
  });
  expect(problems).toEqual([]);
});

test('each setting that a text names is one of services/stages.yml', () => {
  /** Of code, and of a function in serverless.yml. */
  const others = ['baseUrl', 'takesOperations'];
  const known = new Set<string>();
  const collect = (schema: unknown): void => {
    for (const [name, value] of Object.entries(Object(schema))) {
      if (name === 'properties') for (const property of Object.keys(Object(value))) known.add(property);
      if (typeof value === 'object') collect(value);
    }
  };
  collect(JSON.parse(readFileSync(join(projectRoot, 'libs/serverless-plugin/stages.schema.json'), 'utf8')));
  const named = texts.flatMap(({ file, text }) => {
    if (!text.includes('stages.yml')) return [];
    const paths = [
      // Below a stage, or as a line of the file.
      ...text.matchAll(/<…>\.([a-z]\w*(?:\.[a-z]\w*)*)/g),
      ...text.matchAll(/(?<![\w./])([a-z]+[A-Z]\w*(?:\.[a-z]\w*)*): /g),
    ];
    return paths.map(([, path = '']) => ({ file, path }));
  });
  expect(named.length).toBeGreaterThan(20);
  const isKnown = ({ path }: { path: string }) =>
    others.includes(path) || path.split('.').every((name) => known.has(name));
  expect(named.filter((each) => !isKnown(each))).toEqual([]);
});

test('each page that an answer follows is of AWS, of Microsoft, or a thread of GitHub', () => {
  const hosts = ['docs.aws.amazon.com', 'repost.aws', 'github.com', 'learn.microsoft.com'];
  const sources = Object.values(refusalWords).flatMap(({ source }) => source ?? []);
  expect(sources.length).toBeGreaterThan(60);
  for (const source of sources) {
    const { protocol, host, pathname } = new URL(source);
    expect([source, protocol, hosts.includes(host), pathname.length > 5]).toEqual([
      source,
      'https:',
      true,
      true,
    ]);
  }
});
