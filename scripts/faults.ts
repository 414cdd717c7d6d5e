import { readFile } from 'node:fs/promises';
import { readStateDirectory } from '@cross-account-api/local-aws/state-directory';
import { runCommand, UsageError } from './lib/command-line.ts';
import { callFaultControl } from './lib/fault-control.ts';
import { projectRoot } from './lib/project.ts';

await runCommand(
  'faults',
  'Shows or changes the faults that the running local AWS (npm start) injects. libs/local-aws/src/faults/plan.ts says what a plan may hold.',
  {
    set: {
      type: 'string',
      value: 'FILE',
      description: 'Replaces the fault plan by the one in this JSON file',
    },
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
    const method = set !== undefined ? 'PUT' : clear ? 'DELETE' : 'GET';
    const plan = set === undefined ? undefined : await readPlan(set);
    const { ok, document } = await callFaultControl({ url: reading.instance.url, root }, method, plan);
    if (!ok) throw new UsageError(messageOf(document));
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
    : 'Local AWS refused the request.';
}
