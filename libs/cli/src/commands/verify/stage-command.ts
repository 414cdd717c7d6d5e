import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listenForInterruption } from '@cross-account-api/command-line';
import { readStateDirectory } from '@cross-account-api/local-aws/state-directory';
import { callWith } from '../../call-of.ts';
import { checkOutputFile, type OptionValues, UsageError } from '../../command-line.ts';
import { readEventOption } from '../../project/caller-event.ts';
import { projectRoot } from '../../project/project.ts';
import { startPair } from '../../project/start-pair.ts';
import { type CallChoice, optionsOf } from '../../stage/call-choice.ts';
import { createSteps } from '../../steps.ts';
import { type Compared, compare, reportOf } from './compare.ts';
import type { verifyOptions } from './help.ts';
import { print, printing, printJson, printVerification, type Run } from './print-results.ts';
import { requiredPermissions } from './required-permissions.ts';
import { type StageVerification, type VerifyStageOptions, verifyStage } from './verify-stage.ts';

const localAwsRoot = () => process.env.LOCAL_AWS_ROOT ?? projectRoot();

/**
 * Verifies a call of a stage of this project.
 * @param choice the call. `undefined`: that of this project's API by the first function, with the probes of the contract
 * @returns the exit code
 * @throws UsageError that names the option and the rule
 */
export async function verifyStageCall(
  choice: CallChoice | undefined,
  values: Omit<OptionValues<typeof verifyOptions>, 'api' | 'caller'>,
  run: Run,
): Promise<number> {
  if (choice !== undefined) checkChoice(choice, values);
  const { stage: named, report } = values;
  const event = readEventOption(values.event);
  if (values['required-permissions'] === true) {
    printJson(requiredPermissions(named ?? '*', report !== undefined));
    return 0;
  }
  if (report !== undefined) await checkOutputFile('report', report);
  const stage = named ?? 'local';
  const { json, ...options } = { ...run, event, signal: listenForInterruption() };
  const verification = await verifyStage({
    stage,
    localAwsRoot: localAwsRoot(),
    environment: process.env,
    choice,
    gathersEvidence: report !== undefined,
    ...options,
    ...(!json && printing()),
  });
  const { signal } = options;
  return printVerification(verification, {
    name: [`stage ${stage}`, choice?.api, choice?.caller].filter(Boolean).join(', '),
    permissions: callWith('verify', `--required-permissions --stage ${stage}`),
    about: { stage, ...(choice !== undefined && { api: choice.api, caller: verification.callerArn }) },
    json,
    signal,
    async compare() {
      if (values.compare === undefined) return undefined;
      const compared = await compareWithLocal(verification, options, json);
      if (report !== undefined && !signal.aborted) {
        const { real, evidence } = verification;
        await writeFile(report, reportOf(compared, real, await projectVersion(), evidence));
      }
      return compared;
    },
  });
}

/** @throws UsageError if an option is about the call of this project's API by the first function only */
function checkChoice(
  choice: CallChoice,
  values: Pick<OptionValues<typeof verifyOptions>, 'compare' | 'report' | 'required-permissions'>,
): void {
  const ofStage = (['compare', 'report', 'required-permissions'] as const).find(
    (name) => values[name] !== undefined,
  );
  if (ofStage === undefined) return;
  throw new UsageError(
    `--${ofStage} is about the function "caller" and the API of this project. Leave it out, or${optionsOf(choice)}.`,
  );
}

/** Runs the probes against the local AWS that runs, or one that is started for this. */
async function compareWithLocal(
  { results, accessMode, real }: StageVerification,
  options: Pick<VerifyStageOptions, 'waitSeconds' | 'allowWrite' | 'event'> & {
    readonly signal: AbortSignal;
  },
  quiet: boolean,
): Promise<readonly Compared[]> {
  const steps = createSteps({ quiet });
  await using stack = new AsyncDisposableStack();
  const { running } = await readStateDirectory(localAwsRoot());
  if (!quiet) print(['']);
  const root = running
    ? localAwsRoot()
    : stack.use(await startPair(steps, options.signal, { accessMode })).localAwsRoot;
  const local = await steps.run('Probe local AWS', () =>
    verifyStage({
      stage: 'local',
      localAwsRoot: root,
      environment: process.env,
      ...options,
      // The same probes as those of the stage.
      allowWrite: options.allowWrite ?? !real,
    }),
  );
  return compare(results, local.results);
}

async function projectVersion(): Promise<string> {
  const { version }: { version?: unknown } = JSON.parse(
    await readFile(join(projectRoot(), 'package.json'), 'utf8'),
  );
  return String(version);
}
