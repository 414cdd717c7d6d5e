import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { fromIni } from '@aws-sdk/credential-providers';
import { startLocalAws } from '@cross-account-api/local-aws';
import { fileInZip, withFileInZip } from '@cross-account-api/local-aws/start';
import type { ProjectCopy } from '../../libs/cli/src/project/copy-project.ts';
import { copyPairProject } from '../../libs/cli/src/project/pair.testing.ts';
import { stageNames } from '../../libs/cli/src/project/stage-settings.ts';
import { runInProcess } from '../../libs/cli/src/run-in-process.testing.ts';
import { type RunningCommand, startCommand } from './command.testing.ts';
import { descendantsOf, survivors } from './processes.testing.ts';
import { edit } from './test-bed.testing.ts';
import { warmSls } from './warm-sls.testing.ts';

/** A caller that another team deploys, in an account of its own. */
const EXPORT = '333333333333';

/** With the profiles of all accounts. */
const SEED = `
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { fromIni } from '@aws-sdk/credential-providers';
for (const profile of ['local-api', 'local-caller']) {
  const ssm = new SSMClient({ credentials: fromIni({ profile }) });
  const Value = 'Seeded by ' + profile;
  await ssm.send(new PutParameterCommand({ Name: '/shop/description', Type: 'String', Value }));
}
const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
const iam = new IAMClient({ credentials: fromIni({ profile: 'local-${EXPORT}' }) });
await iam.send(
  new CreateRoleCommand({
    RoleName: 'export',
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
  }),
);
`;

const further = (accountId: string) => ({
  accountId,
  roleName: 'export',
  externalId: 'export-id',
  routes: ['GET /sender'],
});
const setLocal = (settings: object) =>
  writeFile(
    join(project.root, 'services/stages.yml'),
    JSON.stringify({ local: { seed: 'node seed.mjs', ...settings } }),
  );

let project: ProjectCopy;
let temporary: string;
let running: RunningCommand;
beforeAll(async () => {
  project = await copyPairProject();
  temporary = await mkdtemp(join(tmpdir(), 'start-'));
  await setLocal({ callers: { export: further(EXPORT) } });
  await writeFile(join(project.root, 'seed.mjs'), SEED);
  await edit(
    project,
    'services/caller/serverless.yml',
    /( +)handler: .*\n/,
    `    handler: src/caller.handler\n    description: \${ssm:/shop/description}\n`,
  );
  // A policy may trust another team's account, or one with a typing error.
  await edit(
    project,
    'services/api/serverless.yml',
    /^resources:\n/m,
    `resources:
  - Resources:
      Partner:
        Type: AWS::IAM::Role
        Properties:
          AssumeRolePolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Principal: { AWS: "arn:aws:iam::999999999999:role/partner" }
                Action: sts:AssumeRole
`,
  );
  const environment = { TMPDIR: temporary, LOCAL_AWS_ROOT: undefined };
  running = startCommand(project, 'start', ['--port', '0', '--watch', '--inspect=sender'], environment);
  await running.printed('Ctrl-C ends it');
});
afterAll(async () => {
  running?.interrupt();
  await running?.ended;
  await project?.remove();
  await rm(temporary, { recursive: true, force: true });
});

/** Runs a command that does not start. */
const start = (...args: readonly string[]) =>
  runInProcess(['start', ...args], project.root, { LOCAL_AWS_ROOT: undefined });

test('npm start runs the seed, deploys both services and prints the next steps', () => {
  const { stdout, stderr } = running.output();
  expect(stderr).toBe('');
  // The second depends on the first: the services have a parameter of Systems Manager.
  expect(stdout).toMatch(/✔ node seed\.mjs .*\n✔ sls deploy --stage local/);
  expect(stdout).toMatch(/Local AWS runs at http:\/\/127\.0\.0\.1:\d+\./);
  expect(stdout).toContain('(cd services/caller && npx sls invoke -f caller --stage local)');
});

test('npm start says that a policy trusts an account that local AWS does not have, as check does', async () => {
  expect(running.output().stdout).toMatch(
    /› .*Partner trusts account 999999999999, which local AWS does not have \(to add it: npm start -- --accounts 999999999999\)\./,
  );
  const { stdout } = await runInProcess(['check'], project.root, { LOCAL_AWS_ROOT: project.root });
  expect(stdout).toContain(
    'Partner of depot-local trusts account 999999999999, which local AWS does not have.',
  );
});

