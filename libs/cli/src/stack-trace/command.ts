import { text } from 'node:stream/consumers';
import { command, UsageError } from '../command-line.ts';
import { bundles, withSources } from './sources.ts';

export const stackTraceCommand = command(
  'Maps a stack trace of a deployed function to the sources. Reads text from stdin, and prints it with each position in a bundle replaced. Run it in the commit that was deployed: it bundles the functions again, with a source map.',
  {},
  async () => {
    if (process.stdin.isTTY) {
      throw new UsageError(
        'stdin is the terminal. Give the stack trace as input, e.g. npx sls caller:logs --stage dev | node_modules/.bin/cross-account stack-trace',
      );
    }
    process.stdout.write(await withSources(await text(process.stdin), bundles));
    return 0;
  },
);
