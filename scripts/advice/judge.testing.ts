import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parse } from 'yaml';
import { projectRoot } from '../lib/project.ts';
import awsCli from './aws-cli.json' with { type: 'json' };
import type { TypedCommand } from './commands-in.ts';
import type { Text } from './texts.ts';

/** An option of a command. */
export interface Option {
  readonly required?: boolean;
  /** Whether it takes no value. */
  readonly flag?: boolean;
}
/** The options of a command, by their names without dashes. */
export type OptionsOf = Readonly<Record<string, Option>>;

const FLAG = { flag: true } as const;

/** What only version 2 of the AWS CLI has: https://docs.aws.amazon.com/cli/latest/reference/, each below its own name. */
export const ONLY_VERSION_2: Readonly<Record<string, OptionsOf>> = {
  configure: {},
  'configure list-profiles': {},
  'configure sso': { 'use-device-code': FLAG },
  login: { remote: FLAG },
  logout: { all: FLAG },
  'sso login': { 'sso-session': {}, 'no-browser': FLAG, 'use-device-code': FLAG },
};

/** Options that each command of the AWS CLI takes: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-options.html */
const OF_AWS: OptionsOf = { profile: {}, region: {}, query: {}, output: {}, 'endpoint-url': {} };

const awsCommands: Readonly<Record<string, OptionsOf>> = { ...awsCli.commands, ...ONLY_VERSION_2 };

/** Programs of others, with the commands and options that texts may name, and where they are documented. */
const OTHERS: Readonly<
  Record<string, { readonly source: string; readonly words: RegExp; readonly options: OptionsOf }>
> = {
  cdk: {
    source: 'https://docs.aws.amazon.com/cdk/v2/guide/ref-cli-cmd.html',
    words: /^(?:bootstrap aws:\/\/<account>\/<region>|deploy)$/,
    options: { trust: {}, 'cloudformation-execution-policies': {}, verbose: FLAG },
  },
  kubectl: {
    source: 'https://kubernetes.io/docs/reference/kubectl/generated/kubectl_get/',
    words: /^get pods$/,
    options: { n: {}, o: {}, l: {} },
  },
  keytool: {
    source: 'https://docs.oracle.com/en/java/javase/21/docs/specs/man/keytool.html',
    words: /^$/,
    options: { importcert: FLAG },
  },
  'openapi-typescript': {
    source: 'https://openapi-ts.dev/cli',
    words: /^openapi\.json$/,
    options: { o: {} },
  },
};

/** A list of words, and the title of an answer. */
const NO_COMMANDS = new Set(['aws be because', 'aws login expired']);

type SlsOptions = Readonly<Record<string, { readonly shortcut?: string; readonly type?: string }>>;
const require = createRequire(import.meta.url);
const SCHEMA = 'serverless/lib/cli/commands-schema';
const sls: ReadonlyMap<string, { readonly options?: SlsOptions }> = require(`${SCHEMA}/aws-service.js`);
const slsCommon: SlsOptions = require(`${SCHEMA}/common-options/aws-service.js`);

const read = (file: string) => readFileSync(join(projectRoot, file), 'utf8');
const { services }: { services: object } = parse(read('serverless-compose.yml'));

/** The scripts of package.json. */
export const { scripts }: { scripts: Readonly<Record<string, string>> } = JSON.parse(read('package.json'));

/** Names of options of the AWS CLI, the Serverless CLI and other programs that texts name. */
export function optionsOfOthers(): string[] {
  const commands = [
    ...Object.values(awsCommands),
    OF_AWS,
    ...Object.values(OTHERS).map(({ options }) => options),
  ];
  const ofSls = [...sls.values()].map(({ options = {} }) => readSls(options));
  return [...commands, ...ofSls, SLS_COMMON].flatMap(Object.keys);
}

/**
 * Looks a command up where it comes from.
 * @param ownOptions prints the help of a script of package.json, or of `cross-account`. Default: options of ours are not looked up
 * @returns what is wrong with it
 */
