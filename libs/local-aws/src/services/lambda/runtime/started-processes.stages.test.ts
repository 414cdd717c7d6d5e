import { isAlive, type LambdaFixture, lambdaFixture, until } from '../lambda.testing.ts';
import { deploy, loggedPid, source, testWays, WAYS } from './started-processes.testing.ts';

// started-processes.slow.test.ts has the other ways.
testWays([
  'by spawn',
  'as an orphan with its own environment',
  'from a worker thread',
  'without a mark, in the group of a marked process',
]);

let lambda: LambdaFixture;
beforeEach(() => {
  lambda = lambdaFixture();
});
afterEach(() => lambda.service.close());

test('a process without a mark, in a session without marks, ends if its parent lives', async () => {
  await deploy(
    lambda,
    'worker',
    source(
      `spawn('/bin/sh', ['-c', 'exec env -i sleep 1000'], { detached: true, stdio: 'ignore' }).pid`,
      'for (;;);',
    ),
    { Timeout: 2 },
  );
  expect((await lambda.invoke('worker')).json.errorType).toBe('Sandbox.Timedout');
  await until(() => loggedPid(lambda) > 0 && !isAlive(loggedPid(lambda)));
});

test('a process ends when its environment is no longer needed, and other environments live on', async () => {
  const start = source(WAYS['by spawn']);
  await deploy(lambda, 'worker', start);
  await deploy(lambda, 'other', start);
  const child: number = (await lambda.invoke('worker')).json;
  const other: number = (await lambda.invoke('other')).json;
  await lambda.request('DELETE /2015-03-31/functions/worker');
  await until(() => !isAlive(child));
  expect(isAlive(other)).toBe(true);
});
