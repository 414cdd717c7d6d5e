import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { INTERRUPTED, listenForInterruption, terminalPalette } from '@cross-account-api/command-line';
import { readStateDirectory } from '@cross-account-api/local-aws/state-directory';
import { parse } from 'yaml';
import { checkOutputFile } from '../libs/cli/src/command-line.ts';
import { projectRoot as rootOf } from '../libs/cli/src/project/project.ts';
import { ownLocalSettings, readStage, stageNames } from '../libs/cli/src/project/stage-settings.ts';
import { createSteps, StepFailed } from '../libs/cli/src/steps.ts';
import { knownDifferences } from './conformance/known-differences.ts';
import { givingUp, type RunStep, refuseStage, renderRunPlan, steps } from './conformance/plan.ts';
import { compareRecordings, sortDifferences } from './conformance/recording/compare.ts';
import {
  assemble,
  type ConformanceRecording,
  formatRecording,
  readRecording,
} from './conformance/recording/recording.ts';
import { readVocabulary } from './conformance/recording/vocabulary.ts';
import { addRoute } from './conformance/route.ts';
import { type ConformanceRun, exchangesFile, takeSteps } from './conformance/run.ts';
import { newState, openStateFolder, type State } from './conformance/state.ts';
import { runCommand, UsageError } from './lib/command-line.ts';

/** Settings of a stage that a run takes: where it is, whose it is, and what a company demands of every resource. */
const TAKEN = new Set([
  ...['region', 'apiAccountId', 'callerAccountId', 'apiProfile', 'callerProfile', 'securityPolicy'],
  ...['permissionsBoundary', 'rolePath', 'tags', 'organizationId', 'values', 'externalId', 'quotas'],
]);

/** The owner's own settings, which the recording must not have. */
const HIDDEN_SETTINGS = [
  'apiAccountId',
  'callerAccountId',
  'apiProfile',
  'callerProfile',
  'externalId',
  'organizationId',
  'callerRoleName',
] as const;

await runCommand(
  'conformance',
  {
    summary:
      'Settles on your own accounts what this project claims about AWS: it deploys, attacks and removes a stage, and records the answers. It asks first.',
    examples: [
      ['--stage throwaway --compare local', 'goes on where an interrupted run was'],
      ['--stage throwaway --remove', 'removes what it has made'],
    ],
  },
  {
    stage: {
      type: 'string',
      value: 'S',
      description: 'A stage named "throwaway…", or local',
    },
    yes: { type: 'boolean', description: 'Does not ask' },
    remove: { type: 'boolean', description: 'Removes what an interrupted run has made' },
    recording: {
      type: 'string',
      value: 'FILE',
      description: 'The file of the recording',
      default: 'conformance-S.json',
    },
    compare: {
      type: 'string',
      value: 'local',
      description: 'Shows where local AWS answers differently',
    },
  },
  async ({ stage, yes = false, remove = false, recording, compare }) => {
    if (compare !== undefined && compare !== 'local') {
      throw new UsageError(
        `--compare ${compare}: a recording is compared with local AWS only: --compare local.`,
      );
    }
    if (stage === undefined && (compare === undefined || recording === undefined)) {
      throw new UsageError(
        'Give --stage S; or --recording FILE --compare local, to compare a recording that exists.',
      );
    }
    // Before a run that takes half an hour.
    if (compare !== undefined) await localInstance(process.env.LOCAL_AWS_ROOT ?? rootOf());
    const signal = listenForInterruption();
    const options = { yes, remove, signal };
    const file = recording ?? `conformance-${stage}.json`;
    let recorded: ConformanceRecording | undefined;
    if (stage !== undefined) {
      refuseStage(stage);
      await checkOutputFile('recording', file);
      recorded = await runStage(stage, options);
      if (recorded === undefined) return signal.aborted ? INTERRUPTED : 1;
      if (!remove) {
        await writeFile(file, formatRecording(recorded));
        print([
          `${file} has ${recorded.exchanges.length} requests and answers, without your names, IDs and keys. Read it before you send it.`,
        ]);
      }
    }
    const failed = (recorded?.findings.length ?? 0) > 0;
    if (compare === undefined || remove) return failed ? 1 : 0;
    recorded ??= await readRecording(file);
    const local = await runStage('local', options);
    if (local === undefined) return signal.aborted ? INTERRUPTED : 1;
    return printComparison(recorded, local) && !failed ? 0 : 1;
  },
);

