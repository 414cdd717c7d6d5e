import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pairProject } from './project/pair.testing.ts';

async function helpOf(command: string, cwd: string): Promise<string> {
  const program = join(__dirname, '../cross-account.cjs');
  const { stdout } = await promisify(execFile)(process.execPath, [program, command, '--help'], { cwd });
  return stdout;
}

test.each(['explain', 'verify', 'check', 'handover'])(
  '%s --help calls the commands as the project does: by its npm scripts if it has them, else from node_modules',
  async (name) => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'help-'));
    try {
      const [inProject, outside] = await Promise.all([helpOf(name, pairProject), helpOf(name, elsewhere)]);
      expect(inProject).toContain(`npm run ${name}`);
      expect(outside).toContain(`node_modules/.bin/cross-account ${name}`);
      expect(outside).not.toMatch(/npm (run|start)/);
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  },
);
