import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sls, slsFailure } from '../../libs/cli/src/project/sls.ts';
import type { Steps } from '../../libs/cli/src/steps.ts';
import { nodeFlags, projectRoot } from '../lib/project.ts';
import type { ByHandResult } from './by-hand.ts';
import type { Action, ByHand, Phase, RunStep } from './plan.ts';
import { readVocabulary } from './recording/vocabulary.ts';
import { addRoute } from './route.ts';
import type { Made, RunFinding, State, StateFolder } from './state.ts';

/** What a run works on. */
export interface ConformanceRun {
  readonly stage: string;
  /** The project whose services are deployed, in a copy. */
  readonly root: string;
  readonly localAwsRoot: string;
  readonly folder: StateFolder;
  /** The settings that the run takes from the stage's entry in services/stages.yml. */
  readonly base: Readonly<Record<string, unknown>>;
  readonly callerAccountId: string;
  /** Whether a further caller is deployed: there is an account for it. */
  readonly hasSecondCaller: boolean;
  /** The name of the caller's stack, of which its role's name is made. */
  readonly callerName: string;
  /** The owner's own values, which the recording must not have. */
  readonly known: readonly string[];
  readonly steps: Steps;
  readonly signal: AbortSignal;
}

/** A step cannot go on. The message has what a command said. */
export class RunStopped extends Error {
  override readonly name = 'RunStopped';
  readonly code = 'RUN_STOPPED';
}

/** The settings of a stage in a phase. */
export function settingsOf(
  {
    base,
    callerAccountId,
    hasSecondCaller,
    callerName,
  }: Pick<ConformanceRun, 'base' | 'callerAccountId' | 'hasSecondCaller' | 'callerName'>,
  { externalIds: [first, second] }: Pick<State, 'externalIds'>,
  { retainData, externalId, previousExternalId, callerRole, previousCallerRole }: Phase,
): Readonly<Record<string, unknown>> {
  const ids = { first, second };
  const roles = { first: callerName, second: `${callerName}-2` };
  return {
    ...base,
    alarms: true,
    retainData,
    externalId: ids[externalId],
    ...(previousExternalId !== undefined && { previousExternalId: ids[previousExternalId] }),
    callerRoleName: roles[callerRole],
    ...(previousCallerRole !== undefined && { previousCallerRoleName: roles[previousCallerRole] }),
    ...(hasSecondCaller && {
      callers: {
        second: { accountId: callerAccountId, roleName: `${callerName}-second`, externalId: second },
      },
    }),
  };
}

/**
 * Takes steps, from the action on that is not done.
 * @returns the state after the last one
 * @throws StepFailed with what a command said. The state is then that before the action
 */
export async function takeSteps(
  run: ConformanceRun,
  steps: readonly RunStep[],
  begin: State,
): Promise<State> {
  let state = begin;
  await prepareCopy(run);
  await writeRecorder(run, state);
  for (const step of steps) {
    for (const [index, action] of step.actions.entries()) {
      const id = `${step.name}/${index}`;
      // Settings and routes are files of the copy: they cost nothing, and an interrupted copy lacks them.
      const isFile = action.kind === 'settings' || action.kind === 'route';
      if (state.done.includes(id) && !isFile) continue;
      const work = () => take(run, state, step, action);
      const result = isFile
        ? await work()
        : await run.steps.run(`${step.name}: ${describe(action, run.stage)}`, work);
      state = {
        ...state,
        made: withMade(state.made, result.made ?? []),
        findings: [
          ...state.findings,
          ...result.findings.map((text): RunFinding => ({ step: step.name, text })),
        ],
        done: state.done.includes(id) ? state.done : [...state.done, id],
      };
      await run.folder.write(state);
      if (run.signal.aborted) throw new RunStopped('Interrupted.');
    }
  }
  return state;
}

/** The action as a person would type it. */
export function describe(action: Action, stage: string): string {
  switch (action.kind) {
    case 'sls':
      return `${action.service === undefined ? '' : `(${action.service}) `}sls ${action.args.join(' ')} --stage ${stage}`;
    case 'command':
      return ['cross-account', action.name, '--stage', stage, ...action.args].join(' ');
    case 'settings':
      return 'settings of the stage';
    case 'route':
      return action.add ? 'a further route' : 'without the further route';
    case 'by-hand':
      return byHandWords[action.name];
  }
}

const byHandWords: Readonly<Record<ByHand, string>> = {
  settle: 'wait until both stacks rest',
  inventory: 'note what was made',
  kept: 'look for the tables and logs',
  'route-answers': 'call the further route',
  'route-gone': 'call the route that is gone',
  change: 'change a role by hand',
  'changed-back': 'look at the role',
  leftovers: 'look for what is left',
};

function withMade(made: readonly Made[], more: readonly Made[]): readonly Made[] {
  const all = [...made, ...more].map((each) => [JSON.stringify(each), each] as const);
  return [...new Map(all).values()];
}

const fine: ByHandResult = { findings: [] };

