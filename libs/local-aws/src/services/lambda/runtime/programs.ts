import { mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { invalid } from '../functions/errors.ts';
import { isPythonRuntime, type Runtime } from '../functions/settings.ts';
import type { InspectOptions } from '../inspection/inspect-options.ts';
import type { FunctionVersion } from '../store.ts';
import { deferEnvProxy } from './env-proxy.ts';
import { createNodeFinder, whyNotNode24 } from './node-executables.ts';
import { createPythonFinder } from './python-executables.ts';
import { createSdkLinker } from './sdk-packages.ts';

/** The folder of the scripts that run in a function's process: `LAMBDA_RUNTIME_DIR`. */
export const RUNTIME_FOLDER = import.meta.dirname;

/** The source map of a deployed file. */
export interface SourceMapOfFile {
  /** The URL of the file, as Node names it. */
  readonly url: string;
  /** JSON. */
  readonly map: string;
}

/** What a debugger finds in the process of a function. */
export interface Inspection {
  /** The port of the inspector, on 127.0.0.1. */
  readonly port: number;
  readonly sourceMap: SourceMapOfFile | undefined;
  /** Another program has taken the port: no debugger can attach to this process. */
  portTaken(): void;
}

/** The program that runs a function. */
export interface Program {
  /** For INIT_START, e.g. `nodejs:24 (v24.11.0)`. */
  readonly version: string;
  readonly executable: string;
  readonly args: readonly string[];
  /** The configured variables of the function, and those of its language. */
  readonly variables: Readonly<Record<string, string>>;
  /** Present if a debugger may attach. */
  readonly inspection?: Inspection | undefined;
  /** Whether its timers stand still while a debugger holds a function. */
  readonly canBeHeld: boolean;
}

/** The settings that locate programs and packages. */
export interface ProgramOptions {
  /** Absolute paths of projects, where functions find AWS SDK v3. Default: none. */
  readonly projects?: readonly string[];
  /** Receives messages for a person, e.g. that a function runs on another version than on AWS. */
  readonly report?: (message: string) => void;
  /** The variables that locate Node 22 and Python. Default: those of this process. */
  readonly processEnvironment?: NodeJS.ProcessEnv;
  /** Which functions a debugger may attach to. Default: none. */
  readonly inspect?: InspectOptions | undefined;
}

/** The programs of all runtimes. */
export type Programs = ReturnType<typeof createPrograms>;

/** Goes into NODE_OPTIONS, which child processes that run Node inherit. */
const PRELOAD = `--require "${path.join(RUNTIME_FOLDER, 'preload.cjs').replaceAll(/["\\]/g, '\\$&')}"`;

/** Finds the programs that run functions. */
export function createPrograms({
  projects = [],
  report = () => {},
  processEnvironment = process.env,
  inspect,
}: ProgramOptions) {
  const nodeFor = createNodeFinder(report, processEnvironment);
  const pythonFor = createPythonFinder(report, processEnvironment);
  const linkSdk = createSdkLinker(projects);

  return {
    /** Checks that this machine can run a runtime. @throws AwsError with the remedy */
    async check(runtime: Runtime): Promise<void> {
      if (isPythonRuntime(runtime)) {
        await pythonFor(runtime);
        return;
      }
      const wrongNode = whyNotNode24();
      if (wrongNode !== undefined) throw invalid(wrongNode);
    },

    /**
     * The program of a function.
     * @param workspace the folder above the code of all functions
     * @param configured the variables of the function
     * @param inspection present if a debugger may attach
     */
    async of(
      { name, settings: { Runtime: runtime, MemorySize }, code: { taskRoot } }: FunctionVersion,
      workspace: string,
      configured: Readonly<Record<string, string>>,
      inspection?: Inspection,
    ): Promise<Program> {
      if (isPythonRuntime(runtime)) {
        const { executable, version } = await pythonFor(runtime);
        return {
          version: `${runtime.replace('python', 'python:')} (${version})`,
          executable,
          // Unbuffered: output is in the log when it is written.
          args: ['-u', path.join(RUNTIME_FOLDER, 'bootstrap.py')],
          variables: { PYTHONPATH: '/var/runtime', ...configured },
          canBeHeld: false,
        };
      }
      const node = runtime.replace(/^nodejs(\d+)\.x$/, 'node$1');
      await linkSdk(workspace);
      const executable = await nodeFor(runtime);
      return {
        version: `nodejs:24 (${process.version})`,
        executable,
        args: [
          ...(inspection === undefined ? memoryFlags(MemorySize) : inspectorFlags(inspection)),
          ...(inspect === undefined ? [] : ['--require', path.join(RUNTIME_FOLDER, 'hold-timers.cjs')]),
          ...NODE_FLAGS,
          inspection === undefined ? BOOTSTRAP : await linkNamed(name, workspace),
        ],
        variables: {
          NODE_PATH: `/opt/nodejs/${node}/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:${taskRoot}`,
          ...deferEnvProxy(configured, executable),
          NODE_OPTIONS: `${PRELOAD} ${configured.NODE_OPTIONS ?? ''}`.trim(),
        },
        inspection,
        canBeHeld: inspect !== undefined,
      };
    },
  };
}

const BOOTSTRAP = path.join(RUNTIME_FOLDER, 'bootstrap.cjs');

/** Node gives the path of the program to debuggers, as the title of the process: so it ends with the name of the function. */
async function linkNamed(name: string, workspace: string): Promise<string> {
  const folder = path.join(workspace, 'inspected');
  const link = path.join(folder, name);
  await mkdir(folder, { recursive: true });
  await symlink(BOOTSTRAP, link).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return link;
}

const NODE_FLAGS = [
  '--max-http-header-size=81920',
  // Node 22 warns about the proxy to local AWS. AWS has no proxy, so its logs have no such line.
  '--disable-warning=UNDICI-EHPA',
];

/** The share of the memory that AWS gives to V8's heap; the rest is Node's own. */
function memoryFlags(memorySizeMb: number): string[] {
  return [
    `--max-old-space-size=${Math.floor(memorySizeMb * 0.9)}`,
    `--max-semi-space-size=${Math.max(1, Math.min(16, Math.floor(memorySizeMb * 0.05)))}`,
  ];
}

/** Arguments, and not NODE_OPTIONS: child processes inherit these, and would take the same port. */
function inspectorFlags({ port }: Inspection): string[] {
  return [`--inspect=127.0.0.1:${port}`, '--require', path.join(RUNTIME_FOLDER, 'source-map.cjs')];
}
