import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  INTERRUPTED,
  listenForInterruption,
  terminalPalette,
  terminalWidth,
} from '@cross-account-api/iam/command-line';
import { readStateDirectory } from '@cross-account-api/local-aws/state-directory';
import { callOf, callWith } from '../call-of.ts';
import {
  checkOutputFile,
  checkStage,
  command,
  type OptionValues,
  readNumber,
  UsageError,
} from '../command-line.ts';
import { asksForCall, readCall } from '../explain/call-options.ts';
import { readEventOption } from '../project/caller-event.ts';
import { projectRoot } from '../project/project.ts';
import { startPair } from '../project/start-pair.ts';
import { createSteps } from '../steps.ts';
import { type Compared, compare, reportOf } from './compare.ts';
import { verifyOptions, verifySummary } from './help.ts';
import { describeExpectation, describeObservation, type ProbeResult } from './probe.ts';
import type { PropagationOptions } from './propagation.ts';
import { renderComparison, renderGroup, renderResult, renderSummary, renderWait } from './render.ts';
import { requiredPermissions, requiredPermissionsOfCall } from './required-permissions.ts';
import { checkRoutes, verifyCall } from './verify-call.ts';
import { type Verification, verifyStage } from './verify-stage.ts';

const localAwsRoot = () => process.env.LOCAL_AWS_ROOT ?? projectRoot();
const rendering = { palette: terminalPalette, width: terminalWidth };

export const verifyCommand = command(verifySummary, verifyOptions, async (values) => {
  const { stage, report, json = false } = checkOptions(values);
  const waitSeconds = readNumber('wait', values.wait, { default: 60, min: 0, max: 3_600 });
  const allowWrite = values['allow-write'];
  const event = readEventOption(values.event);
  if (asksForCall(values)) {
    return verifyAnyCall(values, { waitSeconds, allowWrite: allowWrite ?? false, json });
  }
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
});

/** @throws UsageError that names the option and the rule */
function checkOptions(values: OptionValues<typeof verifyOptions>) {
  const { stage, compare: with_, report } = values;
  checkStage(stage);
  const ofStage = (['stage', 'compare', 'report', 'event'] as const).find(
    (name) => values[name] !== undefined,
  );
  if (ofStage !== undefined && asksForCall(values)) {
    throw new UsageError(
      `--${ofStage} is about a stage of this project. Leave it out, or the options of a call.`,
    );
  }
  if (with_ !== undefined && with_ !== 'local') {
    throw new UsageError(`--compare ${with_}: a stage is compared with local AWS only: --compare local.`);
  }
  if (report !== undefined && with_ === undefined) {
    throw new UsageError('--report writes a comparison. Add --compare local.');
  }
  return values;
}

interface Run {
  readonly waitSeconds: number;
  /** `undefined`: as the stage's default is. */
  readonly allowWrite: boolean | undefined;
  readonly json: boolean;
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

/** Verifies a call of any API. */
async function verifyAnyCall(
  values: OptionValues<typeof verifyOptions>,
  { json, ...run }: Run & { readonly allowWrite: boolean },
): Promise<number> {
  const call = await readCall(values);
  const { callerArn, api } = call;
  checkRoutes(call.routes, run.allowWrite);
  if (values['required-permissions'] === true) {
    printJson(requiredPermissionsOfCall(call));
    return 0;
  }
  if (callerArn === undefined || api === undefined) {
    throw new UsageError(
      `Give ${callerArn === undefined ? '--caller' : '--api'}, too: --help has an example.`,
    );
  }
  const signal = listenForInterruption();
  const { pass, results, notes } = await verifyCall(
    { ...call, callerArn },
    { ...run, signal, environment: process.env, ...(!json && printing()) },
  );
  if (signal.aborted) return INTERRUPTED;
  if (json) {
    printJson({ api: api.url, caller: callerArn, pass, probes: results.map(recordOf), notes });
  } else {
    const explain = `${callOf('explain')} with the same options`;
    const permissions = 'With --required-permissions, this command';
    print(renderSummary(results, { name: api.url, explain, permissions }, notes, rendering));
  }
  return pass ? 0 : 1;
}

/** Prints results as they come. */
function printing() {
  let last: ProbeResult | undefined;
  return {
    onResult(result: ProbeResult) {
      const isNewGroup =
        last?.probe.group !== result.probe.group || last.probe.credentials !== result.probe.credentials;
      print([...(isNewGroup ? [renderGroup(result, rendering)] : []), ...renderResult(result, rendering)]);
      last = result;
    },
    onWait: (...waiting: Parameters<NonNullable<PropagationOptions['onWait']>>) =>
      print(renderWait(...waiting, rendering)),
  };
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

function recordOf({ probe, observed, pass }: ProbeResult) {
  const { name, group, credentials, expected } = probe;
  return {
    name,
    group,
    credentials,
    expected: describeExpectation(expected),
    observed: describeObservation(observed),
    pass,
  };
}

async function projectVersion(): Promise<string> {
  const { version }: { version?: unknown } = JSON.parse(
    await readFile(join(projectRoot(), 'package.json'), 'utf8'),
  );
  return String(version);
}

function printJson(document: object): void {
  print([JSON.stringify(document, null, 2)]);
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
