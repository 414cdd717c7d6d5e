import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { nodeFlags, projectRoot } from '../../lib/project.ts';
import type { Keys } from '../call-api.testing.ts';
import { createCallerRole } from '../caller-role.testing.ts';
import { deployPackages } from '../packaged-pair.testing.ts';
import { hasBoto3 } from '../python.testing.ts';
import { API_ACCOUNT, apiOutput, CALLER_ACCOUNT, startTestBed, type TestBed } from '../test-bed.testing.ts';

const ROLE = 'team/billing';
const ROLE_ARN = `arn:aws:iam::${CALLER_ACCOUNT}:role/${ROLE}`;
const INVOKE_ROLE = 'cross-account-api-local-invoke.billing';
const callers = {
  billing: {
    accountId: CALLER_ACCOUNT,
    roleName: ROLE,
    externalId: 'billing-id',
    routes: ['GET /whoami', 'POST /messages'],
  },
};
const examples = join(projectRoot, 'libs/signed-fetch/examples');

let bed: TestBed;
let folder: string;
let keys: Keys;
/** The variables that point a program at local AWS and the API. They hold no credentials. */
let environment: Readonly<Record<string, string | undefined>>;
beforeAll(async () => {
  bed = await startTestBed({ sample: true });
  folder = await mkdtemp(join(tmpdir(), 'outside-lambda-'));
  await writeFile(join(bed.project.root, 'services/stages.yml'), JSON.stringify({ local: { callers } }));
  await deployPackages(bed);
  const invokeRoleArn = await apiOutput(bed, 'InvokeRoleBillingArn');
  keys = await createCallerRole(bed, ROLE, {
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: invokeRoleArn },
  });
  environment = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    NO_COLOR: '1',
    ...bed.aws.environment(),
    AWS_PROFILE: undefined,
    API_URL: await apiOutput(bed, 'ApiUrl'),
    API_REGION: 'us-east-1',
    INVOKE_ROLE_ARN: invokeRoleArn,
    EXTERNAL_ID: 'billing-id',
  };
});
afterAll(async () => {
  await bed?.close();
  await rm(folder, { recursive: true, force: true });
});

const withKeys = () => ({
  ...environment,
  AWS_ACCESS_KEY_ID: keys.accessKeyId,
  AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
  AWS_SESSION_TOKEN: keys.sessionToken,
});

/** Runs a program until it ends by itself. */
function run(
  program: string,
  args: readonly string[],
  env: typeof environment,
): Promise<{ readonly failed: boolean; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { env }, (error, stdout, stderr) =>
      resolve({ failed: error !== null, stdout, stderr }),
    );
  });
}

const runScript = (env: typeof environment) =>
  run(process.execPath, [...nodeFlags, join(examples, 'script.ts')], env);

describe('a script', () => {
  test('calls with the credentials of the shell, and ends', async () => {
    const { failed, stdout, stderr } = await runScript(withKeys());
    expect({ failed, stderr }).toEqual({ failed: false, stderr: '' });
    expect(stdout).toContain("received: { foo: 'bar' }");
    expect(stdout).toContain(`roleName: '${INVOKE_ROLE}'`);
  });

  test('calls with the credentials of a profile, which assumes the role', async () => {
    const config = join(folder, 'config');
    await writeFile(config, `[profile billing]\nrole_arn = ${ROLE_ARN}\nsource_profile = local-caller\n`);
    const { failed, stdout, stderr } = await runScript({
      ...environment,
      AWS_CONFIG_FILE: config,
      AWS_PROFILE: 'billing',
    });
    expect({ failed, stderr }).toEqual({ failed: false, stderr: '' });
    expect(stdout).toContain(`roleName: '${INVOKE_ROLE}'`);
  });

  test('without credentials ends with an error that says what to check', async () => {
    const { failed, stderr } = await runScript(environment);
    expect(failed).toBe(true);
    expect(stderr).toContain('CredentialsUnavailable');
    expect(stderr).toContain("The program's own credentials did not come, so STS was not asked");
  });
});

describe('a container', () => {
  const TOKEN = 'container-token';
  /** As the endpoint of ECS and of EKS Pod Identity: it gives the credentials of the task's or the pod's role. */
  const endpoint = createServer((incoming, response) => {
    if (incoming.headers.authorization !== TOKEN) {
      response.writeHead(401).end();
      return;
    }
    response.end(
      JSON.stringify({
        AccessKeyId: keys.accessKeyId,
        SecretAccessKey: keys.secretAccessKey,
        Token: keys.sessionToken,
        Expiration: new Date(Date.now() + 3_600_000).toISOString(),
      }),
    );
  });
  let container: ChildProcess;
  let socketPath: string;
  let output = '';
  beforeAll(async () => {
    await once(endpoint.listen(0, '127.0.0.1'), 'listening');
    // A Unix socket instead of a port, which another program could take.
    socketPath = join(folder, 'container');
    container = spawn(process.execPath, [...nodeFlags, join(examples, 'container.ts')], {
      env: {
        ...environment,
        PORT: socketPath,
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: TOKEN,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [container.stdout, container.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
  });
  afterAll(async () => {
    bed.aws.faults.clear();
    container.kill();
    await once(container, 'close');
    endpoint.close();
    endpoint.closeAllConnections();
  });

  /** Calls the container as its users do, once it listens. */
  async function visit(): Promise<{ readonly status: number | undefined; readonly body: unknown }> {
    for (;;) {
      const outgoing = request({ socketPath, path: '/' }).end();
      try {
        const [response] = await once(outgoing, 'response');
        return { status: response.statusCode, body: await json(response) };
      } catch (error) {
        if (container.exitCode !== null) throw new Error(output, { cause: error });
        await setTimeout(20);
      }
    }
  }

  const success = { status: 200, body: { caller: { accountId: API_ACCOUNT, roleName: INVOKE_ROLE } } };
  const sessions = () =>
    bed.aws
      .calls()
      .filter(({ operation, principal }) => operation === 'AssumeRole' && principal?.includes('billing'));

  const refusals = () => bed.aws.calls().filter(({ status }) => status >= 400);

  test('calls with the credentials of its endpoint, and asks STS once for many requests', async () => {
    const before = sessions().length;
    for (const answer of await Promise.all(Array.from({ length: 20 }, visit))) {
      expect(answer).toMatchObject(success);
    }
    await visit();
    expect(sessions()).toHaveLength(before + 1);
  });

  test('gets new credentials before the old ones expire, while it works and after it was idle', async () => {
    bed.aws.faults.set({ maxSessionSeconds: 2 });
    bed.aws.localAws.directory.endSessions(environment.INVOKE_ROLE_ARN ?? '', 'expire');
    expect(await visit()).toMatchObject(success);

    const [before, refused] = [sessions().length, refusals().length];
    for (; sessions().length < before + 3; await setTimeout(50)) {
      expect(await visit()).toMatchObject(success);
    }
    await setTimeout(2_500);
    expect(await visit()).toMatchObject(success);
    expect(refusals()).toHaveLength(refused);
  });
});

(hasBoto3 ? describe : describe.skip)('Python with boto3', () => {
  const python = (...args: string[]) =>
    run('python3', [join(projectRoot, 'libs/cli/src/commands/handover/caller.py'), ...args], withKeys());

  test('assumes the role and sends a signed message', async () => {
    const { failed, stdout, stderr } = await python('POST', '/messages', '{"foo": "bar"}');
    expect({ failed, stderr }).toEqual({ failed: false, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      received: { foo: 'bar' },
      caller: { roleName: INVOKE_ROLE, sessionName: 'python' },
    });
  });
});
