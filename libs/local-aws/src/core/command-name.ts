import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as v from 'valibot';
import { parseJson } from './parse-json.ts';

/** The commands of local AWS. */
export type CommandName = 'start' | 'explain' | 'faults' | 'types';

const manifest = v.object({
  config: v.object({ localAws: v.record(v.string(), v.string()) }),
});

/** The command line of a command, from the nearest package.json with `config.localAws`. Default: `node_modules/.bin/local-aws <command>`. */
export function commandName(command: CommandName, from = process.cwd()): string {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const named = v.safeParse(manifest, readJson(join(folder, 'package.json')));
    if (named.success)
      return named.output.config.localAws[command] ?? `node_modules/.bin/local-aws ${command}`;
    if (folder === dirname(folder)) return `node_modules/.bin/local-aws ${command}`;
  }
}

function readJson(file: string): unknown {
  try {
    return parseJson(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
