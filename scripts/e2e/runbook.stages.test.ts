import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetRoleCommand, IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  AddPermissionCommand,
  GetFunctionCommand,
  LambdaClient,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { readServices } from '@cross-account-api/serverless-plugin';
import { stageNames } from '../../libs/cli/src/project/stage-settings.ts';
import { storedZip } from '../../libs/local-aws/src/services/lambda/code/stored-zip.ts';
import { projectRoot } from '../lib/project.ts';
import { asDeploymentRole, createCi, createDeploymentRoles, SUBJECT } from './deployment-roles.testing.ts';
import { play, readRunbook, type Section } from './runbook.testing.ts';
import { API_ACCOUNT, invokeCaller, startTestBed, type TestBed } from './test-bed.testing.ts';

jest.setTimeout(120_000);

const { api: API } = stageNames('local');
const { functions: [aFunction = ''] = [] } = readServices(projectRoot).api ?? {};
const ci = createCi();
const token = () =>
  ci.token({ sub: SUBJECT, aud: 'sts.amazonaws.com', exp: Math.floor(Date.now() / 1000) + 3_600 });

/** Commands that local AWS does not have, with the reason. */
const unplayed: Readonly<Record<string, string>> = {
  'cloudformation detect-stack-drift': 'Local AWS compares no stack with its resources.',
  'cloudformation describe-stack-resource-drifts': 'The same.',
};
const isPlayed = (command: string) => !Object.keys(unplayed).some((each) => command.includes(each));

let sections: ReadonlyMap<string, Section>;
let bed: TestBed;
beforeAll(async () => {
  sections = new Map((await readRunbook()).map((section) => [section.title, section]));
  bed = await startTestBed({ sample: true, tokenIssuers: ci.tokenIssuers });
  await createDeploymentRoles(bed);
  const local = { permissionsBoundary: '<service>-local-boundary' };
  await writeFile(join(bed.project.root, 'services/stages.yml'), JSON.stringify({ local }));
  await bed.deploy();
});
afterAll(() => bed?.close());

function commandsOf(title: string): readonly string[] {
  const section = sections.get(title);
  if (section === undefined) throw new Error(`services/RUNBOOK.md has no section "${title}".`);
  return section.commands.filter(isPlayed);
}

test('7. The CI role was taken over', async () => {
  const attacker = await asDeploymentRole(bed, 'api', API_ACCOUNT, token());
  const administrator = bed.administrator(API_ACCOUNT);
  const [lambda, iam, asAdministrator] = [
    new LambdaClient(attacker),
    new IAMClient(attacker),
    new IAMClient(administrator),
  ];
  const FunctionName = `${API}${aFunction}`;
  const RoleName = `${API}-invoke`;
  const codeOf = async () =>
    (await lambda.send(new GetFunctionCommand({ FunctionName }))).Configuration?.CodeSha256;
  try {
    const own = await codeOf();
    const { Role } = await asAdministrator.send(new GetRoleCommand({ RoleName }));
    const trust = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''));
    // What the role can do: code, trust, and any API of API Gateway.
    await lambda.send(
      new UpdateFunctionCodeCommand({
        FunctionName,
        ZipFile: storedZip({ 'index.js': 'exports.handler = evil;' }),
      }),
    );
    await lambda.send(
      new AddPermissionCommand({
        FunctionName,
        StatementId: 'door',
        Action: 'lambda:InvokeFunction',
        Principal: 'apigateway.amazonaws.com',
      }),
    );
    const door = { Effect: 'Allow', Principal: { AWS: '999999999999' }, Action: 'sts:AssumeRole' };
    const withDoor = { ...trust, Statement: [...trust.Statement, door] };
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: JSON.stringify(withDoor) }));

    const [
      attachApi,
      attachCaller,
      review,
      deployApi,
      deployCaller,
      verify,
      detachApi,
      detachCaller,
      ...further
    ] = commandsOf('7. The CI role was taken over');
    expect(further).toEqual([]);
    await play(bed, attachApi);
    await play(bed, attachCaller);
    await expect(codeOf()).rejects.toThrow('with an explicit deny in an identity-based policy');

    const { stdout, exitCode } = await play(bed, review);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('statement door of resource policy of function');
    expect(stdout).toContain('Every role and user of account 999999999999 may assume the role');
    const [command = '', ...others] = [...stdout.matchAll(/^ +(aws .+)$/gm)].map(([, each = '']) => each);
    expect(others).toEqual([]);
    await play(bed, command, API_ACCOUNT);
    await asAdministrator.send(
      new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: JSON.stringify(trust) }),
    );
    expect(await play(bed, review)).toMatchObject({ exitCode: 0 });

    for (const each of [deployApi, deployCaller, verify]) {
      expect(await play(bed, each)).toMatchObject({ exitCode: 0 });
    }
    for (const each of [detachApi, detachCaller]) await play(bed, each);
    expect(await codeOf()).toBe(own);
    expect((await invokeCaller(bed)).functionError).toBeUndefined();
  } finally {
    for (const client of [lambda, iam, asAdministrator]) client.destroy();
  }
});
