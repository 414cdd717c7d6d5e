import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../lib/project.ts';
import { commandsIn, stringsIn, type TypedCommand } from './commands-in.ts';

/** A text that one of the packages can print. */
export interface Text {
  /** The file that has it, from the root. */
  readonly file: string;
  readonly text: string;
  /** What it tells people to type. */
  readonly commands: readonly TypedCommand[];
}

/** A file without any of these words tells nobody to type anything, and to look at no file. */
const MAY_ADVISE =
  /\b(?:aws|npm|npx|sls|kubectl|keytool) |node_modules\/\.bin|(?<![\w-])--[a-z]|\bservices\/|\.local-aws\//;

/** All strings of all packages, apart from those of tests. */
export function packageTexts(): Text[] {
  const listed = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard', 'libs/*/src/*'], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  return listed.split('\0').flatMap((file) => {
    if (!/\.(?:ts|tsx|cjs|mjs)$/.test(file) || /\.(?:test|testing|test-d)\.\w+$/.test(file)) return [];
    const source = readFileSync(join(projectRoot, file), 'utf8');
    if (!MAY_ADVISE.test(source)) return [];
    return stringsIn(source, file.endsWith('x')).map((text) => ({ file, text, commands: commandsIn(text) }));
  });
}

/** The commands of the AWS CLI in texts, without options: `iam get-role`. Sorted. */
export function awsCommands(texts: readonly Text[]): string[] {
  const found = texts.flatMap(({ commands }) =>
    commands.flatMap(({ program, words }) => (program === 'aws' ? [words.join(' ')] : [])),
  );
  return [...new Set(found)].sort();
}
