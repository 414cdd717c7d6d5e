/** A process that is nothing but a local AWS, so that its memory is its own. Its parent: local-aws-process.ts. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startLocalAws } from '@cross-account-api/local-aws';
import type { FromLocalAws, ToLocalAws } from './local-aws-process.ts';
import { observe } from './observed-event.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');
const aws = await startLocalAws({ port: 0, root: process.argv[2] ?? '' });
const tell = (message: FromLocalAws) => process.send?.(message);

aws.trace.subscribe((event) => {
  const observed = observe(event, aws.directory);
  if (observed !== undefined) tell({ type: 'event', event: observed });
});
process.on('message', ({ type, id }: ToLocalAws) => {
  if (type === 'close') {
    void aws.close().then(() => process.disconnect());
    return;
  }
  if (type === 'heap' && typeof collectGarbage === 'function') collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  tell({ type: 'done', id, bytes: heapUsed + external });
});
// Ctrl-C reaches this process too; its parent decides when it ends.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('disconnect', () => void aws.close());

tell({
  type: 'started',
  url: aws.url,
  region: aws.instance.region,
  administrators: aws.instance.accounts.map(({ profile, accountId }) => {
    const { accessKeyId, secretAccessKey } = aws.directory.administrator(accountId);
    return { profile, accessKeyId, secretAccessKey };
  }),
});
