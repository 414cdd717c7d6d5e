import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { projectRoot } from './lib/project.ts';

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly run?: string }[];
}

const folder = join(projectRoot, '.github/workflows');
const jobs = readdirSync(folder).flatMap((file) => {
  const workflow: { jobs: Record<string, Job> } = parse(readFileSync(join(folder, file), 'utf8'));
  return Object.entries(workflow.jobs).map(([name, job]) => ({ name: `${file}: ${name}`, ...job }));
});
const withToken = jobs.filter(({ permissions }) => permissions?.['id-token'] === 'write');

test('two jobs can get a token for another system: the deployment and the publication', () => {
  expect(withToken.map(({ name }) => name)).toEqual(['deploy.yml: deploy', 'release.yml: publish']);
});

test.each(withToken)(
  'no install script of a package runs in the job $name, which can get a token',
  ({ steps }) => {
    const commands = steps.flatMap(({ run = '' }) => run.split('\n'));
    const installing = commands.filter((command) => /\bnpm (ci|i|install|rebuild|publish)\b/.test(command));
    expect(installing.length).toBeGreaterThan(0);
    for (const command of installing) expect(command).toContain('--ignore-scripts');
  },
);