interface RunOptions {
  readonly yes: boolean;
  readonly remove: boolean;
  readonly signal: AbortSignal;
}

/** Takes all steps on a stage. @returns its recording; `undefined` if it stopped, which is said */
async function runStage(
  stage: string,
  { yes, remove, signal }: RunOptions,
): Promise<ConformanceRecording | undefined> {
  const root = rootOf();
  const localAwsRoot = process.env.LOCAL_AWS_ROOT ?? root;
  const instanceId = stage === 'local' ? await localInstance(localAwsRoot) : undefined;
  const settings = readStage(stage);
  const names = stageNames(stage);
  const own = stage === 'local' ? ownLocalSettings() : await entryOf(root, stage);
  const hasSecondCaller = settings.apiAccountId !== settings.callerAccountId;
  const skipped = await skippedSteps(root);
  const folder = await openStateFolder(root, stage);
  try {
    const earlier = await folder.read();
    const goesOn = earlier !== undefined && earlier.instanceId === instanceId;
    if (remove && !goesOn)
      throw new UsageError(`--remove: no run of stage ${stage} was interrupted. Nothing is left to remove.`);
    let state = goesOn ? earlier : newState(stage, instanceId);
    if (!goesOn) await rm(exchangesFile({ folder }), { force: true });
    const { apiAccountId, callerAccountId, apiProfile, callerProfile, region } = settings;
    const plan = renderRunPlan(
      stage,
      {
        region,
        real: stage !== 'local',
        accounts: [
          {
            id: apiAccountId,
            profile: apiProfile,
            makes: `stack ${names.api}: API, functions, tables, roles, alarms, logs`,
          },
          {
            id: callerAccountId,
            profile: callerProfile,
            makes: `stack ${names.caller}: function, role, alarms, logs`,
          },
        ],
        leftOut: Object.keys(own).filter((name) => !TAKEN.has(name)),
      },
      skipped,
    );
    print(goesOn ? [`The run of stage ${stage} that began at ${state.begun} goes on.`, ''] : plan);
    if (!yes && !(await isWanted(stage, remove))) return undefined;
    const run: ConformanceRun = {
      stage,
      root,
      localAwsRoot,
      folder,
      base: Object.fromEntries(Object.entries(own).filter(([name]) => TAKEN.has(name))),
      callerAccountId,
      hasSecondCaller,
      callerName: names.caller,
      known: knownValues({ ...settings, names }),
      steps: createSteps(),
      signal,
    };
    const taken: readonly RunStep[] = remove ? [givingUp] : steps.filter(({ name }) => !skipped.has(name));
    try {
      state = await takeSteps(run, taken, state);
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      const again = `npm run conformance -- --stage ${stage}`;
      process.stderr.write(
        `\n${error.step} stopped:\n${error.message}\n\nThe run goes on here: ${again}. To remove what it has made instead: ${again} --remove\n`,
      );
      return undefined;
    }
    const recording = await readRun(run, state);
    printFindings(state);
    await folder.remove();
    return recording;
  } finally {
    await folder.release();
  }
}

/** @throws UsageError if no local AWS runs */
async function localInstance(localAwsRoot: string): Promise<string> {
  const reading = await readStateDirectory(localAwsRoot);
  if (reading.running) return reading.instance.instanceId;
  throw new UsageError(
    `Stage local needs a running local AWS, which loses what is deployed to its stage local. ${reading.message} ${reading.remedy}`,
  );
}

