import { once } from 'node:events';
import { relative } from 'node:path';
import {
  type Command,
  listenForInterruption,
  type Options,
  type OptionValues,
  readNumber,
  terminalPalette,
  UsageError,
} from '@cross-account-api/command-line';
import { quoteForShell } from '@cross-account-api/command-line/text';
import { stateOption } from '@cross-account-api/iam/explain-command';
import { rootOf } from '../cli/root.ts';
import { commandName } from '../core/command-name.ts';
import { defined } from '../core/defined.ts';
import type { LocateFailure } from '../core/function-failure.ts';
import type { FaultPlanInput } from '../faults/index.ts';
import type { LocalAws } from '../local-aws.ts';
import { whyNotNode24 } from '../services/lambda/runtime/node-executables.ts';
import { projectRoot, stateFiles } from '../state-directory/index.ts';
import { createInspectorLines } from './inspector-lines.ts';
import { guardEnd } from './last-resort.ts';
import { openInBrowser } from './open-browser.ts';

/** The options of {@link start}. */
export const startOptions = {
  port: {
    type: 'string',
    value: 'N',
    description: 'The port to listen on; 0 takes a free one',
    default: '4566',
  },
  accounts: {
    type: 'string',
    value: 'ID,ID',
    description: 'Further accounts, by their IDs',
    details: 'Beside 111111111111 and 222222222222. The profile of each is `local-<ID>`.',
  },
  organization: {
    type: 'string',
    value: 'FILE',
    description: 'A JSON or YAML file with an AWS organization',
    details:
      'Its ID, and its accounts, which are added, and their service and resource control policies, which are enforced. The README of local-aws has an example.',
  },
  'fresh-accounts': {
    type: 'boolean',
    description: 'Accounts as AWS creates them, and its delays',
    details:
      'The accounts have no role for access logs: the first deployment fails as it would on AWS. Changes become visible after 3 seconds, and functions are Pending or InProgress for 2 seconds after a change, as on AWS.',
  },
  soft: {
    type: 'boolean',
    description: 'Lets calls through that AWS would refuse',
    details: 'They are marked. Signatures are still checked.',
  },
  inspect: {
    type: 'string',
    value: 'FUNCTION',
    optional: true,
    description: 'Lets a debugger attach to functions',
    details:
      'To those of nodejs24.x, or to one (several: a,b). It prints the port of each. They are then not frozen, and have no limits of time and memory.',
  },
  open: { type: 'boolean', description: 'Opens the console in the browser' },
  quiet: { type: 'boolean', description: 'Does not print the calls' },
  state: stateOption,
} as const satisfies Options;

/** AWS takes seconds to spread a change. */
const SLOW_CHANGES: FaultPlanInput = {
  rules: [{ name: 'AWS spreads a change', effect: { type: 'propagation', ms: 3_000 } }],
};

/** A local AWS that has just been started. */
export interface Started {
  readonly aws: LocalAws;
  readonly root: string;
  /** Is aborted when the user wants to end it. */
  readonly stop: AbortSignal;
}

interface StartOptions {
  /** The folder for the state directory, unless the user names one. */
  readonly root?: string;
  /** IDs of further accounts, beside those that the user names. */
  readonly accounts?: readonly string[];
  /** Runs when local AWS answers. Returns a text with the user's next steps. */
  readonly prepare?: (started: Started) => Promise<string>;
  readonly locate?: LocateFailure;
}

