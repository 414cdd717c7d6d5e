import { join } from 'node:path';
import { APIGatewayClient, UpdateStageCommand } from '@aws-sdk/client-api-gateway';
import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DetachRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  API_ROLE,
  articlePython,
  deployArticle,
} from '../../../../local-aws/test/article/article.testing.ts';
import { pairProject } from '../../project/pair.testing.ts';
import { runInProcess } from '../../run-in-process.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, startTestPair, type TestPair } from '../../stage/test-pair.testing.ts';
import type { Finding, FindingCode } from './finding.ts';

/* The article's stack, unmodified: reviewed, called, changed as the review says, and called again. */

const ifPython = articlePython === undefined ? test.skip : test;

let pair: TestPair;
let api: string;
beforeAll(async () => {
  if (articlePython === undefined) return;
  process.env.LOCAL_AWS_PYTHON = articlePython;
  pair = await startTestPair({ deploy: false });
  const { apiUrl } = await deployArticle(pair.sdk);
  api = apiUrl.replace(/\/greet$/, '');
});
afterAll(() => pair?.close());

/** Lets the function call the API. */
async function call(): Promise<unknown> {
  const lambda = new LambdaClient(pair.sdk(CALLER_ACCOUNT));
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: 'caller' }));
  lambda.destroy();
  return JSON.parse(Buffer.from(Payload ?? []).toString());
}

/** Runs `cross-account review` for the article's stack. */
const review = (...options: readonly string[]) =>
  runInProcess(
    [
      'review',
      ...['--api', api, '--caller', `arn:aws:lambda:us-east-1:${CALLER_ACCOUNT}:function:caller`],
      ...['--role', `arn:aws:iam::${API_ACCOUNT}:role/${API_ROLE}`],
      ...['--caller-profile', 'local-caller', '--api-profile', 'local-api'],
      ...options,
    ],
    pairProject,
    {
      AWS_CONFIG_FILE: join(pair.root, '.local-aws/config'),
      AWS_SHARED_CREDENTIALS_FILE: join(pair.root, '.local-aws/credentials'),
    },
  );

/** The findings with the recorded calls. */
async function findings(): Promise<readonly Finding[]> {
  const { stdout } = await review('--trace', join(pair.root, '.local-aws/trace.jsonl'), '--json');
  return JSON.parse(stdout).findings;
}

/** A finding, without its texts. */
const brief = ({ code, severity, proof }: Finding) => [severity, code, proof.kind];

const ofStack: readonly (readonly [Finding['severity'], FindingCode])[] = [
  ['high', 'permissions-on-everything'],
  ['medium', 'unneeded-permissions'],
  ['medium', 'principal-by-name'],
  ['medium', 'no-external-id'],
  ['medium', 'no-throttling'],
  ['low', 'no-access-log'],
];

ifPython('Before a call, the review of the article’s stack proves nothing, and says so.', async () => {
  const { stdout, exitCode } = await review('--json');
  expect(exitCode).toBe(0);
  const { findings: found, unread } = JSON.parse(stdout);
  expect(unread).toEqual([]);
  expect(found.map(brief)).toEqual(ofStack.map((each) => [...each, 'unproven']));

  const text = await review('--strict');
  expect(text.exitCode).toBe(1);
  expect(text.stdout).toMatch(
    /^caller of 222222222222 calls https:.*: 6 findings\n\nhigh permissions-on-everything in/,
  );
  expect(text.stdout.match(/^ {2}https:\/\/docs\.aws\.amazon\.com\//gm)).toHaveLength(6);
});

ifPython(
  'After calls, the review proves its changes on them, and names the ones that need the caller first.',
  async () => {
    expect([await call(), await call()]).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect((await findings()).map(brief)).toEqual([
      ['high', 'permissions-on-everything', 'proven'],
      ['medium', 'unneeded-permissions', 'proven'],
      ['medium', 'principal-by-name', 'proven'],
      // The caller sends no external ID.
      ['medium', 'no-external-id', 'refuses'],
      ['medium', 'no-throttling', 'unproven'],
      ['low', 'assume-role-each-call', 'unproven'],
      ['low', 'no-access-log', 'unproven'],
    ]);
  },
);

ifPython(
  'With the changes of the review, the call still succeeds, and their findings are gone.',
  async () => {
    const iam = new IAMClient(pair.sdk(API_ACCOUNT));
    const gateway = new APIGatewayClient(pair.sdk(API_ACCOUNT));
    const logs = new CloudWatchLogsClient(pair.sdk(API_ACCOUNT));
    try {
      const found = new Map((await findings()).map((finding) => [finding.code, finding]));
      const documentOf = (code: FindingCode) =>
        JSON.stringify({ Version: '2012-10-17', Statement: found.get(code)?.change.statements });
      const RoleName = API_ROLE;
      await iam.send(
        new PutRolePolicyCommand({
          RoleName,
          PolicyName: 'Invoke',
          PolicyDocument: documentOf('permissions-on-everything'),
        }),
      );
      const [PolicyArn] = /arn:aws:iam::aws:\S+/.exec(found.get('unneeded-permissions')?.where ?? '') ?? [];
      await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
      await iam.send(
        new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: documentOf('principal-by-name') }),
      );
      await logs.send(new CreateLogGroupCommand({ logGroupName: '/aws/api-gateway/api' }));
      for (const code of ['no-throttling', 'no-access-log'] as const) {
        await gateway.send(new UpdateStageCommand(stageUpdate(found.get(code)?.change.command ?? '')));
      }
    } finally {
      for (const client of [iam, gateway, logs]) client.destroy();
    }
    expect(await call()).toMatchObject({ status: 200 });
    expect((await findings()).map(({ code }) => code)).toEqual(['no-external-id', 'assume-role-each-call']);
  },
);

/** The input of the printed command of the AWS CLI. */
function stageUpdate(command: string) {
  const [, restApiId, stageName] = /--rest-api-id (\S+) --stage-name (\S+) /.exec(command) ?? [];
  const patchOperations = [...command.matchAll(/'op=replace,path=([^,]+),value=([^']+)'/g)].map(
    ([, path, value]) => ({ op: 'replace' as const, path, value }),
  );
  return { restApiId, stageName, patchOperations };
}

ifPython('Without an option, the review is of stage local. It names an option that is wrong.', async () => {
  expect(await runInProcess(['review'], pairProject)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/^No local AWS runs here.* Start local AWS with `npm start`/),
  });
  const other = await review('--trace', '/nowhere/trace.jsonl');
  expect(other).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('--trace /nowhere/trace.jsonl: there is no such file.'),
  });
});
