import { execFile } from 'node:child_process';
import { readdir, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { parseJson } from '../core/parse-json.ts';

/** The environment variable that names the Python to use, before any other. */
export const PYTHON_VARIABLE = 'LOCAL_AWS_PYTHON';

/** The Python packages that local AWS asks for. */
const MODULES = ['boto3', 'samtranslator'] as const;

/** A Python package that local AWS asks for, by its module. */
export type PythonModule = (typeof MODULES)[number];

/** A Python 3 of this machine. */
export interface Python {
  /** The absolute path of the program. In a virtual environment, the path that finds its packages. */
  readonly executable: string;
  /** e.g. 13 for Python 3.13.5 */
  readonly minor: number;
  /** e.g. `3.13.5` */
  readonly version: string;
  readonly modules: readonly PythonModule[];
}

/** The oldest Python that the scripts of local AWS support. */
const FIRST_MINOR = 9;

/** Prints what `answerSchema` reads. Isolated (-I): functions see neither a user's own packages nor PYTHONPATH. */
const PROBE = `import importlib.util, json, sys
print(json.dumps({'executable': sys.executable, 'version': '.'.join(map(str, sys.version_info[:3])),
  'modules': [name for name in ${JSON.stringify(MODULES)} if importlib.util.find_spec(name)]}))`;

const answerSchema = v.object({
  executable: v.string(),
  version: v.pipe(v.string(), v.regex(/^3\.\d+\.\d+$/)),
  modules: v.array(v.picklist(MODULES)),
});

/** Asks a program which Python it is. @returns `undefined` if it is no Python 3.9 or later */
export async function probePython(executable: string): Promise<Python | undefined> {
  try {
    const { stdout } = await promisify(execFile)(executable, ['-I', '-c', PROBE], { timeout: 10_000 });
    const answer = v.parse(answerSchema, parseJson(stdout));
    const minor = Number(answer.version.split('.')[1]);
    return minor >= FIRST_MINOR ? { ...answer, minor } : undefined;
  } catch {
    return undefined;
  }
}

/** Finds the Pythons of PATH, in its order, then those of pyenv. */
export async function findPythons(environment: NodeJS.ProcessEnv = process.env): Promise<readonly Python[]> {
  const { PATH = '', PYENV_ROOT = path.join(homedir(), '.pyenv') } = environment;
  const versions = path.join(PYENV_ROOT, 'versions');
  const installed = await readdir(versions).catch(() => []);
  const folders = [
    ...PATH.split(path.delimiter).filter((folder) => path.isAbsolute(folder)),
    ...installed.map((name) => path.join(versions, name, 'bin')),
  ];
  const programs = (await Promise.all(folders.map(programsIn))).flat();
  // One program may have several names, but the path of a virtual environment must stay its own.
  const distinct = new Map(programs.map((program) => [program.identity, program.file]));
  const probed = await Promise.all([...distinct.values()].map(probePython));
  const found = probed.filter((python) => python !== undefined);
  return [...new Map(found.map((python) => [python.executable, python])).values()];
}

/** The programs of a folder that may be Python 3. `identity` is the same for two names of one program in one folder. */
async function programsIn(folder: string) {
  const real = await realpath(folder).catch(() => undefined);
  if (real === undefined) return [];
  const names = (await readdir(real)).filter((name) => /^python3(\.\d+)?$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const file = path.join(folder, name);
      const target = await realpath(file).catch(() => file);
      return { file, identity: `${real} ${target}` };
    }),
  );
}

/** Of the Pythons that have a module, the one whose version is nearest to `3.<minor>`; of two as near, the newer. */
export function nearestPython(
  pythons: readonly Python[],
  module: PythonModule,
  minor: number,
): Python | undefined {
  const distance = (python: Python) => Math.abs(python.minor - minor);
  return pythons
    .filter(({ modules }) => modules.includes(module))
    .sort((a, b) => distance(a) - distance(b) || b.minor - a.minor)[0];
}
