import { UsageError } from '../../command-line.ts';
import { deployedName, type ProjectFunction } from '../../project/functions.ts';

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
