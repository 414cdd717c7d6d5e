import { lambdaFixture } from '../fixtures.ts';

// A server that is going to be killed: it reports the processes of a frozen function, of a running one, and of a
// process that the frozen one has started.
const lambda = lambdaFixture();
await lambda.deploy(
  'frozen',
  `const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
   exports.handler = async () => ({ pids: [process.pid, child.pid], folder: require('node:path').resolve(__dirname, '../..') });`,
);
await lambda.deploy(
  'running',
  `exports.handler = async () => { process.stdout.write('PID ' + process.pid + '\\n'); for (;;); }`,
  { Timeout: 60 },
);
const frozen = (await lambda.invoke('frozen')).json;
void lambda.invoke('running');
const line = () => lambda.logged.get('/aws/lambda/running')?.find((text) => text.startsWith('PID '));
// The handler writes its line and then never yields; the log still comes through.
while (line() === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
const running = Number(line()?.slice(4));
process.stdout.write(`${JSON.stringify({ ...frozen, pids: [...frozen.pids, running] })}\n`);
