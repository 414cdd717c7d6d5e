import { terminalPalette } from '@cross-account-api/command-line';
import {
  type Started,
  sendSourceMap,
  start,
  startOptions,
  suggest,
} from '@cross-account-api/local-aws/start';
import { INSTANCE_VARIABLE } from '@cross-account-api/local-aws/state-directory';
import { callOf, callWith } from '../../call-of.ts';
import { command } from '../../command-line.ts';
import { takesOperations } from '../../project/caller-event.ts';
import { readFunctions } from '../../project/functions.ts';
import { projectRoot } from '../../project/project.ts';
import { readSeed, seedLocalAws } from '../../project/seed.ts';
import { sls, slsFailure } from '../../project/sls.ts';
import { accountsOfStage, readStage } from '../../project/stage-settings.ts';
import { createSteps, StepFailed } from '../../steps.ts';
import { failedLine } from '../stack-trace/failed-line.ts';
import { inspectedFunctions } from './inspect.ts';

export const startCommand = command(
  {
    summary: 'Runs local AWS in the foreground, with both services deployed.',
    examples: [
      ['', 'until Ctrl-C'],
      ['--watch --open', 'deploys what you save, and opens the console'],
    ],
    exitCodes: { 0: 'ended by Ctrl-C', 1: 'it could not start', 2: 'the options are wrong' },
  },
  {
    watch: {
      type: 'boolean',
      description: 'Replaces the code of functions when you save',
      details:
        'Watches the sources of all services and of their libraries, and replaces the code of each function whose bundle changes, then checks the types. Other files of the zip, as those of package.patterns, stay as they were deployed.',
    },
    ...startOptions,
  },
  (values) => {
    const accounts = accountsOfStage(readStage('local'));
    const deployed = afterSeed(values['fresh-accounts'] === true ? deployToFreshAccounts : deploy);
    const prepare = values.watch === true ? thenWatch(deployed, values.inspect !== undefined) : deployed;
    const root = projectRoot();
    const { inspect } = values;
    const wanted =
      inspect === undefined
        ? values
        : { ...values, inspect: inspectedFunctions(inspect, readFunctions(root)) };
    return start(wanted, { root, accounts, prepare, locate: failedLine() });
  },
);

/** Runs the setting `seed` of stage local first. @throws StepFailed with its output */
function afterSeed(prepare: (started: Started) => Promise<string>): typeof prepare {
  return async (started) => {
    const seed = readSeed();
    if (seed !== undefined) {
      await createSteps().run(seed, () => seedLocalAws(seed, started.root, started.stop));
    }
    return started.stop.aborted ? '' : prepare(started);
  };
}

/** Deploys, and watches the sources from then on. */
function thenWatch(prepare: (started: Started) => Promise<string>, isInspected: boolean): typeof prepare {
  return async (started) => {
    const deployedAt = Date.now();
    const next = await prepare(started);
    if (started.stop.aborted) return next;
    const { watchFunctions } = await import('./watch.ts');
    await watchFunctions({
      project: projectRoot(),
      localAwsRoot: started.root,
      deployedAt,
      aws: started.aws,
      sendSourceMap: isInspected
        ? (sent) => sendSourceMap({ url: started.aws.url, root: started.root }, sent)
        : undefined,
      stop: started.stop,
      print: (text) => process.stdout.write(`${text}\n`),
    });
    return `${next}\nThe sources are watched: save a file, and its functions have the new code.`;
  };
}

/** @throws StepFailed */
async function deploy({ aws, root, stop }: Started): Promise<string> {
  const output = await createSteps().run('sls deploy --stage local', async () => {
    const result = await sls(['deploy', '--stage', 'local'], {
      cwd: projectRoot(),
      localAwsRoot: root,
      // What it deploys over is the state that this machine has kept: nobody else calls it.
      environment: { [INSTANCE_VARIABLE]: aws.instance.instanceId, INTERRUPT_CALLERS: 'yes' },
      signal: stop,
    });
    if (result.exitCode !== 0 && !stop.aborted) throw new Error(slsFailure(result));
    return `${result.stdout}\n${result.stderr}`;
  });
  // The rest of the output is about a deployment that went well.
  const notices =
    output.match(
      /[\w-]+ › (?:These (?:resources|properties) have no effect in local AWS|.* trusts? account \d{12}, which local AWS does not have ).*/g,
    ) ?? [];
  for (const line of notices) process.stdout.write(`${terminalPalette.warning('!')} ${line}\n`);
  return suggest([
    ['(cd services/caller && npx sls invoke -f caller --stage local)', 'account B calls account A'],
    ...(takesOperations()
      ? [[callWith('call', 'OPERATION'), 'the same without the CLI, for any operation'] as const]
      : []),
    ['npx sls deploy --stage local', 'deploy what you changed'],
    [callWith('logs', '--function caller'), 'what the function logged'],
    [callOf('explain'), 'why the last request was refused'],
    ['source .local-aws/env && aws sts get-caller-identity', 'any AWS tool works'],
  ]);
}

async function deployToFreshAccounts(started: Started): Promise<string> {
  try {
    return await deploy(started);
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    const preparing = suggest([
      ['source .local-aws/env', 'so that the AWS CLI reaches local AWS'],
      ['aws iam create-role …', 'and the other two commands'],
      ['npx sls deploy --stage local', 'deploy again'],
      [callOf('verify'), 'wait until what was deployed is visible, as on AWS'],
    ]);
    return `
${error.message}

The deployment failed as a first one on AWS would. Run the commands of step 3 of "Deploy it to two accounts" in README.md
(<api profile>: local-api, <account A>: 111111111111).
${preparing}`;
  }
}
