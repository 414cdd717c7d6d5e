import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  INTERRUPTED,
  listenForInterruption,
  terminalPalette,
  terminalWidth,
} from '@cross-account-api/command-line';
import {
  recordOf,
  renderTraceTree,
  type TraceEvent,
  type TraceTree,
  traceTree,
} from '@cross-account-api/local-aws';
import { ACCESS_MODES } from '@cross-account-api/serverless-plugin';
import { callWith } from '../../call-of.ts';
import { checkOutputFile, command, UsageError } from '../../command-line.ts';
import { options } from '../../options.ts';
import { readEventOption, TAKES_OPERATIONS, takesOperations } from '../../project/caller-event.ts';
import { knownOperations, nameOfCall } from '../../project/contract.ts';
import type { PairDeployment } from '../../project/deploy-pair.ts';
import { sls, slsFailure } from '../../project/sls.ts';
import { ownLocalSettings } from '../../project/stage-settings.ts';
import { startPair } from '../../project/start-pair.ts';
import { createSteps, StepFailed } from '../../steps.ts';

export const demoCommand = command(
  {
    summary:
      'Deploys both services to a local AWS, has the one call the other, and shows who was allowed what, and why.',
    examples: [
      ['', 'the call, step by step'],
      ['--html calls.html', 'and the console, for any browser'],
    ],
    exitCodes: { 0: 'the call was made', 1: 'a step failed', 2: 'the options are wrong' },
  },
  {
    mode: {
      type: 'string',
      value: 'M',
      description: `${ACCESS_MODES.join(' or ')}`,
      details: "How the caller gets in: the stage's setting accessMode.",
      default: "stage local's",
    },
    event: { ...options.event, default: 'an empty one' },
    html: {
      type: 'string',
      value: 'FILE',
      description: 'Also writes the console with all calls',
      details: 'The file opens in any browser.',
    },
    picture: {
      type: 'string',
      value: 'FILE.png',
      description: 'Also takes a picture of the map. Needs Chromium',
      details: 'The map with all calls, and FILE-dark.png for dark pages.',
    },
    json: options.json,
  },
  async ({ mode, event: given, json = false, html, picture }) => {
    const accessMode = ACCESS_MODES.find((name) => name === mode);
    if (mode !== undefined && accessMode === undefined)
      throw new UsageError(`--mode ${mode}: must be ${ACCESS_MODES.join(' or ')}.`);
    if (picture !== undefined && !picture.endsWith('.png')) {
      throw new UsageError(`--picture ${picture}: must be the name of a .png file.`);
    }
    const event = readEventOption(given) ?? {};
    if (given === undefined && !takesOperations()) {
      throw new UsageError(
        `The function "caller" has no line "${TAKES_OPERATIONS}" in its serverless.yml, so its events are not known. Give one: ${callWith('demo', "--event '{…}'")}`,
      );
    }
    if (html !== undefined) await checkOutputFile('html', html);
    if (picture !== undefined) await checkOutputFile('picture', picture);
    const settings = { ...ownLocalSettings(), ...(accessMode && { accessMode }) };
    const steps = createSteps({ quiet: json });
    const stop = listenForInterruption();
    const stack = new AsyncDisposableStack();
    try {
      // Before the deployment, which would be useless without Chromium.
      const camera = picture === undefined ? undefined : { picture, browser: stack.use(await openBrowser()) };
      const { invocation, aws } = await demonstrate({ settings, event }, steps, stack, stop);
      if (html !== undefined)
        await steps.run(`Write ${html}`, async () => writeFile(html, await aws.saveConsole()));
      if (camera !== undefined) {
        await steps.run(`Take ${camera.picture}`, async () => {
          const { takePictures } = await import('./picture.ts');
          await takePictures(camera.browser, await aws.saveConsole(), camera.picture);
        });
      }
      const events = aws.trace.events();
      const tree = traceTree(events, invocation.requestId);
      const calls = callsOf(events, invocation.requestId);
      if (json) {
        const document = {
          ok: true,
          steps: steps.taken,
          calls,
          answer: invocation.answer,
          chain: tree && recordTree(tree),
        };
        process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
      } else {
        const rendering = { palette: terminalPalette, width: terminalWidth };
        const lines = [
          '',
          'Who called what, as whom, and which statement allowed it:',
          '',
          ...(tree === undefined ? [] : renderTraceTree(tree, rendering)),
          '',
          `The answer${calls.length === 0 ? '' : ` to ${calls.join(', ')}`}:`,
          '',
          JSON.stringify(invocation.answer, null, 2),
        ];
        process.stdout.write(`${lines.join('\n')}\n`);
      }
      return 0;
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      if (json) {
        const document = {
          ok: false,
          steps: steps.taken,
          failed: { step: error.step, reason: error.message },
        };
        process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
      } else {
        process.stderr.write(`\n${error.message}\n`);
      }
      return stop.aborted ? INTERRUPTED : 1;
    } finally {
      await stack.disposeAsync();
    }
  },
);

async function openBrowser() {
  const { startChromium } = await import('./chromium.ts');
  return startChromium();
}

/** The names of the calls that an invocation made, once each. @example ['postMessage (POST /messages)'] */
function callsOf(events: readonly TraceEvent[], invocation: string): readonly string[] {
  const operations = knownOperations();
  const calls = events.filter(
    ({ service, parentRequestId }) => service === 'execute-api' && parentRequestId === invocation,
  );
  return [...new Set(calls.map(({ operation }) => nameOfCall(operation, operations)))];
}

async function demonstrate(
  { settings, event }: { readonly settings: PairDeployment['settings']; readonly event: unknown },
  steps: ReturnType<typeof createSteps>,
  stack: AsyncDisposableStack,
  signal: AbortSignal,
) {
  const { aws, localAwsRoot, projectRoot } = stack.use(await startPair(steps, signal, settings));
  const invocation = await steps.run('sls invoke -f caller --stage local', async () => {
    const cwd = join(projectRoot, 'services/caller');
    const args = ['invoke', '-f', 'caller', '--stage', 'local', '--data', JSON.stringify(event)];
    const result = await sls(args, { cwd, localAwsRoot, signal });
    if (result.exitCode !== 0) throw new Error(signal.aborted ? 'Interrupted.' : slsFailure(result));
    const answer: unknown = JSON.parse(result.stdout);
    const invoke = aws.trace.events().findLast(({ operation }) => operation === 'Invoke');
    if (invoke === undefined) throw new Error('The trace has no Invoke: the CLI called something else.');
    return { answer, requestId: invoke.requestId };
  });
  return { aws, invocation };
}

/** The tree as plain data, without secrets. */
function recordTree({ event, children }: TraceTree): object {
  return { ...recordOf(event), caused: children.map(recordTree) };
}
