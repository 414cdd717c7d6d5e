import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudWatchLogsClient,
  paginateDescribeLogGroups,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { readContract } from '../../libs/cli/src/project/contract.ts';
import { runInProcess } from '../../libs/cli/src/run-in-process.testing.ts';
import { type Session, Sessions } from '../../libs/local-aws/src/identity/sessions.ts';
import { projectRoot } from '../lib/project.ts';
import { callApi, type Keys, signed } from './call-api.testing.ts';
import { keysOf } from './deployment-roles.testing.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import {
  API_ACCOUNT,
  apiOutput,
  CALLER_ACCOUNT,
  invokeCaller,
  startTestBed,
  type TestBed,
} from './test-bed.testing.ts';

const { operations } = readContract(projectRoot);
const { method = 'GET', path = '' } =
  operations.find((operation) => operation.method === 'GET') ?? operations[0] ?? {};
const routeOf = (given: string) => given.replaceAll(/\{\w+\}/g, '1');
const route = routeOf(path);

/** Stands for personal data in bodies. */
const PERSONAL = 'Zq7xPersonal';
const bodies = [
  `{"name":"${PERSONAL}`,
  `${PERSONAL}{}`,
  JSON.stringify([PERSONAL]),
  JSON.stringify({ [PERSONAL]: 1 }),
];

/** Also knows the sessions of functions, which no test sees. */
const issued = jest.spyOn(Sessions.prototype, 'begin');
let bed: TestBed;
/** A folder for the reports of commands. */
let reports: string;
beforeAll(async () => {
  reports = await mkdtemp(join(tmpdir(), 'reports-'));
  bed = await startTestBed({ sample: true });
});
afterAll(async () => {
  await bed?.close();
  await rm(reports, { recursive: true, force: true });
  issued.mockRestore();
});

/** The longest part of each token that no encoding changes, without the beginning that all tokens have. */
function secretsOfSessions(): readonly string[] {
  return issued.mock.results.flatMap(({ value }) => {
    const { sessionToken }: Session = value;
    const parts = sessionToken.slice(16).match(/[A-Za-z0-9]+/g) ?? [];
    return parts.toSorted((a, b) => b.length - a.length).slice(0, 1);
  });
}

/** Assumes a new role of an account. The role may call every route, if the account of the API admits it. */
async function temporaryKeys(accountId: string, RoleName: string): Promise<Keys> {
  const iam = new IAMClient(bed.administrator(accountId));
  const sts = new STSClient(bed.administrator(accountId));
  const policy = (Statement: object) => JSON.stringify({ Version: '2012-10-17', Statement });
  const trust = { Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:AssumeRole' };
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: policy(trust) }),
  );
  const calls = policy({ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'call', PolicyDocument: calls }));
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'test' }),
  );
  iam.destroy();
  sts.destroy();
  return keysOf(Credentials);
}

/** What the report says of a GET that was changed after signing. A fork's API may have no GET. */
const tamperedRequest = () =>
  method === 'GET'
    ? // The profiles of local AWS have no temporary credentials.
      { line: { status: '403', errorType: 'INVALID_SIGNATURE' }, token: 'the request had none' }
    : { unread: 'The API has no GET.' };

/** The lines of all log groups of an account. */
async function readLogs(accountId: string): Promise<string> {
  const client = new CloudWatchLogsClient(bed.administrator(accountId));
  const lines: string[] = [];
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, {})) {
    for (const { logGroupName } of logGroups) {
      for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName })) {
        lines.push(...events.map(({ message = '' }) => message));
      }
    }
  }
  client.destroy();
  return lines.join('\n');
}

/** The contents of the files below folders. Packages are not read: they are from before the first session. */
async function readFiles(...folders: readonly string[]): Promise<string> {
  const texts: string[] = [];
  for (const folder of folders) {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name);
      if (entry.isFile() && !file.includes('/node_modules/')) texts.push(await readFile(file, 'latin1'));
    }
  }
  return texts.join('\n');
}

// The second test continues with the stage of the first.
test.each(['assume-role', 'resource-policy'])(
  'nothing that is written has a session token or a refused body in access mode %s, not even for a request whose signature is wrong',
  async (accessMode) => {
    await writeFile(join(bed.project.root, 'services/stages.yml'), JSON.stringify({ local: { accessMode } }));
    await deployPackages(bed);
    const apiUrl = await apiOutput(bed, 'ApiUrl');
    const url = `${apiUrl}${route}`;
    const answers = [await invokeCaller(bed)];
    const refusals = [];
    for (const accountId of [API_ACCOUNT, CALLER_ACCOUNT]) {
      const keys = await temporaryKeys(accountId, `tester-${accessMode}`);
      const request = await signed(url, keys, method === 'GET' ? {} : { method, body: '{}' });
      await callApi(bed, url, request);
      refusals.push(await callApi(bed, `${url}?tampered=yes`, request));
      for (const each of operations.filter((operation) => /^P/.test(operation.method))) {
        const headers = { 'Content-Type': 'application/json' };
        const target = `${apiUrl}${routeOf(each.path)}`;
        for (const body of bodies) {
          await callApi(bed, target, await signed(target, keys, { method: each.method, headers, body }));
        }
      }
    }
    expect(refusals).toMatchObject([
      { errorType: 'InvalidSignatureException' },
      { errorType: 'InvalidSignatureException' },
    ]);
    // AWS's answer quotes the request. The client that sent the token gets it back, and nobody else.
    const secrets = secretsOfSessions();
    const [{ body: quoted } = {}] = refusals;
    expect(secrets.filter((secret) => JSON.stringify(quoted).includes(secret))).toHaveLength(1);

    const run = (...args: readonly string[]) =>
      runInProcess(args, bed.project.root, { LOCAL_AWS_ROOT: bed.localAwsRoot });
    const report = join(reports, `${accessMode}.json`);
    const outputs = [
      await run('explain'),
      await run('explain', '--error', JSON.stringify(quoted)),
      await run('verify', '--compare', 'local', '--report', report),
    ];
    expect(outputs.at(-1)).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(await readFile(report, 'utf8')).evidence).toMatchObject({
      failedEvents: [],
      lastDeployment: expect.arrayContaining(['UPDATE']),
      apiSummaryKeys: expect.arrayContaining([expect.stringMatching(/^\/…(?:\/\{…\})* [A-Z]+$/)]),
      tamperedRequest: tamperedRequest(),
      coldCall: { unread: expect.stringContaining('No call started cold') },
    });
    const written = {
      'logs of account A': await readLogs(API_ACCOUNT),
      'logs of account B': await readLogs(CALLER_ACCOUNT),
      files: await readFiles(bed.localAwsRoot, bed.project.root, reports),
      console: await bed.aws.localAws.saveConsole(),
      terminal: JSON.stringify(outputs),
      answers: JSON.stringify(answers),
    };
    expect(written['logs of account A']).toContain('INVALID_SIGNATURE');
    expect(written.files).toContain('signature-mismatch');
    const leaks = (texts: readonly string[]) =>
      Object.entries(written).flatMap(([name, text]) =>
        texts.some((one) => text.includes(one)) ? [name] : [],
      );
    expect(leaks(secretsOfSessions())).toEqual([]);
    expect(leaks([PERSONAL])).toEqual([]);
  },
);
