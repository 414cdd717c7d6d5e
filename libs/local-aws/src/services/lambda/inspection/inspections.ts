import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { functionArn } from '../functions/function-name.ts';
import type { Inspection, SourceMapOfFile } from '../runtime/programs.ts';
import type { FunctionVersion } from '../store.ts';
import type { InspectOptions } from './inspect-options.ts';
import { codeWithoutComment } from './source-map-text.ts';

/** The port of Node's inspector, unless one names another. */
const FIRST_PORT = 9_229;

/** Other Nodes may lack `module.registerHooks`, and what V8 tells of pauses. */
const INSPECTABLE_RUNTIME = 'nodejs24.x';

/** An environment to which a debugger may attach. */
export interface OpenInspection extends Inspection {
  /** Whether it has the port that its function keeps. */
  readonly isHome: boolean;
  /** Frees the port. */
  close(): void;
}

/** The inspectors of all functions. */
export type Inspections = ReturnType<typeof createInspections>;

/** Gives each execution environment of an inspected function a port and a source map. @param options absent: no function is inspected */
export function createInspections(options: InspectOptions | undefined) {
  /** The port that each function keeps, by its ARN: a debugger that attaches again finds the next environment there. */
  const homes = new Map<string, number>();
  const used = new Set<number>();
  const said = new Set<string>();
  /** Prints a line, once. */
  const say = (line: string) => {
    if (!said.has(line)) options?.print(line);
    said.add(line);
  };
  const isWanted = ({ name }: Pick<FunctionVersion, 'name'>) =>
    options !== undefined && (options.functions ?? [name]).some((wanted) => isNamed(name, wanted));

  async function takePort(name: string, wanted: number | undefined): Promise<number> {
    if (wanted !== undefined && (await reserve(wanted))) return wanted;
    // The first port is kept for the function that the user named first, whichever starts first.
    const [favourite = name] = options?.functions ?? [];
    const first = (options?.firstPort ?? FIRST_PORT) + (isNamed(name, favourite) ? 0 : 1);
    for (let port = first; ; port += 1) {
      if (![...homes.values()].includes(port) && (await reserve(port))) return port;
    }
  }

  /** @returns whether nobody else has the port */
  async function reserve(port: number): Promise<boolean> {
    if (used.has(port)) return false;
    // Before it waits: another environment must not take it meanwhile.
    used.add(port);
    const isReserved = await isFree(port);
    if (!isReserved) used.delete(port);
    return isReserved;
  }

  async function findSourceMap(version: FunctionVersion): Promise<SourceMapOfFile | undefined> {
    const file = handlerFile(version);
    if (file === undefined) return undefined;
    const code = codeWithoutComment(await readFile(file, 'utf8'));
    const found = await options?.sourceMap?.({
      functionName: version.name,
      path: path.relative(version.code.taskRoot, file),
      sha256: createHash('sha256').update(code).digest('hex'),
    });
    if (found !== undefined && 'map' in found)
      return { url: pathToFileURL(await realpath(file)).href, map: found.map };
    if (found !== undefined)
      say(`${version.name} has no source map: ${found.missing} Breakpoints work in its JavaScript only.`);
    return undefined;
  }

  return {
    /** Whether a debugger may attach to a function. Says once why it may not, if the user wants it. */
    isInspected(version: Pick<FunctionVersion, 'name' | 'settings'>): boolean {
      if (!isWanted(version)) return false;
      const { Runtime: runtime } = version.settings;
      if (runtime === INSPECTABLE_RUNTIME) return true;
      say(
        `${version.name} runs on ${runtime} and cannot be inspected: only functions of ${INSPECTABLE_RUNTIME} can.`,
      );
      return false;
    },

    /** Whether an environment of this function could have the port that the function keeps. */
    isHomeFree(version: FunctionVersion): boolean {
      const home = homes.get(functionArn(version));
      return home === undefined || !used.has(home);
    },

    /** Prepares a new environment of an inspected function, and prints its port. */
    async open(version: FunctionVersion): Promise<OpenInspection> {
      const arn = functionArn(version);
      const home = homes.get(arn);
      const port = await takePort(version.name, home);
      if (!homes.has(arn)) homes.set(arn, port);
      const isHome = homes.get(arn) === port;
      try {
        const sourceMap = await findSourceMap(version);
        const line = `127.0.0.1:${port}  ${version.name}`;
        if (isHome) say(line);
        else options?.print(`${line}: a further environment, as no other is free. Attach to this one, too.`);
        return {
          port,
          sourceMap,
          isHome,
          portTaken: () =>
            options?.print(
              `${line}: another program has just taken this port, so no debugger can attach. Deploy the function again.`,
            ),
          close: () => void used.delete(port),
        };
      } catch (error) {
        used.delete(port);
        throw error;
      }
    },

    /** Says which names that the user gave are no function's. @param names of all functions */
    checkNames(names: readonly string[]): void {
      for (const wanted of options?.functions ?? []) {
        if (names.some((name) => isNamed(name, wanted))) continue;
        say(`No function is called "${wanted}" yet. There is ${names.toSorted().join(', ')}.`);
      }
    },
  };
}

/** Whether a user means a function: by its name, or by the last words of it. */
function isNamed(name: string, wanted: string): boolean {
  return name === wanted || name.endsWith(`-${wanted}`);
}

/** The file of the handler's module: the one that the runtime loads. */
function handlerFile({ settings: { Handler }, code: { taskRoot } }: FunctionVersion): string | undefined {
  const module = path.resolve(taskRoot, Handler.replace(/\.[^./]+$/, ''));
  return ['.js', '.mjs', '.cjs'].map((extension) => module + extension).find((file) => existsSync(file));
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
