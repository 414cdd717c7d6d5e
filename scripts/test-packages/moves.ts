import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import type { FaultPlan } from '@cross-account-api/local-aws/faults';
import { slsFailure } from '../../libs/cli/src/project/sls.ts';
import { createCallerRole } from '../e2e/caller-role.testing.ts';
import {
  API_ACCOUNT,
  apiOutput,
  CALLER_ACCOUNT,
  startTestBed,
  type TestBed,
} from '../e2e/test-bed.testing.ts';
import { inScopeOf, type Tarball } from '../lib/pack-package.ts';
import { packageFolder, readManifest } from '../lib/packages.ts';
import { CommandFailed } from '../lib/tools.ts';
import { npmInstall } from './shell.ts';

const own = join(import.meta.dirname, 'moves');

/** The clients, by their files: in the order of the page's columns. */
export const clients = [
  'aws4-axios',
  'from-temporary-credentials',
  'aws-sigv4-fetch',
  'got',
  'signed-fetch',
] as const;

/**
 * The other clients, in the versions that the page names, and what their examples import. The root does not have them: they are 98
 * packages of 31 MB.
 */
const packages = [
  ...['aws4-axios@3.4.0', 'axios@1.21.1', 'aws-sigv4-fetch@4.4.1', 'got@16.1.0', 'aws4@1.13.2'],
  ...['@aws-sdk/credential-providers@3', '@smithy/signature-v4@5', '@smithy/protocol-http@5'],
  ...['@smithy/property-provider@4', '@aws-crypto/sha256-js@5', '@middy/core@7'],
];

/** What came of an invocation. */
interface Outcome {
  readonly succeeds?: boolean;
  /** Nothing came of it while it had time. */
  readonly timedOut?: boolean;
  /** The error's name. */
  readonly name?: string;
  /** The error, as a logger may print it. */
  readonly printed?: string;
}

/** A process with the handler of one client. */
interface Caller {
  invoke(remainingMs?: number): Promise<Outcome>;
  close(): Promise<void>;
}

/** What is measured of each client: a row of the page's table. @returns the cell */
type Measure = (caller: Caller, bed: TestBed) => Promise<string>;

/** A role of account A as many have one: it demands no external ID. */
const OLD_ROLE = `arn:aws:iam::${API_ACCOUNT}:role/old-invoke`;
const DEMANDS_EXTERNAL_ID = 'the role demands an external ID';

/** The word of the table for an outcome. */
function word({ succeeds, timedOut, name }: Outcome): string {
  if (succeeds === true) return 'succeeds';
  if (timedOut === true) return 'times out';
  return name === 'DeadlineExceeded' ? name : 'fails';
}

/** Invokes it once with faults of the API. */
function withFault(effect: NonNullable<FaultPlan['rules']>[number]['effect'], remainingMs?: number): Measure {
  return async (caller, bed) => {
    bed.aws.faults.set({ rules: [{ match: { service: 'execute-api' }, times: 1, effect }] });
    try {
      return word(await caller.invoke(remainingMs));
    } finally {
      bed.aws.faults.clear();
    }
  };
}

