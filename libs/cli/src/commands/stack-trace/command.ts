import { text } from 'node:stream/consumers';
import { checkStage, command, UsageError } from '../../command-line.ts';
import { options } from '../../options.ts';
import { projectRoot } from '../../project/project.ts';
import { chooseBundles } from './code-that-ran.ts';
import { bundles, filesIn, withSources } from './sources.ts';

const EXAMPLE =
  'node_modules/.bin/cross-account logs --function caller --stage dev | node_modules/.bin/cross-account stack-trace --stage dev';

export const stackTraceCommand = command(
  {
    summary: 'Maps a stack trace of a deployed function, which it reads from standard input, to the sources.',
    exitCodes: { 0: 'mapped, or left as it was with a note', 2: 'the options are wrong' },
    manual: `It prints the text with each position in a bundle replaced. It bundles the functions again, with a source map, and maps no
position if the sources are not the ones that ran:

\`\`\`sh
${EXAMPLE}
\`\`\``,
  },
  {
    stage: {
      ...options.stage,
      details:
        'The sources are compared with the code that is deployed to the stage now. Those of stage `local` are taken for the ones that ran.',
    },
  },
  async ({ stage = 'local' }) => {
    checkStage(stage);
    if (process.stdin.isTTY) {
      throw new UsageError(`stdin is the terminal. Give the stack trace as input, e.g. ${EXAMPLE}`);
    }
    const trace = await text(process.stdin);
    const { chosen, notes } = await chooseBundles(filesIn(trace), {
      find: bundles,
      readDeployed: stage === 'local' ? undefined : () => readDeployed(stage),
    });
    process.stdout.write(await withSources(trace, async ({ url }) => chosen.get(url)));
    for (const note of notes) process.stderr.write(`note: ${note}\n`);
    return 0;
  },
);

/** Loads the AWS SDK. */
async function readDeployed(stage: string) {
  const { readDeployedCode } = await import('./deployed-code.ts');
  return readDeployedCode(stage, projectRoot());
}
