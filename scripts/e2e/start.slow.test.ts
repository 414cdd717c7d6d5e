import { mkdtemp, readdir, readFile, rm, watch } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyPairProject } from '../../libs/cli/src/project/pair.testing.ts';
import { startCommand } from './command.testing.ts';
import { descendantsOf, survivors } from './processes.testing.ts';

jest.setTimeout(120_000);

test('Ctrl-C ends npm start and all its processes during its deployment, and leaves no keys', async () => {
  const temporary = await mkdtemp(join(tmpdir(), 'start-'));
  const elsewhere = await copyPairProject();
  try {
    const command = startCommand(elsewhere, 'start', ['--port', '0'], {
      TMPDIR: temporary,
      LOCAL_AWS_ROOT: undefined,
    });
    await command.printed('Local AWS runs at');
    const { traces } = await firstRequest(elsewhere.root);
    expect(traces).not.toBe('');
    const started = descendantsOf(command.pid);
    expect(started.some((process) => process.command.includes('serverless'))).toBe(true);
    command.interrupt();
    expect(await command.ended).toBe(0);
    expect(survivors(started)).toEqual([]);
    expect((await readdir(join(elsewhere.root, '.local-aws'))).sort()).toEqual([
      '.gitignore',
      'control-token',
      'trace.jsonl',
    ]);
  } finally {
    await elsewhere.remove();
    await rm(temporary, { recursive: true, force: true });
  }
});

/** Waits until local AWS has answered the deployment's first request. */
async function firstRequest(root: string): Promise<{ readonly traces: string }> {
  const file = join(root, '.local-aws/trace.jsonl');
  for await (const _ of watch(file)) {
    const traces = await readFile(file, 'utf8');
    if (traces !== '') return { traces };
  }
  throw new Error('The trace file is no longer watched.');
}
