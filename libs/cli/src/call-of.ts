import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { withOptions } from '@cross-account-api/command-line';
import * as v from 'valibot';

const manifest = v.object({ scripts: v.record(v.string(), v.string()) });

/**
 * The command line for a command: the npm script of the project that runs it, or else `node_modules/.bin/cross-account <command>`. All messages
 * use this text.
 * @param from a folder of the project. Default: the working directory
 * @example callOf('verify') // 'npm run verify', if package.json has { "scripts": { "verify": "cross-account verify" } }
 */
export function callOf(command: string, from = process.cwd()): string {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const found = v.safeParse(manifest, readJson(join(folder, 'package.json')));
    const script = found.success ? found.output.scripts[command] : undefined;
    if (script !== undefined && /(^|[ /])cross-account /.test(script)) {
      return command === 'start' ? 'npm start' : `npm run ${command}`;
    }
    if (folder === dirname(folder)) return `node_modules/.bin/cross-account ${command}`;
  }
}

/**
 * The command line for a command with options.
 * @example callWith('verify', '--stage dev') // 'node_modules/.bin/cross-account verify --stage dev'
 */
export function callWith(command: string, options: string, from = process.cwd()): string {
  return withOptions(callOf(command, from), options);
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
