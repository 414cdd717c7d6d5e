import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { listenForInterruption } from '@cross-account-api/command-line';
import { checkStage, command, type OptionValues, UsageError } from '../../command-line.ts';
import { options } from '../../options.ts';
import { type ProjectFunction, readFunctions } from '../../project/functions.ts';
import { projectRoot } from '../../project/project.ts';
import { sls } from '../../project/sls.ts';
import { bundles } from '../stack-trace/sources.ts';
import { createLineMapper } from './map-lines.ts';

const logsOptions = {
  function: {
    type: 'string',
    value: 'NAME',
    description: 'The function, by its name in serverless.yml',
    details: 'If two services have it: `billing:caller`.',
  },
  stage: options.stage,
  since: {
    type: 'string',
    value: 'TIME',
    description: 'Since when, e.g. 30m, 2h, 2026-11-24T12:00',
    default: '10m',
  },
  filter: { type: 'string', value: 'PATTERN', description: 'A filter pattern of CloudWatch Logs' },
  tail: { type: 'boolean', description: 'Goes on with new lines until Ctrl-C' },
} as const;

export const logsCommand = command(
  {
    summary: 'Prints the log of one function, from any folder of the project.',
    examples: [['--function caller --since 1h', 'of the last hour, stage local']],
    manual:
      'It runs `sls logs` in the folder of the service. Positions in bundles become those of the sources, if these are the ones that ran.',
  },
  logsOptions,
  async (values) => {
    const { folder, args } = readLogsRequest(values, readFunctions());
    const cwd = join(projectRoot(), folder);
    const { stage = 'local' } = values;
    const mapLine = createLineMapper({
      find: bundles,
      readDeployed: stage === 'local' ? undefined : () => readDeployed(stage),
      note: (sentence) => process.stderr.write(`note: ${sentence}\n`),
    });
    const print = async (stdout: Readable) => {
      // With --tail, a line appears when it comes.
      for await (const line of createInterface({ input: stdout })) {
        process.stdout.write(`${await mapLine(line)}\n`);
      }
    };
    const environment = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
    const { exitCode } = await sls(args, {
      cwd,
      signal: listenForInterruption(),
      output: print,
      environment,
    });
    return exitCode;
  },
);

/** Loads the AWS SDK. */
async function readDeployed(stage: string) {
  const { readDeployedCode } = await import('../stack-trace/deployed-code.ts');
  return readDeployedCode(stage, projectRoot());
}

/** A function by the name of its folder, too: two services can have functions of one name. @example 'billing:caller' */
const qualified = ({ folder, key }: Pick<ProjectFunction, 'folder' | 'key'>) =>
  `${folder.replace(/^.*\//, '')}:${key}`;

/** The value of `--function` for a function. */
export function functionOption(
  { folder, key }: Pick<ProjectFunction, 'folder' | 'key'>,
  functions: readonly Pick<ProjectFunction, 'folder' | 'key'>[],
): string {
  const isClear = functions.every((each) => each.key !== key || each.folder === folder);
  return isClear ? key : qualified({ folder, key });
}

/**
 * Reads the folder in which the Serverless CLI runs, and its arguments, from the options.
 * @throws UsageError that names the functions, if the name is not that of one of them
 */
export function readLogsRequest(
  { function: name, stage = 'local', tail = false, since, filter }: OptionValues<typeof logsOptions>,
  functions: readonly ProjectFunction[],
): { readonly folder: string; readonly args: readonly string[] } {
  checkStage(stage);
  const found = functions.filter((each) => name === each.key || name === qualified(each));
  const [only, another] = found;
  if (only === undefined || another !== undefined) {
    const choice = (another === undefined ? functions : found).map((each) =>
      another === undefined ? each.key : qualified(each),
    );
    const problem =
      name === undefined
        ? 'Name the function with --function.'
        : `--function ${name}: ${another === undefined ? 'no service has this function.' : 'more than one service has this function.'}`;
    throw new UsageError(`${problem} There is ${[...new Set(choice)].join(', ')}.`);
  }
  const further = [
    ...(tail ? ['--tail'] : []),
    ...(since === undefined ? [] : ['--startTime', since]),
    ...(filter === undefined ? [] : ['--filter', filter]),
  ];
  return { folder: only.folder, args: ['logs', '--function', only.key, '--stage', stage, ...further] };
}
