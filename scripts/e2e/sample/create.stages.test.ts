import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { defaultsFor } from '../../../libs/create/src/options.ts';
import { projectFiles } from '../../../libs/create/src/project.ts';
import { collectSources } from '../../../libs/create/src/sources.ts';
import { projectRoot } from '../../lib/project.ts';

const files = projectFiles(collectSources(projectRoot), defaultsFor('orders'), '0123456789abcdef');

test('README.md has the number of files that a created project has', () => {
  const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');
  expect(readme).toContain(`a project of ${Object.keys(files).length} files`);
});

test('the route that the README of a created project adds applies to the project', () => {
  const folder = mkdtempSync(join(tmpdir(), 'created-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const git = (args: readonly string[], input = '') =>
      execFileSync('git', args, { cwd: folder, encoding: 'utf8', input });
    git(['init', '-q']);
    git(['apply', '-'], /^```diff\n(.*?)^```/ms.exec(files['README.md'] ?? '')?.[1]);
    expect(git(['status', '--short', '--untracked-files=all'])).toContain('services/api/src/orders.ts');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
