import type { LocalAws } from '@cross-account-api/local-aws';
import { createTemporaryFolder } from '@cross-account-api/local-aws/temporary';
import type { Steps } from '../steps.ts';
import { deployPair, type PairDeployment } from './deploy-pair.ts';
import { seedLocalAws } from './seed.ts';

/** A new local AWS, with both services deployed. */
export interface StartedPair extends AsyncDisposable {
  readonly aws: LocalAws;
  /** The folder of its state directory. */
  readonly localAwsRoot: string;
  /** The copy of the project that is deployed. */
  readonly projectRoot: string;
}

/**
 * Starts local AWS on a free port, runs the setting `seed`, and deploys both services, with the real Serverless CLI.
 * @param signal ends the deployment
 * @param settings of stage `local` that differ from its defaults
 * @throws StepFailed
 */
export async function startPair(
  steps: Steps,
  signal: AbortSignal,
  settings: PairDeployment['settings'] = {},
): Promise<StartedPair> {
  await using stack = new AsyncDisposableStack();
  const { aws, localAwsRoot } = await steps.run('Start local AWS, two accounts', async () => {
    const { startLocalAws } = await import('@cross-account-api/local-aws');
    const folder = await createTemporaryFolder('root');
    stack.defer(folder.close);
    const started: LocalAws = await startLocalAws({ port: 0, root: folder.path });
    stack.defer(() => started.close());
    return { aws: started, localAwsRoot: folder.path };
  });
  const { seed } = settings;
  if (typeof seed === 'string') await steps.run(seed, () => seedLocalAws(seed, localAwsRoot, signal));
  const projectRoot = await steps.run('sls deploy --stage local', async () => {
    const project = await deployPair({ localAwsRoot, signal, settings });
    stack.defer(() => project.remove());
    return project.root;
  });
  const running = stack.move();
  return {
    aws,
    localAwsRoot,
    projectRoot,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