test.each(['12', '333333333333,', 'abc'])('--accounts "%s" is refused with the rule', async (ids) => {
  const { exitCode, stderr } = await start('--accounts', ids);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`--accounts ${ids}: `);
  expect(stderr).toContain('is not an account ID, which has twelve digits. Separate IDs by commas.');
});

test('the accounts of the settings exist, as the seed needs them, and one that is added later needs a new start', async () => {
  const run = (...args: readonly string[]) =>
    runInProcess(args, project.root, { LOCAL_AWS_ROOT: project.root });
  // The seed has made a role with the profile of this account.
  expect(await readFile(join(project.root, '.local-aws/credentials'), 'utf8')).toContain(`[local-${EXPORT}]`);
  const later = '555555555555';
  await setLocal({ apiAccountId: later });
  try {
    const sentences = `Local AWS was started without account ${later}. End it, and start it again: npm start`;
    const explained = await run('explain', '--stage', 'local');
    expect(explained).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(sentences) });
    const deployed = await warmSls(['deploy', '--stage', 'local'], {
      cwd: join(project.root, 'services/api'),
      environment: { LOCAL_AWS_ROOT: project.root },
    });
    expect(deployed.exitCode).toBe(1);
    expect(deployed.stdout + deployed.stderr).toContain(sentences);
  } finally {
    await setLocal({ callers: { export: further(EXPORT) } });
  }
});

test('npm start -- --inspect=FUNCTION prints the port of the function, once it is deployed, and what differs from AWS', () => {
  const { stdout } = running.output();
  // Its source map was found, or a line would say so.
  expect(stdout).toMatch(
    /Debuggers can attach to these ports: .*\n {2}127\.0\.0\.1:\d+ {2}depot-local-sender\nUnlike on AWS, /,
  );
});

test('the CLI finds local AWS from the folder of a service, even if another local AWS runs; npm start prints the calls', async () => {
  const root = await mkdtemp(join(temporary, 'other-'));
  const other = await startLocalAws({ port: 0, root });
  try {
    const { exitCode, stdout } = await warmSls(['invoke', '-f', 'caller', '--stage', 'local'], {
      cwd: join(project.root, 'services/caller'),
      environment: { LOCAL_AWS_ROOT: undefined },
    });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: 200, body: { received: { foo: 'bar' } } });
    expect(other.trace.events()).toEqual([]);
    const calls = running.output().stdout;
    expect(calls).toMatch(
      /✔ .* administrator {2}lambda Invoke {2}by AdministratorAccess\n.* {4}\S+ {2}sts AssumeRole/,
    );
  } finally {
    await other.close();
    await rm(root, { recursive: true });
  }
});

test('a second local AWS in the same folder names the first, and leaves it alone', async () => {
  const { exitCode, stderr } = await start('--port', '0');
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    new RegExp(`^Local AWS already runs here \\(process ${running.pid}, port \\d+\\)\\. Stop it`),
  );
  expect(await readdir(join(project.root, '.local-aws'))).toContain('endpoint.json');
});

