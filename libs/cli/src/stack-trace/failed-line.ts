import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { LocateFailure } from '@cross-account-api/local-aws/explain';
import { type Bundles, bundles, withSources } from './sources.ts';

/**
 * Finds the first line of a failure's stack that is the user's, mapped to its source: the first one in a service or, if there is
 * none, outside installed packages. `undefined` if the sources have changed since they were deployed, or cannot be bundled.
 * @param find bundles a function. Default: as `sls deploy` does
 */
export function failedLine(find: Bundles = bundles): LocateFailure {
  /** Attempts of one call fail with the same stack. */
  let last: { readonly stack: string; readonly line: Promise<string | undefined> } | undefined;
  return ({ stack: lines }) => {
    const stack = lines.join('\n');
    if (last?.stack !== stack) last = { stack, line: ownLine(stack, find).catch(() => undefined) };
    return last.line;
  };
}

async function ownLine(stack: string, find: Bundles): Promise<string | undefined> {
  const lines = stack.split('\n');
  const mapped = (await withSources(stack, ofDeployed(stack, find))).split('\n');
  const sources = mapped.filter((line, index) => line !== lines[index]);
  return (
    sources.find((line) => /[ (]services\//.test(line)) ??
    sources.find((line) => !line.includes('node_modules/')) ??
    sources[0]
  );
}

/** Leaves out a bundle that differs from the deployed file of the stack, as long as that file exists. */
function ofDeployed(stack: string, find: Bundles): Bundles {
  const files = [...stack.matchAll(/file:\/\/[^\s()]+?\.mjs(?=:\d)/g)].map(([url]) => fileURLToPath(url));
  return async (file) => {
    const bundle = await find(file);
    const deployed = await readIfPresent(files.find((each) => each.endsWith(`/${file}`)));
    return deployed === undefined || deployed === bundle?.code ? bundle : undefined;
  };
}

async function readIfPresent(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : readFile(file, 'utf8').catch(() => undefined);
}
