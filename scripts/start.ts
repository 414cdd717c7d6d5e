import pc from 'picocolors';
import { readNumber, runCommand } from './support/command-line.ts';
import { projectRoot } from './support/project.ts';
import { sls, slsFailure } from './support/sls.ts';
import { createSteps } from './support/steps.ts';

await runCommand(
  'start',
  'Runs local AWS in the foreground, with both services deployed. Ctrl-C ends it.',
  {
    port: {
      type: 'string',
      value: 'N',
      description: 'The port to listen on (default 4566; 0 takes a free one)',
    },
  },
  async (options) => {
    const port = readNumber('port', options.port, { default: 4566, min: 0, max: 65_535 });
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
    const steps = createSteps();
    const aws = await steps.run('Start local AWS, two accounts', async () => {
      const { startLocalAws } = await import('@cross-account-api/local-aws');
      return startLocalAws({ port, root: projectRoot });
    });
    if (aws.note !== undefined) process.stdout.write(`  ${pc.dim(aws.note)}\n`);
    try {
      await steps.run('sls deploy --stage local', async () => {
        const result = await sls(['deploy', '--stage', 'local'], {
          cwd: projectRoot,
          localAwsRoot: projectRoot,
          signal: stop.signal,
        });
        if (result.exitCode !== 0 && !stop.signal.aborted) throw new Error(slsFailure(result));
      });
      if (!stop.signal.aborted) process.stdout.write(whatToTry(aws.url));
      await new Promise<void>((resolve) => {
        if (stop.signal.aborted) resolve();
        stop.signal.addEventListener('abort', () => resolve());
      });
      process.stdout.write('\n');
      return 0;
    } finally {
      await aws.close();
    }
  },
);

function whatToTry(url: string): string {
  const command = (text: string, why: string) => `  ${pc.bold(text.padEnd(64))} ${pc.dim(why)}\n`;
  return [
    `\nLocal AWS runs at ${pc.cyan(url)}. In a second terminal:\n\n`,
    command('(cd services/caller && npx sls invoke -f caller --stage local)', 'account B calls account A'),
    command('npx sls deploy --stage local', 'deploy what you changed'),
    command('(cd services/caller && npx sls logs -f caller --stage local)', 'what the function logged'),
    command('npm run explain', 'why the last request was refused'),
    command('source .local-aws/env && aws sts get-caller-identity', 'any AWS tool works'),
    `\nCtrl-C ends it, and everything that is deployed to it.\n`,
  ].join('');
}
