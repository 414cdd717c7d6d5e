import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../lib/project.ts';
import { mutate } from './modules.ts';
import { mutants } from './mutants.ts';

test.each(Object.entries(mutants))(
  '%s brings old code back into a source that still has the new one',
  (_name, mutant) => {
    const mutated = mutate(mutant);
    expect(mutated).not.toBe(readFileSync(join(projectRoot, mutant.file), 'utf8'));
    expect(mutated).toContain(mutant.to);
  },
);

test('a source without the code to replace is named', () => {
  const mutant = { summary: '', file: 'package.json', from: 'nothing of it', to: '' };
  expect(() => mutate(mutant)).toThrow('package.json no longer has what a mutant replaces: nothing of it');
});
