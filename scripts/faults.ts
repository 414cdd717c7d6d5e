import { readFile } from 'node:fs/promises';
import { FAULTS_PATH } from '@cross-account-api/local-aws/faults';
import { readStateDirectory, stateFiles } from '@cross-account-api/local-aws/state-directory';
import { runCommand, UsageError } from './lib/command-line.ts';
import { projectRoot } from './lib/project.ts';

await runCommand(
  'faults',
  'Shows or changes the faults that the running local AWS (npm start) injects. libs/local-aws/src/faults/plan.ts says what a plan may hold.',
  {
    set: { type: 'string', value: 'FILE', description: 'Puts the fault plan in this JSON file in force' },
    show: { type: 'boolean', description: 'Shows the plan and how often each rule has struck (default)' },
    clear: { type: 'boolean', description: 'Ends all faults' },
  },
  async ({ set, show = false, clear = false }) => {
    if (Number(set !== undefined) + Number(show) + Number(clear) > 1) {
      throw new UsageError('--set, --show and --clear exclude each other. Give one of them.');
    }
    const root = process.env.LOCAL_AWS_ROOT ?? projectRoot;
    const reading = await readStateDirectory(root);
    if (!reading.running) throw new UsageError(`${reading.message} ${reading.remedy}`);
    const token = await readFile(stateFiles(root).controlToken, 'utf8');
    const response = await fetch(new URL(FAULTS_PATH, reading.instance.url), {
      method: set !== undefined ? 'PUT' : clear ? 'DELETE' : 'GET',
      headers: { authorization: `Bearer ${token.trim()}`, 'content-type': 'application/json' },
      ...(set === undefined ? {} : { body: await readPlan(set) }),
    });
    const document: unknown = await response.json();
    if (!response.ok) throw new UsageError(messageOf(document));
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    return 0;
  },
);

async function readPlan(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--set ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function messageOf(document: unknown): string {
  return typeof document === 'object' && document !== null && 'message' in document
    ? String(document.message)
    : 'Local AWS did not take the request.';
}
