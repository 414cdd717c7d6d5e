import { terminalPalette, UsageError } from '@cross-account-api/command-line';
import type { LocalAws } from '../local-aws.ts';

const HOW = `Debuggers can attach to these ports: VS Code (Run and Debug: "Attach to a function", which takes 9229), Chrome (chrome://inspect). Breakpoints work in the sources.`;
const LATER = 'Debuggers can attach to the functions that you deploy: each gets a line with its port.';
const DIFFERENCES =
  'Unlike on AWS, these functions are never frozen, and have no limits of time and memory; serverless-esbuild does not minify their code. While one is held at a breakpoint, the timers of all functions and the time-outs of Lambda and API Gateway stand still.';

/**
 * Prints the ports of inspectors: those of the first deployment together, and later ones when they open.
 * @param option the value of `--inspect`: names with commas between them, or `''` for all functions
 * @throws UsageError if a name is empty
 */
export function createInspectorLines(option: string, print: (line: string) => void) {
  const functions = option === '' ? undefined : option.split(',').map((name) => name.trim());
  if (functions?.includes('') === true)
    throw new UsageError(
      `--inspect=${option}: name a function, several with commas between them, or none for all.`,
    );
  let waiting: string[] | undefined = [];
  return {
    functions,
    print(line: string): void {
      if (waiting === undefined) print(`${terminalPalette.warning('⏸')} ${line}`);
      else waiting.push(line);
    },
    /** Prints the lines so far, and what differs from AWS. From now on, lines are printed at once. */
    async begin(aws: Pick<LocalAws, 'inspectorsReady'>): Promise<void> {
      await aws.inspectorsReady();
      const lines = waiting ?? [];
      waiting = undefined;
      print(`\n${lines.length === 0 ? LATER : HOW}`);
      for (const line of lines) print(`  ${line}`);
      print(terminalPalette.faint(DIFFERENCES));
    },
  };
}
