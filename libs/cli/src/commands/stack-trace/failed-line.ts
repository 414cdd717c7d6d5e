import type { FailureLocation, FunctionFailure, LocateFailure } from '@cross-account-api/local-aws/explain';
import { type Bundles, bundles, filesIn, withSources } from './sources.ts';

/**
 * Finds the first line of a failure's stack that is the user's, mapped to its source: the first one in a service or, if there is
 * none, outside installed packages. Compares the bundle of the sources with the code that ran: any other would give a wrong line.
 * @param find bundles a function. Default: as `sls deploy` does
 */
export function failedLine(find: Bundles = bundles): LocateFailure {
  /** Attempts of one call fail with the same stack. */
  let last: { readonly key: string; readonly found: Promise<FailureLocation | undefined> } | undefined;
  return (failure) => {
    const key = JSON.stringify([failure.stack, failure.files]);
    if (last?.key !== key) last = { key, found: locate(failure, find).catch(() => undefined) };
    const { found } = last;
    // The sources can be changed back.
    void found.then((location) => {
      if (last?.found === found && location !== undefined && !('line' in location)) last = undefined;
    });
    return found;
  };
}

async function locate(
  { stack: lines, files = {} }: FunctionFailure,
  find: Bundles,
): Promise<FailureLocation | undefined> {
  const stack = lines.join('\n');
  if (filesIn(stack).length === 0) return undefined;
  let sourcesDiffer = false;
  const mapped = await withSources(stack, async ({ file }) => {
    const same = (await find(file).catch(() => [])).find(({ sha256 }) => sha256 === files[file]);
    if (same === undefined) sourcesDiffer = true;
    return same;
  });
  if (sourcesDiffer) return { sourcesDiffer };
  const sources = mapped.split('\n').filter((line, index) => line !== lines[index]);
  const line =
    sources.find((each) => /[ (]services\//.test(each)) ??
    sources.find((each) => !each.includes('node_modules/')) ??
    sources[0];
  return line === undefined ? undefined : { line };
}