test('a port in use is an error that says how to take another', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = String((server.address() as { port: number }).port);
  const elsewhere = await copyPairProject();
  try {
    const { exitCode, stderr } = await runInProcess(['start', '--port', port], elsewhere.root, {
      LOCAL_AWS_ROOT: undefined,
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(port);
    expect(stderr).toContain('--port');
    expect(stderr).not.toContain('    at ');
  } finally {
    server.close();
    await elsewhere.remove();
  }
});

test('a seed that fails ends the start, with its output', async () => {
  const elsewhere = await copyPairProject();
  try {
    const seed = "echo 'no such bucket' >&2; exit 3";
    await writeFile(join(elsewhere.root, 'services/stages.yml'), JSON.stringify({ local: { seed } }));
    const { exitCode, stdout, stderr } = await runInProcess(['start', '--port', '0'], elsewhere.root, {
      LOCAL_AWS_ROOT: undefined,
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      `The setting seed of stage local, "${seed}", ended with exit code 3:\nno such bucket`,
    );
    expect(stdout).not.toContain('sls deploy --stage local');
  } finally {
    await elsewhere.remove();
  }
});

test.each(['x', '70000', '4.5', ''])('--port "%s" is refused', async (port) => {
  const { exitCode, stderr } = await start(`--port=${port}`);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('--port');
});

test('an organization that is not valid is refused by place and rule, without a stack', async () => {
  const file = join(temporary, 'organization.yml');
  await writeFile(file, 'id: o-a1b2c3d4e5\naccounts: [{ accountId: 111111111111 }]');
  const { exitCode, stderr } = await start('--port', '0', '--organization', file);
  expect(exitCode).toBe(1);
  await rm(file);
  expect(stderr).toBe(
    `${file} is not valid:\n  accounts[0].accountId must be a string: put the twelve digits in quotes, not 111111111111\n`,
  );
});

describe('with --watch', () => {
  const source = 'services/caller/src/caller.ts';
  let lambda: LambdaClient;
  let caller: string;
  beforeAll(() => {
    const [, endpoint = ''] = /runs at (http:\S+)\./.exec(running.output().stdout) ?? [];
    const filepath = join(project.root, '.local-aws/credentials');
    const credentials = fromIni({ profile: 'local-caller', filepath });
    lambda = new LambdaClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
    caller = stageNames('local', project.root).caller;
  });
  afterAll(() => lambda.destroy());

  async function invokeCaller(): Promise<unknown> {
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: caller }));
    return JSON.parse(Payload?.transformToString() ?? 'null');
  }

  /** Waits until the caller answers so. */
  async function answered(wanted: string): Promise<void> {
    while ((await invokeCaller()) !== wanted) await setTimeout(50);
  }

  /** Returns a function with the output from now on. */
  function fromNow(): () => string {
    const { length } = running.output().stdout;
    return () => running.output().stdout.slice(length);
  }

  test('only a changed handler is deployed, and a line says so', async () => {
    expect(running.output().stdout).toContain('The sources are watched');
    const printed = fromNow();
    await edit(
      project,
      source,
      /export const handler =/,
      'export const handler = async () => "first";\nexport const former =',
    );
    await running.printed(`${caller} has the new code`);
    expect(printed()).toMatch(new RegExp(`^✔ ${caller} has the new code \\d+\\.\\d s\\n$`, 'm'));
    expect(printed().match(/has the new code/g)).toHaveLength(1);
    expect(await invokeCaller()).toBe('first');
  });

  test('an error of the bundler is shown with its place, and the old code stays; the repaired handler is deployed', async () => {
    const printed = fromNow();
    await edit(project, source, '"first"', '"second');
    await running.printed('The old code stays');
    expect(printed()).toContain(`✘ The old code stays in ${caller}.`);
    expect(printed()).toContain('Unterminated string literal');
    expect(printed()).toContain('src/caller.ts:');
    expect(await invokeCaller()).toBe('first');

    await edit(project, source, '"second', '"first"');
    await running.printed(`The code of ${caller} is as deployed.`);

    await edit(project, source, '"first"', '"second"');
    await answered('second');
  });

  test('a new module that a handler imports is watched, too', async () => {
    const folder = join(project.root, 'services/caller/src');
    await writeFile(join(folder, 'answer.ts'), 'export const answer: string = "third";\n');
    await edit(project, source, '"second"', 'answer');
    await edit(project, source, /^/, "import { answer } from './answer.ts';\n");
    await answered('third');
    await writeFile(join(folder, 'answer.ts'), 'export const answer: string = "fourth";\n');
    await answered('fourth');
  });

  /** Waits until the output has a text. @param printed see {@link fromNow} */
  async function waitFor(printed: () => string, text: string): Promise<void> {
    while (!printed().includes(text)) await setTimeout(50);
  }

  test('a type error of a saved file is shown, although its code runs; the repaired file ends it', async () => {
    const file = 'services/caller/src/answer.ts';
    const printed = fromNow();
    await edit(project, file, /.*/s, 'export const answer: number = "fifth";\n');
    await waitFor(printed, '1 type error. The code runs all the same.');
    expect(printed()).toContain(
      "services/caller/src/answer.ts(1,14): error TS2322: Type 'string' is not assignable to type 'number'.",
    );
    expect(await invokeCaller()).toBe('fifth');
    await edit(project, file, 'number', 'string');
    await waitFor(printed, 'The types are right again.');
  });

  test('explain names the line of a failure, and none once the sources are others: it would be a wrong one', async () => {
    const explain = async () =>
      (await runInProcess(['explain'], project.root, { LOCAL_AWS_ROOT: undefined })).stdout;
    const handler = /^export const handler = .*$/m;
    await edit(
      project,
      source,
      handler,
      'export const handler = async () => {\n  throw new Error("no");\n};',
    );
    const failed = { errorType: 'Error', errorMessage: 'no' };
    while (
      !(await invokeCaller().then((answer) =>
        isDeepStrictEqual(answer, { ...(answer as object), ...failed }),
      ))
    )
      await setTimeout(50);
    expect(await explain()).toMatch(/Error: no\n +at .*services\/caller\/src\/caller\.ts:\d+:\d+/);

    await edit(project, source, /^/, '// A comment moves all lines.\n');
    expect(await explain()).toMatch(/caller\.ts:\d+:\d+/);
    await edit(project, source, 'throw new Error("no");', 'return "repaired";');
    await answered('repaired');
    const explained = await explain();
    expect(explained).toContain('The sources differ from what ran, so the line is not known.');
    expect(explained).not.toMatch(/services\/caller/);
  });

  const current = async () => {
    const { Code, Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: caller }));
    const zip = Buffer.from(await (await fetch(Code?.Location ?? '')).arrayBuffer());
    return { zip, sha256: Configuration?.CodeSha256 };
  };

  test('code that somebody else has put in is noticed at the next save, and other files of the zip stay', async () => {
    await edit(project, source, '"repaired"', '"own"');
    await answered('own');
    const { zip } = await current();
    const other = await withFileInZip(
      await withFileInZip(zip, 'src/caller.mjs', 'export const handler = async () => "older";'),
      'data/rates.json',
      '{"eur":1}',
    );
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: caller, ZipFile: other }));
    expect(await invokeCaller()).toBe('older');
    // The bundle does not change.
    await edit(project, source, /^/, '// Saved again.\n');
    await answered('own');
    expect((await fileInZip((await current()).zip, 'data/rates.json'))?.toString()).toBe('{"eur":1}');
  });

  test('a deployment that puts older code in is followed by the code of the sources; one of the same code is left alone', async () => {
    const cwd = join(project.root, 'services/caller');
    const environment = { LOCAL_AWS_ROOT: undefined };
    const sls = async (...args: readonly string[]) => {
      const { exitCode, stderr } = await warmSls([...args, '--stage', 'local'], { cwd, environment });
      expect([exitCode, stderr]).toEqual([0, expect.anything()]);
    };
    await sls('package', '--package', 'older');
    await edit(project, source, '"own"', '"newer"');
    await answered('newer');
    const same = fromNow();
    await sls('deploy');
    await sls('deploy', '--package', 'older');
    await waitFor(same, `${caller} has the new code`);
    expect(same().match(/has the new code/g)).toHaveLength(1);
    expect(await invokeCaller()).toBe('newer');
    await rm(join(cwd, 'older'), { recursive: true });
  });

  test('a contract that was changed without its document is named, with the command that writes it', async () => {
    const folder = join(project.root, 'services/contract/src');
    await mkdir(folder);
    const printed = fromNow();
    // The new folder is watched from the next change on.
    await edit(project, source, 'newer', 'again');
    await answered('again');
    const document = 'export const openApiDocument = () => ({ paths: { "/parcels": { put: {} } } });\n';
    await writeFile(join(folder, 'document.ts'), document);
    await waitFor(
      printed,
      'services/contract/openapi.json is older than the contract: it lacks PUT /parcels',
    );
    await waitFor(printed, 'Write it: npm run openapi');
  });

  test('a change of serverless.yml, or of a file that it names, says how to deploy it', async () => {
    const printed = fromNow();
    await edit(project, 'services/caller/serverless.yml', 'memorySize: 256', 'memorySize: 512');
    await running.printed('services/caller/serverless.yml changed');
    expect(printed()).toContain(
      '! services/caller/serverless.yml changed. To deploy that: npx sls deploy --stage local',
    );
    await edit(project, 'services/api/resources/alarms.yml', /$/, '\n# changed\n');
    await running.printed('services/api/resources/alarms.yml changed');
    expect(printed()).not.toContain('has the new code');
  });
});

test('Ctrl-C ends it and all its processes, frozen ones too, and leaves no keys, only the trace and the control token', async () => {
  const started = descendantsOf(running.pid);
  const functions = started.filter(({ command }) => command.includes('bootstrap.cjs'));
  expect(functions.length).toBeGreaterThanOrEqual(2);
  running.interrupt();
  expect(await running.ended).toBe(0);
  expect(survivors(started)).toEqual([]);
  expect(running.output().stderr).toBe('\nEnding what was started. Ctrl-C again ends at once.\n');
  expect((await readdir(join(project.root, '.local-aws'))).sort()).toEqual([
    '.gitignore',
    'control-token',
    'trace.jsonl',
  ]);
  expect(await readdir(temporary, { recursive: true })).toEqual([]);
});