async function take(run: ConformanceRun, state: State, step: RunStep, action: Action): Promise<ByHandResult> {
  const { stage, localAwsRoot, signal } = run;
  const copy = copyOf(run);
  const environment = recording(run, step.name);
  switch (action.kind) {
    case 'settings': {
      const settings = settingsOf(run, state, action.phase);
      await writeFile(join(copy, 'services/stages.yml'), JSON.stringify({ [stage]: settings }), {
        mode: 0o600,
      });
      return fine;
    }
    case 'route': {
      const file = 'services/api/serverless.yml';
      const text = await readFile(join(run.root, file), 'utf8');
      await writeFile(join(copy, file), action.add ? (addRoute(text) ?? text) : text);
      return fine;
    }
    case 'sls': {
      const { findings } = await byHand(run, state, step.name, 'settle');
      if (findings.length > 0) throw new RunStopped(findings.join('\n'));
      const interrupts = step.interruptsCallers === true ? { INTERRUPT_CALLERS: 'yes' } : {};
      const cwd = action.service === undefined ? copy : join(copy, 'services', action.service);
      const result = await sls([...action.args, '--stage', stage], {
        cwd,
        localAwsRoot,
        environment: { ...environment, ...interrupts },
        signal,
      });
      if (signal.aborted) throw new RunStopped('Interrupted.');
      if (result.exitCode !== 0) throw new RunStopped(slsFailure(result));
      return fine;
    }
    case 'command': {
      const program = join(projectRoot, 'libs/cli/cross-account.cjs');
      const args = [program, action.name, '--stage', stage, ...action.args];
      const { exitCode, output } = await runNode(
        args,
        copy,
        { ...environment, LOCAL_AWS_ROOT: localAwsRoot },
        signal,
      );
      if (signal.aborted) throw new RunStopped('Interrupted.');
      if (exitCode === 0) return fine;
      if (action.mustPass || exitCode === 2) throw new RunStopped(output);
      return { findings: [output] };
    }
    case 'by-hand':
      return byHand(run, state, step.name, action.name);
  }
}

async function byHand(run: ConformanceRun, state: State, step: string, name: ByHand): Promise<ByHandResult> {
  const args = [
    ...nodeFlags,
    join(import.meta.dirname, 'by-hand.ts'),
    name,
    run.stage,
    JSON.stringify(state.made),
  ];
  // How long a stack takes to come to rest, and what an interruption left of it, is no answer that two runs share.
  const recorded = name === 'settle' ? {} : recording(run, step);
  const environment = { ...recorded, LOCAL_AWS_ROOT: run.localAwsRoot };
  const { exitCode, output, stdout } = await runNode(args, copyOf(run), environment, run.signal);
  if (run.signal.aborted) throw new RunStopped('Interrupted.');
  if (exitCode !== 0) throw new RunStopped(output);
  return JSON.parse(stdout);
}

async function runNode(
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<{ readonly exitCode: number; readonly output: string; readonly stdout: string }> {
  const env = { ...process.env, ...environment, NO_COLOR: '1', FORCE_COLOR: undefined };
  // The terminal is for a question, such as that for an MFA code.
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['inherit', 'pipe', 'pipe'] });
  const end = () => void child.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  let output = '';
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code] = await once(child, 'close');
  signal.removeEventListener('abort', end);
  return { exitCode: typeof code === 'number' ? code : 1, output: output.trim(), stdout };
}

const copyOf = ({ folder }: Pick<ConformanceRun, 'folder'>) => join(folder.path, 'project');
const recorderFile = ({ folder }: Pick<ConformanceRun, 'folder'>) => join(folder.path, 'recorder.json');

/** Where the processes of a run append what they record. */
export const exchangesFile = ({ folder }: Pick<ConformanceRun, 'folder'>): string =>
  join(folder.path, 'exchanges.jsonl');

/** The variables with which a process and its children record their requests. */
function recording(run: Pick<ConformanceRun, 'folder'>, step: string): Readonly<Record<string, string>> {
  const preload = pathToFileURL(join(import.meta.dirname, 'recording/preload.ts')).href;
  return {
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=${preload}`.trim(),
    CONFORMANCE_RECORDER: recorderFile(run),
    CONFORMANCE_STEP: step,
  };
}

async function writeRecorder(run: ConformanceRun, { key, externalIds }: State): Promise<void> {
  const known = [...new Set([...run.known, ...externalIds])].filter(({ length }) => length >= 3);
  const recorder = { key, known, vocabulary: [...readVocabulary()], output: exchangesFile(run) };
  await writeFile(recorderFile(run), JSON.stringify(recorder), { mode: 0o600 });
}

/** Files that the framework writes, and the stages of this clone. */
const generated = new Set(['.serverless', '.esbuild', 'stages.yml']);

/** Copies the services, so the owner's files stay as they are. What an interrupted run has noted in `.serverless` stays. */
async function prepareCopy(run: ConformanceRun): Promise<void> {
  const copy = copyOf(run);
  await mkdir(copy, { recursive: true, mode: 0o700 });
  await cp(join(run.root, 'services'), join(copy, 'services'), {
    recursive: true,
    verbatimSymlinks: true,
    force: true,
    filter: (source) => !generated.has(basename(source)),
  });
  for (const file of ['serverless-compose.yml', 'package.json', 'tsconfig.json']) {
    await cp(join(run.root, file), join(copy, file));
  }
  const modules = join(copy, 'node_modules');
  await rm(modules, { force: true });
  await symlink(join(run.root, 'node_modules'), modules);
}
