import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { LocalAwsProcess } from '../lib/local-aws-process.ts';
import { copyProject } from '../lib/project.ts';
import { sls, slsFailure } from '../lib/sls.ts';

/** Deploys both services. */
export async function deployServices(server: LocalAwsProcess): Promise<void> {
  const project = await copyProject();
  try {
    const result = await sls(['deploy', '--stage', 'local'], {
      cwd: project.root,
      localAwsRoot: server.root,
    });
    if (result.exitCode !== 0) throw new Error(slsFailure(result));
  } finally {
    await project.remove();
  }
}

/** Invokes the function `caller`, which calls the other account. */
export interface Chain {
  /** @returns how long it took, in ms */
  invoke(): Promise<number>;
  close(): void;
}

/** The function `caller` of stage `local`. */
const FunctionName = 'cross-account-caller-local';

/** Makes a client for the deployed function. */
export function openChain(server: LocalAwsProcess): Chain {
  const credentials = server.credentials('222222222222');
  const client = new LambdaClient({ endpoint: server.url, region: 'us-east-1', credentials });
  return {
    async invoke() {
      const start = performance.now();
      const { FunctionError, Payload } = await client.send(
        new InvokeCommand({ FunctionName, Payload: '{}' }),
      );
      const elapsed = performance.now() - start;
      if (FunctionError !== undefined)
        throw new Error(`caller failed: ${Buffer.from(Payload ?? []).toString()}`);
      return elapsed;
    },
    close: () => client.destroy(),
  };
}
