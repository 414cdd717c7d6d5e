import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './lib/command-line.ts';
import { generatedFiles } from './lib/generated-files.ts';
import { projectRoot } from './lib/project.ts';

await runCommand(
  'generate',
  'Writes the reference pages, the cookbook, the code that pages show, and the schema of services/stages.yml. `npm run lint:files` says if it was forgotten.',
  {},
  async () => {
    const files = await generatedFiles();
    for (const { file, text } of files) writeFileSync(join(projectRoot, file), text);
    const json = files.map(({ file }) => file).filter((file) => file.endsWith('.json'));
    execFileSync(join(projectRoot, 'node_modules/.bin/biome'), ['format', '--write', ...json], {
      cwd: projectRoot,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return 0;
  },
);
