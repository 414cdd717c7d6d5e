import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalAws } from '@cross-account-api/local-aws';
import { startLoadGenerator } from './load-process.ts';
import { deployMockApi } from './mock-api.ts';

/**
 * Measures how long one request takes from when it was read until its response is ready, in ms: routing, signature, decision on
 * identity and resource policy, MOCK integration, trace. Runs in this process, one request at a time.
 * @param milliseconds how long to measure, after a warm-up of the same length
 */
export async function measureDecisionCost(milliseconds: number): Promise<readonly number[]> {
  const root = await mkdtemp(join(tmpdir(), 'local-aws-bench-'));
  const aws = await startLocalAws({ root, port: 0 });
  const load = startLoadGenerator();
  try {
    const keys = aws.directory.administrator('111111111111');
    const { accessKeyId, secretAccessKey } = keys;
    const api = await deployMockApi(aws.url, keys);
    const order = {
      ...api,
      port: aws.instance.port,
      keys: { accessKeyId, secretAccessKey },
      connections: 1,
      milliseconds,
    };
    await load.run(order);
    const durations: number[] = [];
    const stop = aws.trace.subscribe((event) => {
      if (event.service === 'execute-api') durations.push(event.durationMs);
    });
    const { failures } = await load.run(order);
    stop();
    if (Object.keys(failures).length > 0) {
      throw new Error(`Signed requests were refused: ${JSON.stringify(failures)}`);
    }
    return durations;
  } finally {
    load.close();
    await aws.close();
    await rm(root, { recursive: true, force: true });
  }
}
