import { terminalPalette } from '@cross-account-api/command-line';

/** A step failed; the message is for a person. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';
  readonly code = 'STEP_FAILED';
  readonly step: string;

  constructor(step: string, reason: string) {
    super(reason);
    this.step = step;
  }
}

/** A step that succeeded. */
export interface StepTaken {
  readonly step: string;
  readonly durationMs: number;
}

let isPaused = false;

/** Draws no progress while something else uses the terminal, such as a question. */
export async function withoutProgress<Result>(work: () => Promise<Result>): Promise<Result> {
  isPaused = true;
  // In place of the step that is under way.
  if (process.stdout.isTTY === true) process.stdout.write('\r\x1b[K');
  try {
    return await work();
  } finally {
    isPaused = false;
  }
}

/** Runs steps one after another and reports progress. */
export interface Steps {
  /**
   * Runs a step.
   * @throws StepFailed with the reason, if the step throws
   */
  run<Result>(step: string, work: () => Promise<Result>): Promise<Result>;
  readonly taken: readonly StepTaken[];
}

/**
 * Makes a runner of steps that prints a line for each.
 * @param quiet prints nothing, for `--json`
 */
export function createSteps({ quiet = false }: { readonly quiet?: boolean } = {}): Steps {
  const taken: StepTaken[] = [];
  return {
    taken,
    async run(step, work) {
      const start = performance.now();
      const live = !quiet && process.stdout.isTTY === true;
      const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
      const draw = () => {
        if (isPaused) return;
        process.stdout.write(
          `\r\x1b[K${terminalPalette.link('…')} ${step} ${terminalPalette.faint(seconds())}`,
        );
      };
      const timer = live ? setInterval(draw, 100) : undefined;
      if (live) draw();
      try {
        const result = await work();
        taken.push({ step, durationMs: Math.round(performance.now() - start) });
        if (!quiet)
          process.stdout.write(
            `${live ? '\r\x1b[K' : ''}${terminalPalette.allowed('✔')} ${step} ${terminalPalette.faint(seconds())}\n`,
          );
        return result;
      } catch (error) {
        if (!quiet)
          process.stdout.write(
            `${live ? '\r\x1b[K' : ''}${terminalPalette.denied('✘')} ${step} ${terminalPalette.faint(seconds())}\n`,
          );
        throw error instanceof StepFailed
          ? error
          : new StepFailed(step, error instanceof Error ? error.message : String(error));
      } finally {
        clearInterval(timer);
      }
    },
  };
}
