import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { INTERRUPTED, listenForInterruption } from '@cross-account-api/command-line';
import { readStateDirectory } from '@cross-account-api/local-aws/state-directory';
import { callWith } from '../../call-of.ts';
import { checkOutputFile, type OptionValues, UsageError } from '../../command-line.ts';
import { readEventOption } from '../../project/caller-event.ts';
import { projectRoot } from '../../project/project.ts';
import { startPair } from '../../project/start-pair.ts';
import { type CallChoice, optionsOf } from '../../stage/call-choice.ts';
import { openStage } from '../../stage/open-stage.ts';
import { resolveStage } from '../../stage/resolve-stage.ts';
import { createSteps } from '../../steps.ts';
import { type Compared, compare, reportOf } from './compare.ts';
import type { verifyOptions } from './help.ts';
import { print, printing, printJson, type Run, recordOf, rendering } from './print-results.ts';
import { renderComparison, renderSummary } from './render.ts';
import { requiredPermissions } from './required-permissions.ts';
import { isSafe, verifyOpenCall } from './verify-call.ts';
import { type Verification, verifyStage } from './verify-stage.ts';

const localAwsRoot = () => process.env.LOCAL_AWS_ROOT ?? projectRoot();

/**
 * Verifies a stage of this project.
 * @returns the exit code
 */
export async function verifyOneStage(
  values: Omit<OptionValues<typeof verifyOptions>, 'api'>,
  { waitSeconds, allowWrite, json }: Run,
): Promise<number> {
  const { stage, report } = values;
  const event = readEventOption(values.event);
  if (values['required-permissions'] === true) {
    printJson(requiredPermissions(stage ?? '*', report !== undefined));
    return 0;
  }
  if (report !== undefined) await checkOutputFile('report', report);
  const signal = listenForInterruption();
  const run = { waitSeconds, allowWrite, event, json, signal };
  const verification = await verify(stage ?? 'local', run, report !== undefined);
  if (signal.aborted) return INTERRUPTED;
  const compared = values.compare && (await compareWithLocal(verification, run));
  if (signal.aborted) return INTERRUPTED;
  if (compared && report !== undefined) {
    const { real, evidence } = verification;
    await writeFile(report, reportOf(compared, real, await projectVersion(), evidence));
  }
  if (json) {
    const { pass, results, leftOut, notes } = verification;
    printJson({
      stage: verification.stage,
      pass,
      probes: results.map(recordOf),
      leftOut,
      notes,
      ...(compared && { compared }),
    });
  } else if (compared) {
    print(['', ...renderComparison(compared, rendering)]);
  }
  return verification.pass ? 0 : 1;
}

/**
 * Verifies another call than that of this project's API by the first function.
 * @returns the exit code
 * @throws UsageError that names the option and the rule
 */
export async function verifyChosenCall(
  chosen: CallChoice,
  { stage = 'local', ...values }: Omit<OptionValues<typeof verifyOptions>, 'api' | 'caller'>,
  run: Run,
): Promise<number> {
  const ofStage = (['compare', 'report', 'required-permissions'] as const).find(
    (name) => values[name] !== undefined,
  );
  if (ofStage !== undefined) {
    throw new UsageError(
      `--${ofStage} is about the function "caller" and the API of this project. Leave it out, or${optionsOf(chosen)}.`,
    );
  }
  const { json } = run;
  const event = readEventOption(values.event);
  const signal = listenForInterruption();
  const open = await openStage(stage, localAwsRoot(), process.env, 'verify');
  try {
    const { call, choice, open: openOfCall } = await resolveStage(open, chosen);
    if (event !== undefined && !call.callerArn.includes(':function:')) {
      throw new UsageError(
        `--event: ${call.callerArn} is not a function of this project, so this command cannot invoke it. Leave the option out.`,
      );
    }
    const explain = callWith('explain', `--stage ${stage}${optionsOf(choice)}`);
    const entry =
      choice.api === undefined ? choice.caller && `callers.${choice.caller}.` : `apis.${choice.api}.`;
    const routesSetting = `${stage}.${entry ?? ''}routes`;
    const allowWrite = run.allowWrite ?? !open.real;
    const safe = allowWrite ? call.routes : call.routes?.filter(({ method }) => isSafe(method));
    const { pass, results, notes } = await verifyOpenCall(
      { ...call, routes: safe },
      openOfCall,
      { ...run, allowWrite, signal, environment: process.env, ...(!json && printing()) },
      { event, explain, routesSetting },
    );
    if (signal.aborted) return INTERRUPTED;
    if (json) {
      printJson({
        stage,
        api: chosen.api,
        caller: call.callerArn,
        pass,
        probes: results.map(recordOf),
        notes,
      });
    } else {
      const permissions = callWith('verify', `--required-permissions --stage ${stage}`);
      const name = [`stage ${stage}`, chosen.api, chosen.caller].filter(Boolean).join(', ');
      const subject = { name, explain, permissions };
      print(renderSummary(results, subject, notes, rendering));
    }
    return pass ? 0 : 1;
  } finally {
    open.close();
  }
}

interface StageRun extends Run {
  /** Of the user. */
  readonly event: unknown;
  readonly signal: AbortSignal;
}

async function verify(
  stage: string,
  { json, ...run }: StageRun,
  gathersEvidence: boolean,
): Promise<Verification> {
  const verification = await verifyStage({
    stage,
    localAwsRoot: localAwsRoot(),
    environment: process.env,
    gathersEvidence,
    ...run,
    ...(!json && printing()),
  });
  if (!json && !run.signal.aborted) {
    const permissions = callWith('verify', `--required-permissions --stage ${stage}`);
    const explain = callWith('explain', `--stage ${stage}`);
    const subject = { name: `stage ${stage}`, explain, permissions };
    print(renderSummary(verification.results, subject, verification.notes, rendering));
  }
  return verification;
}

/** Runs the probes against the local AWS that runs, or one that is started for this. */
async function compareWithLocal(
  { results, accessMode, real }: Verification,
  { json: quiet, ...run }: StageRun,
): Promise<readonly Compared[]> {
  const steps = createSteps({ quiet });
  await using stack = new AsyncDisposableStack();
  const { running } = await readStateDirectory(localAwsRoot());
  if (!quiet) print(['']);
  const root = running
    ? localAwsRoot()
    : stack.use(await startPair(steps, run.signal, { accessMode })).localAwsRoot;
  const local = await steps.run('Probe local AWS', () =>
    verifyStage({
      stage: 'local',
      localAwsRoot: root,
      environment: process.env,
      ...run,
      // The same probes as those of the stage.
      allowWrite: run.allowWrite ?? !real,
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
