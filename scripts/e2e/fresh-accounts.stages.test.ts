import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { APIGatewayClient, UpdateAccountCommand } from '@aws-sdk/client-api-gateway';
import { projectRoot } from '../lib/project.ts';
import { callsOfAwsCli, carryOut } from './aws-cli.testing.ts';
import { API_ACCOUNT, settledStackStatus, startTestBed, type TestBed } from './test-bed.testing.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed({ freshAccounts: true });
});
afterAll(() => bed?.close());

test('the first deployment fails in AWS’s words and names the check, whose commands let the next one succeed', async () => {
  const { exitCode, stdout, stderr } = await bed.sls(['deploy'], { service: 'api' });
  expect(exitCode).toBe(1);
  const output = `${stdout}\n${stderr}`;
  expect(output).toMatch(/CREATE_FAILED: ApiGatewayStage \(AWS::ApiGateway::Stage\)/);
  expect(output).toContain('CloudWatch Logs role ARN must be set in account settings to enable logging');
  // The test of the check compares what it prints with services/README.md.
  expect(output).toContain('npm run check -- --stage <stage> prints the commands that set it.');
  expect(await settledStackStatus(bed, API_ACCOUNT, 'depot-local')).toMatch(/^(UPDATE_)?ROLLBACK_COMPLETE$/);

  const readme = await readFile(join(projectRoot, 'services/README.md'), 'utf8');
  const commands = commandsOf(readme, '**The role for access logs.**')
    .replaceAll('<api profile>', 'local-api')
    .replaceAll('<region>', 'us-east-1')
    .replaceAll('<account A>', API_ACCOUNT);
  for (const call of await callsOfAwsCli(commands, projectRoot)) {
    expect(call.profile).toBe('local-api');
    await carryOut(call, bed.administrator(API_ACCOUNT));
  }

  const repeated = await bed.sls(['deploy'], { service: 'api' });
  expect({ ...repeated, output: `${repeated.stdout}${repeated.stderr}` }).toMatchObject({
    exitCode: 0,
    output: expect.stringContaining('deployed'),
  });
});

test('a role that does not trust API Gateway is refused in AWS’s words', async () => {
  const trust = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  };
  bed.aws.localAws.directory.roles.create(API_ACCOUNT, {
    name: 'no-logs',
    trustPolicy: JSON.stringify(trust),
  });
  const client = new APIGatewayClient(bed.administrator(API_ACCOUNT));
  for (const name of ['no-logs', 'missing']) {
    const value = `arn:aws:iam::${API_ACCOUNT}:role/${name}`;
    await expect(
      client.send(
        new UpdateAccountCommand({ patchOperations: [{ op: 'replace', path: '/cloudwatchRoleArn', value }] }),
      ),
    ).rejects.toThrow('The role ARN does not have required permissions configured.');
  }
  client.destroy();
});

/** The shell commands of a paragraph of a README. @param begin its first words */
function commandsOf(readme: string, begin: string): string {
  const commands = readme.split(`\n${begin}`)[1]?.match(/```sh\n(.*?)```/s)?.[1];
  if (commands === undefined) throw new Error(`The README has no commands after ${begin}.`);
  return commands;
}
