import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project.ts';

const sources = 'libs/serverless-plugin/src';

/** A step of the plugin, and what its docstring says. */
export interface PluginStep {
  readonly name: string;
  /** The services whose plugin has it, such as `both`. */
  readonly service: string;
  readonly description: string;
}

/** The steps at one time of a command. */
export interface StepGroup {
  /** What the docstring of the list says of its steps. */
  readonly description: string;
  readonly steps: readonly PluginStep[];
}

/** Reads a file of the plugin's sources. */
export type ReadSource = (file: string) => string;

/**
 * The steps of both plugins, from `api.ts`, `caller.ts` and the docstrings.
 * @throws Error if a step or a list has no docstring
 */
export function pluginSteps(
  read: ReadSource = (file) => readFileSync(join(projectRoot, sources, file), 'utf8'),
): readonly StepGroup[] {
  const [ofApi, ofCaller] = ['api.ts', 'caller.ts'].map((file) => stepsOf(read(file), read)) as [
    Steps,
    Steps,
  ];
  const [, members = ''] = /^export interface Steps \{\n(.*?)^\}/ms.exec(read('plugin.ts')) ?? [];
  const groups = [...new Set([...ofApi.keys(), ...ofCaller.keys()])];
  return groups.map((group) => {
    const [api, caller] = [ofApi.get(group) ?? new Map(), ofCaller.get(group) ?? new Map()];
    const names = [...api.keys(), ...[...caller.keys()].filter((name) => !api.has(name))];
    return {
      description: docstringBefore(members, members.indexOf(`  readonly ${group}: `), `the list ${group}`),
      steps: names.map((name) => ({
        name,
        service: !caller.has(name) ? 'api' : api.has(name) ? 'both' : 'caller',
        description: api.get(name) ?? caller.get(name),
      })),
    };
  });
}

/** Each list of a plugin, with the names of its steps and their descriptions. */
type Steps = ReadonlyMap<string, ReadonlyMap<string, string>>;

function stepsOf(plugin: string, read: ReadSource): Steps {
  const files = new Map(
    [...plugin.matchAll(/^import \{([^}]*)\} from '\.\/([^']+)';$/gm)].flatMap(([, names = '', file = '']) =>
      namesIn(names).map((name) => [name, file] as const),
    ),
  );
  const lists = [...plugin.matchAll(/^ {2}(\w+): \[(.*?)\],$/gms)].flatMap(([, group = '', list = '']) => {
    const steps = namesIn(list).map((name) => {
      const file = files.get(name);
      if (file === undefined) throw new Error(`${sources}: the step ${name} is not imported.`);
      const source = read(file);
      const declarations = [...source.matchAll(/^export (?:const|(?:async )?function) (\w+)/gm)];
      const at = declarations.find(([, declared]) => declared === name)?.index;
      return [name, docstringBefore(source, at, `the step ${name}`)] as const;
    });
    return steps.length === 0 ? [] : [[group, new Map(steps)] as const];
  });
  return new Map(lists);
}

/** The names in a list of code, without comments and arguments. */
function namesIn(list: string): readonly string[] {
  return list
    .replaceAll(/\/\/.*$/gm, '')
    .replaceAll(/\([^)]*\)/g, '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
}

/** The first paragraph of the docstring that ends where a declaration begins, as Markdown. */
function docstringBefore(source: string, at: number | undefined, what: string): string {
  const [, docstring = ''] =
    /.*\/\*\*(.*?)\*\/$/s.exec(source.slice(0, Math.max(at ?? 0, 0)).trimEnd()) ?? [];
  const [paragraph = ''] = docstring
    .replaceAll(/^ *\* ?/gm, '')
    .trim()
    .split(/\n(?=\n|@)/);
  if (paragraph === '' || paragraph.startsWith('@')) {
    throw new Error(`${sources}: ${what} has no docstring. Say there what it does: a page shows it.`);
  }
  return paragraph
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\{@link (\w+)\}/g, '`$1`')
    .replaceAll('|', '\\|');
}
