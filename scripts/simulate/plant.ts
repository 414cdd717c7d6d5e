import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../lib/project.ts';
import { hasSample } from '../lib/sample.ts';
import { type Mutant, mutants } from './mutants.ts';

/** The functions of the sample and its caller, as the simulation takes them. */
export const SAMPLE_PAIR = 'scripts/e2e/sample/simulated-pair.ts';

/** The defects that can be planted, by their names. Those of the caller go with the sample. */
export const defects: readonly (readonly [name: string, mutant: Mutant])[] = Object.entries(mutants).filter(
  ([, { file }]) => hasSample || !isOfSample(file),
);

/** Whether a source belongs to the sample. */
export function isOfSample(file: string): boolean {
  return file.startsWith('services/');
}

/** The defect that is planted in this thread. */
let planted: Mutant | undefined;

/** Chooses the defect of this thread by its name. */
export function chooseDefect(name: string | undefined): Mutant | undefined {
  planted = name === undefined ? undefined : mutants[name];
  return planted;
}

/**
 * Puts the defect of this thread into a source, if it belongs there.
 * @param path of the source
 * @throws as {@link plant}
 */
export function plantIn(path: string, source: string): string {
  return planted !== undefined && path === join(projectRoot, planted.file) ? plant(planted, source) : source;
}

/**
 * Puts a defect into its source.
 * @throws Error if the source does not have the code to replace exactly once
 */
export function plant(
  { file, from, to }: Mutant,
  source = readFileSync(join(projectRoot, file), 'utf8'),
): string {
  const places = source.split(from).length - 1;
  if (places !== 1) {
    throw new Error(
      `${file} must have the code that a defect replaces once, and has it ${places} times: ${from}`,
    );
  }
  return source.replace(from, () => to);
}
