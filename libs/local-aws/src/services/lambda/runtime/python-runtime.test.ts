import { spawnSync } from 'node:child_process';
import { storedZip } from '../code/stored-zip.ts';
import { type LambdaFixture, lambdaFixture } from '../lambda.testing.ts';

/*
 * Functions in Python, on any Python of this machine: they need the standard library only. Expected texts are those of AWS's runtime
 * (https://github.com/aws/aws-lambda-python-runtime-interface-client, bootstrap.py).
 */

const python = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8',
}).stdout?.trim();
if (!python) console.warn('python3 is not installed: the tests of functions in Python did NOT run.');
const ifPython = python ? test : test.skip;

let lambda: LambdaFixture;
beforeAll(() => {
  lambda = lambdaFixture({ processEnvironment: { LOCAL_AWS_PYTHON: python } });
});
afterAll(() => lambda.service.close());

ifPython('A function in Python gets the event, and its result is the answer.', async () => {
  const source = 'def handler(event, context):\n  return {"got": event, "é": None}';
  await lambda.deploy('echo', '', {
    Runtime: 'python3.13',
    Handler: 'app.handler',
    // The machine may be busy.
    Timeout: 30,
    Code: { ZipFile: storedZip({ 'app.py': source }).toString('base64') },
  });
  expect((await lambda.invoke('echo', { a: [1, 'ü', '\n'] })).json).toEqual({
    got: { a: [1, 'ü', '\n'] },
    é: null,
  });
});
