import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type LocalAws, startLocalAws } from '@cross-account-api/local-aws';

const project = join(__dirname, '..');
const accountA = '111111111111';
const accountB = '222222222222';

jest.setTimeout(300_000);

let folder: string;
let aws: LocalAws;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pair-test-'));
  aws = await startLocalAws({ root: folder, port: 0 });
  await deploy();
});

afterAll(async () => {
  await aws?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Deploys a copy of the services, so the deployment of `npm start` does not change. */
async function deploy(): Promise<void> {
  await cp(join(project, 'services'), join(folder, 'services'), {
    recursive: true,
    filter: (source) => !['.serverless', '.esbuild'].includes(basename(source)),
  });
  for (const file of ['serverless-compose.yml', 'package.json', 'tsconfig.json']) {
    await cp(join(project, file), join(folder, file));
  }
  await symlink(join(project, 'node_modules'), join(folder, 'node_modules'));
  // Compose starts `serverless` by its name.
  const path = [join(project, 'node_modules/.bin'), process.env.PATH].join(delimiter);
  const env = { ...process.env, PATH: path, LOCAL_AWS_ROOT: folder };
  // The setting `seed` of services/stages.yml, if stage local has one.
  await promisify(execFile)('cross-account', ['seed'], { cwd: project, env });
  await promisify(execFile)('serverless', ['deploy', '--stage', 'local'], { cwd: folder, env });
}

/** Invokes a function, by default that of the caller, as account B's administrator. */
async function invoke(
  event: object,
  FunctionName = '__NAME__-caller-local',
): Promise<{ error: string | undefined; payload: unknown }> {
  const lambda = new LambdaClient({
    endpoint: aws.url,
    region: 'us-east-1',
    credentials: aws.directory.administrator(accountB),
  });
  try {
    const { FunctionError: error, Payload } = await lambda.send(
      new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }),
    );
    return { error, payload: JSON.parse(Payload?.transformToString() ?? 'null') };
  } finally {
    lambda.destroy();
  }
}

test('the caller sends a message and reads it: both accounts let it', async () => {
  const sent = await invoke({});
  expect(sent).toMatchObject({ payload: { status: 200, body: { received: { foo: 'bar' } } } });
  const { body } = sent.payload as { body: { id: string } };
  const read = await invoke({ operation: 'getMessage', input: { id: body.id } });
  expect(read).toMatchObject({ payload: { status: 200, body: { body: { foo: 'bar' } } } });
});

test('the functions behind the API are reached through it only: no policy lets account B invoke them', async () => {
  const messages = `arn:aws:lambda:us-east-1:${accountA}:function:__NAME__-api-local-messages`;
  await expect(invoke({}, messages)).rejects.toThrow('is not authorized to perform: lambda:InvokeFunction');
});