const rows: Readonly<Record<string, Measure>> = {
  async 'requests to STS for three calls'(caller, { aws }) {
    const count = () => aws.calls({ operation: 'AssumeRole' }).length;
    const before = count();
    for (let call = 0; call < 3; call += 1) {
      const outcome = await caller.invoke();
      if (outcome.succeeds !== true) throw new CommandFailed(`A call failed: ${outcome.printed}`);
    }
    return String(count() - before);
  },
  'API Gateway throttles the call once (429)': withFault({ type: 'throttle' }),
  'the API answers 502 once': withFault({ type: 'error', status: 502, code: 'InternalServerErrorException' }),
  'the connection breaks once, after the API has executed the call': withFault({ type: 'drop-after' }),
  'the answer takes longer than the invocation has time': withFault({ type: 'delay', ms: 4_000 }, 2_500),
  async 'the printed error of a failed call has the session token'(caller, bed) {
    const error = { type: 'error', status: 400, code: 'BadRequestException' } as const;
    bed.aws.faults.set({ rules: [{ match: { service: 'execute-api' }, times: 1, effect: error }] });
    const { succeeds, printed = '' } = await caller.invoke();
    bed.aws.faults.clear();
    if (succeeds === true) throw new CommandFailed('A call with a 400 succeeded.');
    return /x-amz-security-token['"]?: *['"]?\w/i.test(printed) ? 'yes' : 'no';
  },
  // The last one: some clients keep the expired credentials.
  async 'API Gateway rejects the session as expired, before its time by the function’s clock'(
    caller,
    { aws },
  ) {
    aws.localAws.directory.endSessions(OLD_ROLE, 'expire');
    return word(await caller.invoke());
  },
};

/**
 * Runs the code of libs/signed-fetch/MOVE.md with the real clients, against an API that fails, and compares what comes of it with the
 * page's table.
 * @param project is made for it
 * @throws CommandFailed with the right table, if the page has another
 */
export async function compareClients(project: string, tarballs: readonly Tarball[]): Promise<void> {
  await mkdir(project, { recursive: true });
  const root = readManifest();
  await writeFile(join(project, 'package.json'), '{ "name": "team", "private": true, "type": "module" }\n');
  await cp(own, project, { recursive: true });
  for (const name of await readdir(project)) {
    const text = await readFile(join(project, name), 'utf8');
    await writeFile(join(project, name), inScopeOf(root, text));
  }
  const packed = tarballs.filter(({ folder }) => ['assume-role', 'signed-fetch'].includes(folder));
  await npmInstall(project, [...packed.map(({ file }) => file), ...packages]);
  const measured = tableOf(await measure(project));
  const page = await readFile(join(packageFolder('signed-fetch'), 'MOVE.md'), 'utf8');
  if (!page.includes(measured)) throw new CommandFailed(`MOVE.md needs this table:\n${measured}`);
}

/** Measures each row of each client. @returns the cells, by row */
async function measure(project: string): Promise<ReadonlyMap<string, readonly string[]>> {
  await using stack = new AsyncDisposableStack();
  const bed = await startTestBed();
  stack.defer(() => bed.close());
  const callers = {
    moving: {
      accountId: CALLER_ACCOUNT,
      roleName: 'moving',
      externalId: 'id-of-moving',
      routes: ['POST /parcels'],
    },
  };
  await writeFile(join(bed.project.root, 'services/stages.yml'), JSON.stringify({ local: { callers } }));
  const deployed = await bed.sls(['deploy'], { service: 'api' });
  if (deployed.exitCode !== 0) throw new CommandFailed(slsFailure(deployed));
  const roleArn = await apiOutput(bed, 'InvokeRoleMovingArn');
  const keys = await createCallerRole(bed, 'moving', {
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: [roleArn, OLD_ROLE] },
  });
  await createOldRole(bed, await apiOutput(bed, 'ApiArn'));
  const environment = {
    PATH: process.env.PATH,
    NO_COLOR: '1',
    ...bed.aws.environment(),
    AWS_PROFILE: undefined,
    AWS_REGION: 'us-east-1',
    AWS_LAMBDA_FUNCTION_NAME: 'caller',
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_SESSION_TOKEN: keys.sessionToken,
    API_URL: await apiOutput(bed, 'ApiUrl'),
    API_REGION: 'us-east-1',
    INVOKE_ROLE_ARN: OLD_ROLE,
    EXTERNAL_ID: 'id-of-moving',
  };
  const cells = new Map<string, string[]>(
    [...Object.keys(rows), DEMANDS_EXTERNAL_ID].map((row) => [row, []]),
  );
  for (const client of clients) {
    const caller = await startCaller(project, client, environment);
    try {
      for (const [row, measureRow] of Object.entries(rows)) {
        cells.get(row)?.push(await measureRow(caller, bed));
      }
    } finally {
      await caller.close();
    }
    const ofStrictRole = await startCaller(project, client, { ...environment, INVOKE_ROLE_ARN: roleArn });
    cells.get(DEMANDS_EXTERNAL_ID)?.push(word(await ofStrictRole.invoke()));
    await ofStrictRole.close();
  }
  return cells;
}

async function createOldRole(bed: TestBed, apiArn: string): Promise<void> {
  const iam = new IAMClient(bed.administrator(API_ACCOUNT));
  const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: statement });
  const principal = { AWS: `arn:aws:iam::${CALLER_ACCOUNT}:role/moving` };
  const trust = { Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' };
  const RoleName = 'old-invoke';
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document(trust) }));
  const invoke = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: `${apiArn}/POST/parcels` };
  await iam.send(
    new PutRolePolicyCommand({ RoleName, PolicyName: 'invoke', PolicyDocument: document(invoke) }),
  );
  iam.destroy();
}

/** Starts a process that invokes the handler of a client. */
async function startCaller(
  cwd: string,
  client: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Caller> {
  const child: ChildProcess = spawn(process.execPath, ['invoke.mjs', `./${client}.mjs`], {
    cwd,
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done === true) throw new CommandFailed(`${client} ended:\n${errors}`);
    return value as string;
  };
  await next();
  return {
    async invoke(remainingMs = 20_000) {
      child.stdin?.write(`${JSON.stringify({ remainingMs })}\n`);
      return JSON.parse(await next()) as Outcome;
    },
    async close() {
      child.stdin?.end();
      if (child.exitCode === null) await once(child, 'close');
    },
  };
}

/** The table of the page. */
function tableOf(cells: ReadonlyMap<string, readonly string[]>): string {
  const header = [
    '',
    ...clients.map((client) =>
      client === 'from-temporary-credentials' ? '`fromTemporaryCredentials`' : client,
    ),
  ];
  const lines = [header, header.map(() => '---'), ...[...cells].map(([row, values]) => [row, ...values])];
  return `${lines.map((line) => `| ${line.join(' | ')} |`.replace('|  |', '| |')).join('\n')}\n`;
}