export async function judge(
  command: TypedCommand,
  { file, text }: Text,
  ownOptions?: (script: string) => Promise<OptionsOf>,
): Promise<string[]> {
  const { program, words, options, passedOn } = command;
  // Words that are known only when they are printed.
  if (NO_COMMANDS.has(command.text) || /^<(?:…|command)>$/.test(words[0] ?? '')) return [];
  const ofOurs = async (script: string, given: TypedCommand['options']) =>
    given.size === 0 || ownOptions === undefined ? [] : judgeOptions(given, await ownOptions(script), {});
  switch (program) {
    case 'aws':
      return judgeOptions(options, find(awsCommands, words), OF_AWS);
    case 'sls': {
      const [first = '', ...rest] = words;
      const [own, service] = first.split(':').reverse();
      if (service !== undefined && !(service in services) && service !== '<…>')
        return [`there is no service ${service}`];
      const known = find(Object.fromEntries(sls), [own ?? '', ...rest]);
      return judgeOptions(options, known && readSls(known.options ?? {}), SLS_COMMON);
    }
    case 'start':
    case 'test':
    case 'run': {
      const name = program === 'run' ? (words[0] ?? '') : program;
      const script = scripts[name];
      if (script === undefined) return [`package.json has no script ${name}`];
      // Projects that `npm run create` makes have these only. Its own texts are read in the clone.
      const isEverywhere =
        /^(?:exec )?cross-account /.test(script) || ['test', 'lint', 'format', 'typecheck'].includes(name);
      if (!isEverywhere && !/\bclone\b/.test(text) && !file.startsWith('libs/create/'))
        return [`a project that npm run create makes has no script ${name}`];
      return ofOurs(script, passedOn);
    }
    case 'node_modules/.bin/cross-account':
      return words[0] === undefined ? [] : ofOurs(`cross-account ${words[0]}`, options);
    case 'node_modules/.bin/local-aws':
      return words[0] === undefined ? [] : ofOurs(`node libs/local-aws/src/cli/main.ts ${words[0]}`, options);
    default: {
      const other = OTHERS[program];
      if (other === undefined) return [`nobody judges the program ${program}`];
      if (!other.words.test(words.join(' '))) return [`${words.join(' ')} is no command of it`];
      return judgeOptions(options, other.options, {});
    }
  }
}

/** What the longest beginning of the words names: a sentence may go on behind a command. */
function find<T>(commands: Readonly<Record<string, T>>, words: readonly string[]): T | undefined {
  const names = words.map((_word, index) => words.slice(0, words.length - index).join(' '));
  return names.map((name) => commands[name]).find((command) => command !== undefined);
}

function readSls(options: SlsOptions): OptionsOf {
  return Object.fromEntries(
    Object.entries(options).flatMap(([name, { shortcut = name, type }]) =>
      [name, shortcut].map((each) => [each, type === 'boolean' ? FLAG : {}]),
    ),
  );
}

/** `--param` is one of the CLI itself. */
const SLS_COMMON = { ...readSls(slsCommon), param: {} };

function judgeOptions(
  options: TypedCommand['options'],
  own: OptionsOf | undefined,
  common: OptionsOf,
): string[] {
  if (own === undefined)
    return ['it is unknown. If the AWS CLI has it, record it: node scripts/advice/record-aws-cli.ts'];
  const all: OptionsOf = { ...common, ...own };
  const given = [...options].filter(([name]) => name !== 'help');
  // The name of a command may stand alone. With an option of its own, it is meant to be typed as it stands.
  const isWhole = given.some(([name]) => common[name] === undefined);
  return [
    ...given.flatMap(([name, value]) => {
      if (all[name] === undefined) return [`it has no option ${name}`];
      return value === undefined && isOfAws(own) && all[name].flag !== true ? [`${name} has no value`] : [];
    }),
    ...Object.entries(own).flatMap(([name, { required }]) =>
      required === true && isWhole && !options.has(name) ? [`it needs ${name}`] : [],
    ),
  ];
}

const isOfAws = (own: OptionsOf) => Object.values(awsCommands).includes(own);
