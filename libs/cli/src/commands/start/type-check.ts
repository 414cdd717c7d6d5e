import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setPriority, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';

/** Checks the types of the functions' sources with the project's TypeScript. */
export interface TypeChecker {
  /**
   * Checks these sources and what they import. Ends a check that still runs.
   * @param sources absolute paths
   * @returns the compiler's errors, each of one line or more; `undefined` if a later check ended this one
   */
  check(sources: readonly string[]): Promise<readonly string[] | undefined>;
  /** Ends a check that runs. */
  cancel(): void;
  /** Ends a check that runs, and removes what checks have left. */
  close(): void;
}

/** Lower than that of the functions and the bundler: the new code must not wait for its types. */
const PRIORITY = 10;

/**
 * Makes a type checker.
 * @param project the project's folder
 * @param parent the folder for a temporary one
 * @returns `undefined` if the project has no TypeScript or no tsconfig.json
 */
export function createTypeChecker(project: string, parent = tmpdir()): TypeChecker | undefined {
  const configuration = join(project, 'tsconfig.json');
  const compiler = findCompiler(project);
  if (compiler === undefined || !existsSync(configuration)) return undefined;
  const folder = mkdtempSync(join(parent, 'cross-account-types-'));
  const file = join(folder, 'tsconfig.json');
  let running: ChildProcess | undefined;
  let isClosed = false;
  const cancel = () => {
    running?.kill('SIGKILL');
    running = undefined;
  };

  return {
    async check(sources) {
      cancel();
      if (isClosed) return undefined;
      // The functions and what they import, not the whole project: that takes a fraction of the time.
      const settings = {
        extends: configuration,
        compilerOptions: {
          noEmit: true,
          incremental: true,
          tsBuildInfoFile: join(folder, 'tsbuildinfo'),
          typeRoots: [join(project, 'node_modules/@types')],
        },
        files: sources,
        include: [],
      };
      writeFileSync(file, JSON.stringify(settings));
      const child = spawn(process.execPath, [compiler, '--project', file, '--pretty', 'false'], {
        cwd: project,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      running = child;
      lowerPriority(child);
      const ended = new Promise<number | null>((resolve) => {
        child.on('error', () => resolve(null));
        child.on('exit', resolve);
      });
      const [output, code] = await Promise.all([text(child.stdout), ended]);
      if (running !== child || code === null) return undefined;
      running = undefined;
      // The lines that explain an error are indented.
      return output.split(/\n(?=\S)/).flatMap((error) => error.trimEnd() || []);
    },
    cancel,
    close() {
      isClosed = true;
      cancel();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The program `tsc` of the project's TypeScript. */
function findCompiler(project: string): string | undefined {
  try {
    const manifest = createRequire(join(project, 'package.json')).resolve('typescript/package.json');
    const compiler = join(dirname(manifest), 'bin/tsc');
    return existsSync(compiler) ? compiler : undefined;
  } catch {
    return undefined;
  }
}

function lowerPriority({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, PRIORITY);
  } catch {
    // It has ended.
  }
}
