import { INTERRUPTED, listenForInterruption, terminalPalette } from '@cross-account-api/iam/command-line';
import { createSteps, StepFailed } from '../libs/cli/src/steps.ts';
import { readNumber, runCommand } from './lib/command-line.ts';
import { renderReport } from './soak/render-report.ts';
import { runSoak } from './soak/run-soak.ts';

await runCommand(
  'soak',
  'Deploys both services to a local AWS and calls for minutes, while requests fail, stall and break, sessions expire and processes die. Exit code 1: a figure was missed.',
  {
    minutes: {
      type: 'string',
      value: 'N',
      description: 'How long to call (default 2; memory is judged from 1 on)',
    },
    seed: { type: 'string', value: 'N', description: 'Chooses the faults (default 1)' },
    callers: { type: 'string', value: 'N', description: 'How many call at once (default 20)' },
    rate: {
      type: 'string',
      value: 'N',
      description: 'The share of requests that are struck, 0 to 0.5 (default 0.1)',
    },
    json: { type: 'boolean', description: 'Prints one JSON document instead' },
  },
  async (options) => {
    const minutes = readNumber('minutes', options.minutes, {
      default: 2,
      min: 0.05,
      max: 600,
      fractions: true,
    });
    const seed = readNumber('seed', options.seed, { default: 1, min: 0, max: 2 ** 32 - 1 });
    const callers = readNumber('callers', options.callers, { default: 20, min: 1, max: 40 });
    const rate = readNumber('rate', options.rate, { default: 0.1, min: 0, max: 0.5, fractions: true });
    const { json = false } = options;
    const stop = listenForInterruption();
    const run = runSoak({
      seed,
      callers,
      rate,
      isOver: ({ elapsedMs }) => stop.aborted || elapsedMs >= minutes * 60_000,
      signal: stop,
      // Logs and the trace have a limit. Until they reach it, they grow, in a short run all the time.
      ...(minutes < 1 ? {} : { memory: { fromMs: minutes * 60_000 * 0.4, everyMs: minutes * 1_000 } }),
      steps: createSteps({ quiet: json }),
    });
    const report = await run.catch((error: unknown) => {
      if (!json || !(error instanceof StepFailed)) throw error;
      return { failedStep: error.step, reason: error.message };
    });
    if ('failedStep' in report) {
      process.stdout.write(`${JSON.stringify({ ok: false, ...report }, null, 2)}\n`);
      return stop.aborted ? INTERRUPTED : 1;
    }
    const ok = report.figures.every(({ met }) => met);
    process.stdout.write(
      json
        ? `${JSON.stringify({ ok, seed, callers, rate, minutes, ...report }, null, 2)}\n`
        : `\n${renderReport(report, terminalPalette).join('\n')}\n`,
    );
    if (stop.aborted) return INTERRUPTED;
    return ok ? 0 : 1;
  },
);
