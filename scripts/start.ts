import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalAws } from '@cross-account-api/local-aws';
import { STATE_DIRECTORY } from '@cross-account-api/local-aws/state-directory';
import pc from 'picocolors';
import { readNumber, runCommand } from './lib/command-line.ts';
import { listenForInterruption } from './lib/interruption.ts';
import { openInBrowser } from './lib/open-browser.ts';
import { terminalPalette } from './lib/palette.ts';
import { projectRoot } from './lib/project.ts';
import { sls, slsFailure } from './lib/sls.ts';
import { createSteps, StepFailed } from './lib/steps.ts';

/** Leads the browser to the console. */
const browserFile = join(projectRoot, STATE_DIRECTORY, 'console.html');

const SOFT =
  'Soft mode: calls that AWS would refuse are let through, and marked with "!". npm run explain says why, and what to change.';

const ENDING = '\nCtrl-C ends it, and everything that is deployed to it.\n';

await runCommand(
  'start',
  'Runs local AWS in the foreground, with both services deployed. Ctrl-C ends it.',
  {
    port: {
      type: 'string',
      value: 'N',
      description: 'The port to listen on (default 4566; 0 takes a free one)',
    },
    'fresh-accounts': {
      type: 'boolean',
      description:
        'Accounts as AWS hands them out, without a role for access logs: the first deployment fails as it would on AWS',
    },
    organization: {
      type: 'string',
      value: 'FILE',
      description:
        'A JSON or YAML file with an AWS organization: its ID, and the service and resource control policies of the accounts, which are enforced (example: libs/local-aws/examples/organization.yml)',
    },
    open: { type: 'boolean', description: 'Opens the console in the browser' },
    soft: {
      type: 'boolean',
      description: 'Lets calls through that AWS would refuse, and marks them. Signatures are still checked',
    },
    quiet: { type: 'boolean', description: 'Does not print the calls' },
  },
  async ({
    'fresh-accounts': freshAccounts = false,
    organization,
    open = false,
    soft = false,
    quiet = false,
    ...options
  }) => {
    const port = readNumber('port', options.port, { default: 4566, min: 0, max: 65_535 });
    const stop = listenForInterruption();
    const steps = createSteps();
    const aws = await steps.run('Start local AWS, two accounts', async () => {
      const { startLocalAws, createCallLog } = await import('@cross-account-api/local-aws');
      const running = await startLocalAws({
        ...{ port, root: projectRoot, freshAccounts, soft },
        ...(organization !== undefined && { organization }),
      });
      return { ...running, createCallLog };
    });
    const calls = aws.createCallLog({
      palette: terminalPalette,
      width: () => process.stdout.columns ?? 80,
      print: (line) => process.stdout.write(`${line}\n`),
    });
    if (soft) process.stdout.write(`  ${pc.yellow(SOFT)}\n`);
    if (aws.note !== undefined) process.stdout.write(`  ${pc.dim(aws.note)}\n`);
    try {
      const deploy = steps.run('sls deploy --stage local', async () => {
        const result = await sls(['deploy', '--stage', 'local'], {
          cwd: projectRoot,
          localAwsRoot: projectRoot,
          signal: stop,
        });
        if (result.exitCode !== 0 && !stop.aborted) throw new Error(slsFailure(result));
      });
      const next = await deploy.then(
        () => whatToTry,
        (error: unknown) => {
          if (!freshAccounts || !(error instanceof StepFailed)) throw error;
          process.stdout.write(`\n${error.message}\n`);
          return howToPrepareAccounts;
        },
      );
      if (!stop.aborted) process.stdout.write(next(aws));
      if (open && !stop.aborted) {
        await openInBrowser(aws.consoleUrl, browserFile).catch((error: unknown) => {
          process.stdout.write(`  ${pc.dim(`Open the URL yourself: ${String(error)}`)}\n`);
        });
      }
      if (!quiet && !stop.aborted) {
        process.stdout.write('\nCalls (--quiet leaves them out):\n\n');
        aws.trace.subscribe(calls.record);
      }
      await new Promise<void>((resolve) => {
        if (stop.aborted) resolve();
        stop.addEventListener('abort', () => resolve());
      });
      process.stdout.write('\n');
      return 0;
    } finally {
      calls.close();
      await rm(browserFile, { force: true });
      await aws.close();
    }
  },
);

type Running = Pick<LocalAws, 'url' | 'consoleUrl'>;

function whatToTry(aws: Running): string {
  return [
    whereItRuns(aws, '.'),
    '\nIn a second terminal:\n\n',
    command('npx sls caller:invoke -f caller --stage local', 'account B calls account A'),
    command('npx sls deploy --stage local', 'deploy what you changed'),
    command('npx sls caller:logs --stage local', 'what the function logged'),
    command('npm run explain', 'why the last request was refused'),
    command('source .local-aws/env && aws sts get-caller-identity', 'any AWS tool works'),
    ENDING,
  ].join('');
}

function howToPrepareAccounts(aws: Running): string {
  return [
    whereItRuns(aws, ', and this deployment failed as a first one on AWS would.'),
    '\nIn a second terminal,\n',
    'run the commands of step 3 of "Deploy it to two accounts" in README.md (<api profile>: local-api, <account A>:\n',
    '111111111111):\n\n',
    command('source .local-aws/env', 'so that the AWS CLI reaches local AWS'),
    command('aws iam create-role …', 'and the other two commands'),
    command('npx sls deploy --stage local', 'deploy again'),
    ENDING,
  ].join('');
}

function whereItRuns({ url, consoleUrl }: Running, end: string): string {
  return `\nLocal AWS runs at ${pc.cyan(url)}${end} Its console:\n  ${pc.cyan(consoleUrl)}\n`;
}

function command(text: string, why: string): string {
  return `  ${pc.bold(text.padEnd(64))} ${pc.dim(why)}\n`;
}