/** The entry of a stage in services/stages.yml, without defaults. */
async function entryOf(root: string, stage: string): Promise<Readonly<Record<string, unknown>>> {
  const stages: unknown = parse(await readFile(join(root, 'services/stages.yml'), 'utf8'), { merge: true });
  const entry: unknown =
    typeof stages === 'object' && stages !== null ? Reflect.get(stages, stage) : undefined;
  return typeof entry === 'object' && entry !== null ? { ...entry } : {};
}

/** The steps that this project cannot take, and why. */
async function skippedSteps(root: string): Promise<ReadonlyMap<string, string>> {
  const skipped = new Map<string, string>();
  const { scripts }: { scripts: Readonly<Record<string, string>> } = JSON.parse(
    await readFile(join(root, 'package.json'), 'utf8'),
  );
  for (const { name, needs } of steps) {
    if (needs !== undefined && !(needs in scripts)) skipped.set(name, `package.json has no script ${needs}.`);
  }
  const file = 'services/api/serverless.yml';
  if (addRoute(await readFile(join(root, file), 'utf8')) === undefined) {
    skipped.set('removed route', `${file} has no function in its "functions" to which a route can be added.`);
  }
  return skipped;
}

/** What the recording must not have, although it may consist of public words. */
function knownValues(
  settings: ReturnType<typeof readStage> & { readonly names: Readonly<Record<string, string>> },
): readonly string[] {
  const values = HIDDEN_SETTINGS.map((name) => settings[name]);
  return [...values, ...Object.values(settings.names)].filter(
    (value) => value !== undefined && value !== '',
  ) as string[];
}

/** @throws UsageError without a terminal */
async function isWanted(stage: string, remove: boolean): Promise<boolean> {
  if (process.stdin.isTTY !== true) {
    throw new UsageError(`--stage ${stage}: nobody can be asked here. Add --yes if this is wanted.`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(remove ? 'Remove what the run has made? [y/N] ' : 'Go on? [y/N] ');
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

async function readRun(
  run: ConformanceRun,
  { stage, begun, key, externalIds, findings }: State,
): Promise<ConformanceRecording> {
  const lines = (await readFile(exchangesFile(run), 'utf8').catch(() => '')).split('\n').filter(Boolean);
  const { version }: { version: string } = JSON.parse(await readFile(join(run.root, 'package.json'), 'utf8'));
  const about = {
    version,
    answeredBy: stage === 'local' ? 'local AWS' : 'AWS',
    date: begun.slice(0, 10),
    findings,
  } as const;
  return assemble(lines, about, { key, vocabulary: readVocabulary(), known: [...run.known, ...externalIds] });
}

function printFindings({ stage, findings }: State): void {
  const { allowed, denied } = terminalPalette;
  if (findings.length === 0) {
    print(['', allowed(`✔ Stage ${stage} did all that this project claims, and nothing is left of it.`)]);
    return;
  }
  print(['', denied(`✘ ${findings.length} of the steps found something:`)]);
  for (const { step, text } of findings) print(['', `${step}:`, text]);
}

/** @returns whether each difference is known */
function printComparison(recorded: ConformanceRecording, local: ConformanceRecording): boolean {
  const { unknown, explained, outdated } = sortDifferences(
    compareRecordings(recorded, local),
    knownDifferences,
  );
  const { allowed, denied, faint } = terminalPalette;
  print(['', `${recorded.answeredBy} (${recorded.date}) and local AWS:`]);
  for (const { service, operation, what, only, steps: where } of unknown) {
    print([
      denied(
        `✘ ${service} ${operation}: only ${only === 'recording' ? 'the recording' : only} answers ${what} (${where.join(', ')})`,
      ),
    ]);
  }
  for (const { service, operation, what, reason } of explained)
    print([faint(`  ${service} ${operation}: ${what}. ${reason}`)]);
  for (const { service, operation, what } of outdated)
    print([faint(`  no longer: ${service} ${operation}: ${what}`)]);
  if (unknown.length === 0) print([allowed('✔ The same answers, or known differences.')]);
  return unknown.length === 0;
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
