import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { projectRoot } from '../../lib/project.ts';

interface Workflow {
  readonly jobs: {
    readonly forks: {
      readonly strategy: { readonly matrix: { readonly path: readonly string[] } };
      readonly steps: readonly { readonly if?: string; readonly run?: string }[];
    };
  };
}

const { jobs }: Workflow = parse(readFileSync(join(projectRoot, '.github/workflows/ci.yml'), 'utf8'));

test('CI follows each path of the README, except in a fork that has followed one and removed these tests', () => {
  const tests = globSync('scripts/e2e/sample/*.fork.test.ts', { cwd: projectRoot });
  const step = jobs.forks.steps.find(({ run }) => run?.includes('test:forks'));
  const [, pattern = ''] = /^hashFiles\('(.*)'\) != ''$/.exec(step?.if ?? '') ?? [];
  expect(globSync(pattern, { cwd: projectRoot })).toEqual(tests);
  expect(jobs.forks.strategy.matrix.path.toSorted()).toEqual(
    tests.map((file) => basename(file, '.fork.test.ts')).toSorted(),
  );
});