/** Runs local AWS in the foreground until the user ends it, and prints a line for each call. @returns the exit code */
export async function start(
  values: OptionValues<typeof startOptions>,
  { root: defaultRoot, accounts = [], prepare = whatToTry, locate }: StartOptions = {},
): Promise<number> {
  const { organization, open = false, soft = false, quiet = false, 'fresh-accounts': freshAccounts } = values;
  const port = readNumber('port', values.port, { default: 4566, min: 0, max: 65_535 });
  const named = readAccountIds(values.accounts);
  const root = rootOf(values.state, () => defaultRoot ?? projectRoot(process.cwd()));
  const stop = listenForInterruption();
  guardEnd();
  const { startLocalAws } = await import('../local-aws.ts');
  const { createCallLog } = await import('../trace/call-log.ts');
  const print = (line: string) => process.stdout.write(`${line}\n`);
  const inspectors = values.inspect === undefined ? undefined : createInspectorLines(values.inspect, print);
  const aws = await startLocalAws({
    port,
    root,
    soft,
    ...(inspectors !== undefined && {
      inspect: defined({ functions: inspectors.functions, print: inspectors.print }),
    }),
    accounts: [...accounts, ...named],
    freshAccounts: freshAccounts ?? false,
    ...(freshAccounts === true && { faults: SLOW_CHANGES }),
    ...(organization !== undefined && { organization }),
  });
  const width = () => process.stdout.columns ?? 80;
  const calls = createCallLog({ palette: terminalPalette, width, print, locate });
  try {
    print(
      `Local AWS runs at ${terminalPalette.link(aws.url)}. Its console:\n  ${terminalPalette.link(aws.consoleUrl)}`,
    );
    const softMode = `Soft mode: calls that AWS would refuse are let through, and marked with "!". ${commandName('explain')} says why, and what to change.`;
    if (soft) print(terminalPalette.warning(softMode));
    const wrongNode = whyNotNode24();
    if (wrongNode !== undefined) print(terminalPalette.warning(wrongNode));
    if (aws.note !== undefined) print(terminalPalette.faint(aws.note));
    const next = await prepare({ aws, root, stop });
    if (!stop.aborted) await inspectors?.begin(aws);
    if (!stop.aborted) print(`${next}\nCtrl-C ends it, and everything that is deployed to it.`);
    if (open && !stop.aborted) {
      await openInBrowser(aws.consoleUrl, stateFiles(root).browser).catch((error: unknown) => {
        print(terminalPalette.faint(`Open the URL yourself: ${String(error)}`));
      });
    }
    if (!quiet && !stop.aborted) {
      print('\nCalls (--quiet leaves them out):\n');
      aws.trace.subscribe(calls.record);
    }
    if (!stop.aborted) await once(stop, 'abort');
    print('');
    return 0;
  } finally {
    try {
      await calls.close();
    } finally {
      await aws.close();
    }
  }
}

/** `local-aws start` */
export const startCommand: Command<typeof startOptions> = {
  summary: 'Runs local AWS in the foreground. Ctrl-C ends it.',
  options: startOptions,
  examples: [
    ['', 'until Ctrl-C'],
    ['--port 0 --open', 'on a free port, with the console'],
  ],
  exitCodes: { 0: 'ended by Ctrl-C', 1: 'it could not start', 2: 'the options are wrong' },
  main: (values) => start(values),
};

/** @throws UsageError if a text between two commas is not the ID of an account */
function readAccountIds(text: string | undefined): readonly string[] {
  const ids = text === undefined ? [] : text.split(',').map((id) => id.trim());
  const wrong = ids.find((id) => !/^\d{12}$/.test(id));
  if (wrong === undefined) return ids;
  throw new UsageError(
    `--accounts ${text}: ${JSON.stringify(wrong)} is not an account ID, which has twelve digits. Separate IDs by commas.`,
  );
}

/** A text with commands for a second terminal. */
export function suggest(suggestions: readonly (readonly [command: string, why: string])[]): string {
  const width = Math.max(...suggestions.map(([command]) => command.length));
  const lines = suggestions.map(
    ([command, why]) => `  ${terminalPalette.strong(command.padEnd(width))}  ${terminalPalette.faint(why)}\n`,
  );
  return `\nIn a second terminal:\n\n${lines.join('')}`;
}

async function whatToTry({ root }: Started): Promise<string> {
  const env = quoteForShell(relative(process.cwd(), stateFiles(root).env));
  return suggest([
    ['npx sls deploy --stage local', 'deploy a service that has the plugin'],
    [commandName('explain'), 'why the last request was refused'],
    [`source ${env} && aws sts get-caller-identity`, 'any AWS tool works'],
  ]);
}
