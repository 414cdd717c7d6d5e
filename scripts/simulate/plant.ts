import type { Defect } from './defects.ts';

/**
 * Puts a defect into its source.
 * @throws Error if the source does not have the code to replace exactly once
 */
export function plant({ file, from, to }: Defect, source: string): string {
  const places = source.split(from).length - 1;
  if (places !== 1) {
    throw new Error(
      `${file} must have the code that a defect replaces once, and has it ${places} times: ${from}`,
    );
  }
  return source.replace(from, () => to);
}
