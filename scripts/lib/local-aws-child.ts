import { startLocalAws } from '@cross-account-api/local-aws';
import type { FromLocalAws, ToLocalAws } from './local-aws-process.ts';

/**
 * Runs local AWS in a process that `startLocalAwsProcess` has started: starts as `npm start` does, reports the resources that
 * the process uses, and ends with its parent.
 */
async function serveLocalAws(): Promise<void> {
  const [, , root] = process.argv;
  if (root === undefined || process.send === undefined) {
    throw new Error('This script needs a folder and an IPC channel. Run npm run bench:local-aws.');
  }
  const aws = await startLocalAws({ root, port: 0 });
  const send = (message: FromLocalAws) => process.send?.(message);
  const end = () => void aws.close().then(() => process.exit(0));

  process.on('message', (message: ToLocalAws) => {
    if (message === 'close') return end();
    if (message === 'usage after garbage collection') globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed, external } = process.memoryUsage();
    const usage = { cpuMs: (user + system) / 1000, rssBytes: rss, usedBytes: heapUsed + external };
    send({ type: 'usage', usage });
  });
  // Ctrl-C reaches this process too. Its parent ends it.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
  process.on('disconnect', end);
  const administrators = aws.instance.accounts.map(({ accountId }) => {
    const { accessKeyId, secretAccessKey } = aws.directory.administrator(accountId);
    return [accountId, { accessKeyId, secretAccessKey }] as const;
  });
  const { url, region } = aws.instance;
  send({ type: 'started', url, region, credentials: Object.fromEntries(administrators) });
}

await serveLocalAws();
