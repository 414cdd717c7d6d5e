import { execFileSync } from 'node:child_process';
import { StorageFailures } from '../../../temporary/index.ts';
import { startEngine } from '../../dynamodb/dynalite/engine.ts';
import { lambdaFixture, scope } from '../lambda.testing.ts';

// A server that the test kills. It has tables, and reports the process IDs of a frozen function, of its children, of a running
// function and of the watchdog. One child has its own process group, with a process that has no environment.
const lambda = lambdaFixture();
await startEngine(scope, new StorageFailures('DynamoDB', () => {}));
await lambda.deploy(
  'frozen',
  `const { spawn } = require('node:child_process');
   const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
   const detached = spawn('/bin/sh', ['-c', 'env -i sleep 1000 & echo $!; wait'], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
   const unmarked = new Promise((resolve) => detached.stdout.once('data', (chunk) => resolve(Number(chunk))));
   exports.handler = async () => ({ pids: [process.pid, child.pid, detached.pid, await unmarked], folder: require('node:path').resolve(__dirname, '..') });`,
);
await lambda.deploy(
  'running',
  `exports.handler = async () => { process.stdout.write('PID ' + process.pid + '\\n'); for (;;); }`,
  { Timeout: 60 },
);
const frozen = (await lambda.invoke('frozen')).json;
void lambda.invoke('running');
const line = () => lambda.logged.get('/aws/lambda/running')?.find((text) => text.startsWith('PID '));
// The handler writes its line and then never yields. The log still arrives.
while (line() === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
const running = Number(line()?.slice(4));
const watchdog = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], {
  encoding: 'utf8',
  maxBuffer: 2 ** 26,
})
  .split('\n')
  .map((entry) => entry.trim().split(/\s+/))
  .find(([, parent, command]) => parent === String(process.pid) && command === '/bin/sh');
process.stdout.write(
  `${JSON.stringify({ ...frozen, pids: [...frozen.pids, running], watchdog: Number(watchdog?.[0]) })}\n`,
);
