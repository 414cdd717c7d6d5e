import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFlags, projectRoot } from '../lib/project.ts';
import type { Mutant } from '../simulate/mutants.ts';
import { defects, isOfSample, SAMPLE_PAIR } from '../simulate/plant.ts';

/** The histories among which one must find a defect that no unit test finds. */
const HISTORIES = 3_000;

const CONFIG = 'scripts/test-mutation/defects.config.js';
const LIBRARIES = 'scripts/simulate/libraries.ts';

/**
 * Plants each defect of the list, and checks that a unit test of its library or a history finds it.
 * @param processes at the same time
 * @param only the names of the defects. Default: all
 * @param print gets a line for each defect
 * @returns the names of the defects that nothing finds
 */
export async function findDefects(
  processes: number,
  only: readonly string[] | undefined,
  print: (line: string) => void,
): Promise<string[]> {
  const left = defects.filter(([name]) => only === undefined || only.includes(name));
  const missed: string[] = [];
  const work = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [name, mutant] = next;
      const found = mutant.survives === undefined ? await find(name, mutant) : undefined;
      if (found !== undefined) print(`✔ ${name}: ${found}`);
      else if (mutant.survives !== undefined) print(`– ${name} is not found: ${mutant.survives}`);
      else {
        missed.push(name);
        print(`✘ ${name}: nothing finds it. ${mutant.summary}`);
      }
    }
  };
  await Promise.all(Array.from({ length: processes }, work));
  return missed;
}

/** Finds a defect: by what found it before, by the tests of its library, or by histories. Returns what found it. */
async function find(name: string, { file, found }: Mutant): Promise<string | undefined> {
  const pair = isOfSample(file) ? SAMPLE_PAIR : LIBRARIES;
  if (found !== undefined) {
    const again =
      typeof found === 'string'
        ? await findByTests(name, found)
        : await findByHistories(name, pair, ['--seed', String(found)]);
    if (again !== undefined) return again;
  }
  const [sources = ''] = /^\w+\/[\w-]+\/src/.exec(file) ?? [];
  const range = ['--histories', String(HISTORIES), '--from', '1', '--workers', '1'];
  const now = (await findByTests(name, sources)) ?? (await findByHistories(name, pair, range));
  return now && `${now} (new: name it in scripts/simulate/mutants.ts)`;
}

async function findByTests(name: string, path: string): Promise<string | undefined> {
  const jest = [join(projectRoot, 'node_modules/jest/bin/jest.js'), '--config', CONFIG, '--json'];
  const folder = await mkdtemp(join(tmpdir(), 'defect-'));
  // The tests print to the standard output too.
  const outputFile = join(folder, 'report.json');
  const { stderr } = await run([...jest, '--outputFile', outputFile, path], { PLANTED_DEFECT: name });
  const report = parse<JestReport>(await readFile(outputFile, 'utf8').catch(() => '')) ?? fail(name, stderr);
  await rm(folder, { recursive: true });
  const failed = report.testResults.filter(({ status }) => status === 'failed');
  const [first] = failed;
  if (first === undefined) return undefined;
  if (report.numFailedTests === 0) fail(name, first.message);
  return first.name.replace(`${projectRoot}/`, '');
}

interface JestReport {
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
  }[];
}

async function findByHistories(
  name: string,
  pair: string,
  histories: readonly string[],
): Promise<string | undefined> {
  const script = join(projectRoot, 'scripts/simulate.ts');
  const options = ['--pair', pair, '--mutant', name, '--json', ...histories];
  const { stdout, stderr } = await run([...nodeFlags, script, ...options]);
  const { ok, seed, violations, failure } = parse<SimulateReport>(stdout) ?? fail(name, stderr);
  if (ok) return undefined;
  const [{ invariant } = { invariant: '' }] = violations ?? failure?.violations ?? [];
  return `history ${seed ?? failure?.seed}: ${invariant}`;
}

interface SimulateReport {
  readonly ok: boolean;
  readonly seed?: number;
  readonly violations?: Violations;
  readonly failure?: { readonly seed: number; readonly violations: Violations };
}
type Violations = readonly { readonly invariant: string }[];

/** Runs Node, whose exit code says less than its output. */
function run(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ stdout: string; stderr: string }> {
  const options = { cwd: projectRoot, env: { ...process.env, ...env }, maxBuffer: 2 ** 26 };
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (_error, stdout, stderr) => resolve({ stdout, stderr }));
  });
}

function parse<T>(json: string): T | undefined {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** @throws Error */
function fail(name: string, why: string): never {
  throw new Error(`The defect ${name} leaves code that does not run: ${why.slice(0, 2_000)}`);
}
