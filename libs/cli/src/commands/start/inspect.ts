import { type InspectOptions, withFileUrls } from '@cross-account-api/local-aws/start';
import { UsageError } from '../../command-line.ts';
import { deployedName, type ProjectFunction } from '../../project/functions.ts';
import { type Bundles, bundles } from '../stack-trace/sources.ts';

/**
 * Replaces the names that serverless.yml gives to functions by those in Lambda.
 * @param option the value of `--inspect`: names with commas between them, or `''` for all functions
 * @throws UsageError that names the functions, if a name is not that of one of them
 */
export function inspectedFunctions(option: string, functions: readonly ProjectFunction[]): string {
  if (option === '') return option;
  const named = functions.map((each) => ({ ...each, deployed: deployedName(each, 'local') ?? each.key }));
  const found = option.split(',').map((text) => {
    const name = text.trim();
    const matching = named.filter(({ key, deployed }) => name === key || name === deployed);
    if (matching.length > 0) return matching.map(({ deployed }) => deployed);
    throw new UsageError(
      `--inspect=${option}: no service has the function "${name}". There is ${named.map(({ key }) => key).join(', ')}.`,
    );
  });
  return found.flat().join(',');
}

/**
 * Makes the source maps of deployed files from the sources. A map of other code would set breakpoints at wrong lines, so there is none.
 * @param find bundles a function. Default: as `sls deploy` does
 */
export function sourceMapsOfSources(find: Bundles = bundles): NonNullable<InspectOptions['sourceMap']> {
  return async ({ path, sha256 }) => {
    const found = await find(path).catch((error: unknown) => String(error));
    if (typeof found === 'string') return { missing: `its sources cannot be bundled now (${found}).` };
    const same = found.find((bundle) => bundle.sha256 === sha256);
    if (same !== undefined) return { map: withFileUrls(same.map.payload, same.outdir) };
    return { missing: 'its code differs from what the sources give now. Deploy it again.' };
  };
}
