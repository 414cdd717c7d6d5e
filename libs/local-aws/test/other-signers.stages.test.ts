import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { pythonWith } from './python.testing.ts';
import { A, type Running, startRunning } from './running.testing.ts';
import type { Keys } from './sign.testing.ts';
import { apiResources } from './template.testing.ts';

/*
 * Real programs that sign otherwise than AWS's SDKs, and know nothing of local AWS: they call the API's own URL.
 */

/** Sends a POST for each given way, signs it with aws_requests_auth, and prints status, body and signed headers as lines of JSON. */
const program = `
import json, os, requests, sys
from aws_requests_auth.aws_auth import AWSRequestsAuth
url, region = sys.argv[1:]
keys = json.loads(os.environ['KEYS'])
token = keys.get('sessionToken')
ways = [({}, {})] if token is None else [({}, {'x-amz-security-token': token}), ({'aws_token': token}, {})]
for options, headers in ways:
    auth = AWSRequestsAuth(aws_access_key=keys['accessKeyId'], aws_secret_access_key=keys['secretAccessKey'],
                           aws_host=url.split('/')[2], aws_region=region, aws_service='execute-api', **options)
    answer = requests.post(url, json={'foo': 'bar'}, headers=headers, auth=auth)
    signed = answer.request.headers['Authorization'].split('SignedHeaders=')[1].split(',')[0]
    print(json.dumps([answer.status_code, answer.json(), signed]))
`;

const python = pythonWith(['requests', 'aws_requests_auth.aws_auth'], 'the tests of its signatures');
const hasCurl = /--aws-sigv4/.test(spawnSync('curl', ['--help', 'all'], { encoding: 'utf8' }).stdout ?? '');
if (!hasCurl) console.warn('curl with --aws-sigv4 (7.75) is not installed: its tests did NOT run.');

let running: Running;
let url: string;
beforeAll(async () => {
  running = await startRunning();
  const { Api = '' } = await running.deploy(A, 'signers', {
    Resources: apiResources('Api', [{ route: 'POST /messages' }]),
    Outputs: { Api: { Value: { Ref: 'Api' } } },
  });
  url = `https://${Api}.execute-api.us-east-1.amazonaws.com/dev/messages`;
});
afterAll(async () => {
  await running?.close();
  expect(running?.defects).toEqual([]);
});

/** Runs a program with the proxy and the CA of local AWS. @returns what it printed */
async function run(command: string, args: readonly string[], variables: Record<string, string> = {}) {
  const env = { ...process.env, ...running.aws.environment(), ...variables };
  const { stdout } = await promisify(execFile)(command, args, { env });
  return stdout;
}

/** Calls the API with aws_requests_auth. */
async function viaPython(keys: Keys) {
  const KEYS = JSON.stringify(keys);
  const output = await run(python ?? '', ['-W', 'ignore', '-c', program, url, 'us-east-1'], { KEYS });
  return output
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}

const ifPython = python === undefined ? test.skip : test;
const ifCurl = hasCurl ? test : test.skip;

ifPython(
  'An API takes requests of aws_requests_auth, whether or not it signs the session token.',
  async () => {
    expect(await viaPython(running.administratorSession(A))).toEqual([
      [200, { mock: true }, 'host;x-amz-date'],
      [200, { mock: true }, 'host;x-amz-date;x-amz-security-token'],
    ]);
    expect(await viaPython(running.administrator(A))).toEqual([[200, { mock: true }, 'host;x-amz-date']]);
  },
);

ifPython('An API refuses a request of aws_requests_auth with the session token of another key.', async () => {
  const { sessionToken = '' } = running.administratorSession(A);
  const keys = { ...running.administratorSession(A), sessionToken };
  const invalid = [403, { message: 'The security token included in the request is invalid.' }];
  expect(await viaPython(keys)).toEqual([
    [...invalid, 'host;x-amz-date'],
    [...invalid, 'host;x-amz-date;x-amz-security-token'],
  ]);
});

ifCurl('An API takes requests of curl, with and without a session token.', async () => {
  for (const keys of [running.administrator(A), running.administratorSession(A)]) {
    const { accessKeyId, secretAccessKey, sessionToken } = keys;
    const token = sessionToken === undefined ? [] : ['--header', `x-amz-security-token: ${sessionToken}`];
    const signing = [
      '--aws-sigv4',
      'aws:amz:us-east-1:execute-api',
      '--user',
      `${accessKeyId}:${secretAccessKey}`,
    ];
    const json = ['--header', 'content-type: application/json', '--data', '{"foo":"bar"}'];
    const answer = await run('curl', ['-sS', ...signing, ...token, ...json, url]);
    expect(JSON.parse(answer)).toEqual({ mock: true });
  }
});
