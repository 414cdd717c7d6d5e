import { enableCompileCache } from 'node:module';
import { compileCache } from '../lib/command-line.ts';

// Local AWS in a process of its own, as `npm start` has it, for measuring: it says what it uses when it is asked.
const root = process.argv[2];
if (root === undefined || process.send === undefined) {
  throw new Error('This is started by npm run bench:local-aws, with a folder and an IPC channel.');
}
enableCompileCache(compileCache);
const { startLocalAws } = await import('@cross-account-api/local-aws');
const aws = await startLocalAws({ root, port: 0 });
const tell = (message: object) => process.send?.(message);
process.on('message', (message) => {
  if (message === 'usage') {
    const { user, system } = process.cpuUsage();
    tell({ cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() });
  } else {
    aws.close().then(() => process.exit(0));
  }
});
process.on('disconnect', () => process.exit(1));
tell({
  url: aws.url,
  credentials: Object.fromEntries(
    aws.instance.accounts.map(({ accountId }) => {
      const { accessKeyId, secretAccessKey } = aws.directory.administrator(accountId);
      return [accountId, { accessKeyId, secretAccessKey }];
    }),
  ),
});
