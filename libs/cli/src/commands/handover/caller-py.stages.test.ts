import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/*
 * The caller in Python against answers of API Gateway and STS. Their texts are those of AWS's documentation:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
 */

const hasBotocore = spawnSync('python3', ['-c', 'import botocore']).status === 0;
if (!hasBotocore) console.warn('python3 with botocore is not installed: the tests of caller.py did NOT run.');
const ifPython = hasBotocore ? test : test.skip;

const TOKEN = 'TOKEN-OF-THE-SESSION';
const mismatch = `The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.\n\nThe Canonical String for this request should have been\n'GET\n/dev/sender\n\nx-amz-security-token:${TOKEN}`;

let server: Server;
let answer: { status: number; headers: Record<string, string>; body: string };
beforeAll(async () => {
  server = createServer((_request, response) => {
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => server.close());

/** Runs the file as a caller's team does. @returns what it prints */
function run(given: typeof answer | undefined, variables: Record<string, string> = {}) {
  if (given !== undefined) answer = given;
  const { port } = server.address() as AddressInfo;
  const env = {
    PATH: process.env.PATH,
    API_URL: `http://127.0.0.1:${port}/dev`,
    API_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: TOKEN,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nowhere',
    AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
    AWS_MAX_ATTEMPTS: '1',
    ...variables,
  };
  const file = join(__dirname, 'caller.py');
  return new Promise<{ code: number | undefined; stdout: string; stderr: string }>((resolve) => {
    const child = execFile('python3', [file, 'GET', '/sender'], { env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? undefined, stdout, stderr }),
    );
  });
}

const json = { 'Content-Type': 'application/json', 'x-amzn-RequestId': 'request-1' };

ifPython('a refused call is one sentence with its reason and its request ID, and no traceback', async () => {
  const body = JSON.stringify({ Message: 'User: arn:aws:iam::1:user/a is not authorized' });
  const headers = { ...json, 'x-amzn-ErrorType': 'AccessDeniedException:http://internal.amazon.com/' };
  expect(await run({ status: 403, headers, body })).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'GET /sender: 403 AccessDeniedException: User: arn:aws:iam::1:user/a is not authorized\nRequest ID: request-1\n',
  });
});

ifPython('a problem document is told by its detail, and any other body as it is', async () => {
  const problem = { ...json, 'Content-Type': 'application/problem+json' };
  const body = JSON.stringify({ title: 'Conflict', status: 409, detail: 'It exists.' });
  expect((await run({ status: 409, headers: problem, body })).stderr).toBe(
    'GET /sender: 409 Conflict: It exists.\nRequest ID: request-1\n',
  );
  expect((await run({ status: 502, headers: {}, body: 'no gateway' })).stderr).toBe(
    'GET /sender: 502 Bad Gateway: no gateway\nRequest ID: None\n',
  );
});

ifPython(
  'what AWS quotes of a request with a wrong signature, a token among it, is not printed',
  async () => {
    const headers = { ...json, 'x-amzn-ErrorType': 'InvalidSignatureException' };
    const ofApi = await run({ status: 403, headers, body: JSON.stringify({ message: mismatch }) });
    expect(ofApi.stderr).toMatch(
      /^GET \/sender: 403 InvalidSignatureException: The request signature .* signing method\.\nRequest ID: request-1\n$/,
    );
    const body = `<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>${mismatch}</Message></Error><RequestId>sts-1</RequestId></ErrorResponse>`;
    const { port } = server.address() as AddressInfo;
    const ofSts = await run(
      { status: 403, headers: { 'Content-Type': 'text/xml' }, body },
      {
        INVOKE_ROLE_ARN: 'arn:aws:iam::111111111111:role/invoke',
        EXTERNAL_ID: 'id',
        AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${port}`,
      },
    );
    expect(ofSts.stderr).toMatch(/^AssumeRole was refused: .*SignatureDoesNotMatch.*\nRequest ID: sts-1\n$/);
    expect(ofApi.stderr + ofSts.stderr).not.toContain(TOKEN);
  },
);

ifPython('a connection that fails, and credentials that are not there, are named', async () => {
  expect((await run(undefined, { API_URL: 'http://127.0.0.1:1/dev' })).stderr).toMatch(
    /^GET \/sender: no answer from http:\/\/127\.0\.0\.1:1\/dev: .*refused\n$/,
  );
  const none = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_SESSION_TOKEN: '' };
  expect((await run(undefined, none)).stderr).toBe(
    'There are no AWS credentials. Run this with those of your role.\n',
  );
  const role = { INVOKE_ROLE_ARN: 'arn:aws:iam::111111111111:role/invoke', EXTERNAL_ID: 'id' };
  expect((await run(undefined, { ...role, AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1' })).stderr).toMatch(
    /^No credentials: Could not connect to the endpoint URL: "http:\/\/127\.0\.0\.1:1\/"\n$/,
  );
});

ifPython('an answer is printed as JSON, also one without a body', async () => {
  expect(await run({ status: 200, headers: json, body: '{"a": [1]}' })).toEqual({
    code: 0,
    stdout: '{"a": [1]}\n',
    stderr: '',
  });
  expect(await run({ status: 204, headers: {}, body: '' })).toEqual({ code: 0, stdout: '""\n', stderr: '' });
});
