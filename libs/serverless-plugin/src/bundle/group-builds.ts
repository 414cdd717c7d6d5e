import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';
import type { BuildFailure, BuildOptions, OnStartResult, PartialMessage, Plugin, PluginBuild } from 'esbuild';

/** More in one build saves little time, and each bundle that is being made takes about 15 MB. */
const GROUP_SIZE = 20;

const NAME = 'group-builds';

/** A build that serverless-esbuild has started. */
interface WaitingBuild {
  readonly entry: string;
  readonly outdir: string;
  readonly options: BuildOptions;
  readonly settle: (result: OnStartResult) => void;
}

/**
 * Bundles functions together. serverless-esbuild starts esbuild once for each function, which then reads and parses the modules that
 * functions share once for each of them. This plugin, the first of the configuration, makes one
 * build of up to 20 that wait. `concurrency` of serverless-esbuild must admit as many. The bundles are the same, byte for byte.
 *
 * A build in memory (`write: false`) is left as it is, and so are one that is asked for its metafile, and one with several entry points. If a
 * group has an error or a warning, each of its functions is bundled alone, so that the message is that of one function.
 */
export function groupBuilds(): Plugin {
  const waiting: WaitingBuild[] = [];
  let running = false;

  /** One group after the other: esbuild uses all processors for each, and the memory is that of one group. */
  async function buildAll(esbuild: Esbuild): Promise<void> {
    for (let group = nextGroup(waiting); group.length > 0; group = nextGroup(waiting))
      await buildGroup(group, esbuild);
    running = false;
  }

  function enqueue(build: WaitingBuild, esbuild: Esbuild): void {
    waiting.push(build);
    if (running) return;
    running = true;
    // Builds that start together are reported one after the other.
    setImmediate(() => void buildAll(esbuild));
  }

  return {
    name: NAME,
    setup: ({ initialOptions, esbuild, onStart }) => {
      const { entryPoints, outdir, write, metafile } = initialOptions;
      if (write === false || metafile === true || outdir === undefined) return;
      if (!Array.isArray(entryPoints) || entryPoints.length !== 1) return;
      const [entry] = entryPoints;
      if (typeof entry !== 'string') return;
      const options = { ...initialOptions };
      // This build has nothing to do but to wait. Each rebuild of a context waits again.
      initialOptions.entryPoints = [];
      onStart(() => new Promise((settle) => enqueue({ entry, outdir, options, settle }, esbuild)));
    },
  };
}

type Esbuild = PluginBuild['esbuild'];

/** Takes the builds that have the options of the first, at most 20. */
function nextGroup(waiting: WaitingBuild[]): WaitingBuild[] {
  const [first] = waiting;
  if (first === undefined) return [];
  const group = waiting.filter(({ options }) => sameOptions(first.options, options)).slice(0, GROUP_SIZE);
  const rest = waiting.filter((build) => !group.includes(build));
  waiting.splice(0, waiting.length, ...rest);
  return group;
}

/** Whether all options but the two that name the function are the same values. serverless-esbuild makes them once for all functions. */
function sameOptions(one: BuildOptions, other: BuildOptions): boolean {
  const { entryPoints: _entry, outdir: _outdir, ...shared } = one;
  const { entryPoints: _otherEntry, outdir: _otherOutdir, ...others } = other;
  const values = new Map<string, unknown>(Object.entries(shared));
  const entries = Object.entries(others);
  return values.size === entries.length && entries.every(([name, value]) => values.get(name) === value);
}

async function buildGroup(group: readonly WaitingBuild[], esbuild: Esbuild): Promise<void> {
  const [first] = group;
  if (first === undefined) return;
  if (group.length > 1) {
    const { absWorkingDir = process.cwd() } = first.options;
    const outdir = commonFolder(group.map((build) => resolve(absWorkingDir, build.outdir)));
    const { errors, warnings } = await outcome(esbuild, {
      ...first.options,
      outdir,
      entryPoints: group.map(({ entry, outdir: own }) => ({
        in: entry,
        out: relative(outdir, join(resolve(absWorkingDir, own), basename(entry, extname(entry)))),
      })),
    });
    if (errors.length + warnings.length === 0) {
      for (const { settle } of group) settle({});
      return;
    }
  }
  for (const { options, settle } of group) settle(await outcome(esbuild, options));
}

async function outcome(
  esbuild: Esbuild,
  options: BuildOptions,
): Promise<{ errors: PartialMessage[]; warnings: PartialMessage[] }> {
  try {
    const { errors, warnings } = await esbuild.build({
      ...options,
      plugins: (options.plugins ?? []).filter(({ name }) => name !== NAME),
      // The build that waits prints them.
      logLevel: 'silent',
    });
    return { errors, warnings };
  } catch (error) {
    const { errors, warnings } = error as Partial<BuildFailure>;
    return { errors: errors ?? [{ text: String(error) }], warnings: warnings ?? [] };
  }
}

/** The deepest folder that has all of these. */
function commonFolder(folders: readonly string[]): string {
  const [first = sep] = folders;
  let common = first;
  while (!folders.every((folder) => folder === common || folder.startsWith(join(common, sep))))
    common = dirname(common);
  return common;
}
