import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeOutputs } from '../commands/outputs.ts';
import { deploymentWith } from '../deployment.testing.ts';
import { frameworkFor, refusal, sdkAnswering } from '../framework.testing.ts';
import type { Resource, Template } from '../framework.ts';
import {
  announceCallerRollback,
  announceInterruptions,
  announceOtherApi,
  announceRollback,
} from './announce.ts';

const orders: Resource = { Type: 'AWS::DynamoDB::Table', Properties: {} };
const withTable: Template = { Resources: { Orders: orders } };
const empty: Template = { Resources: {} };

const escaped = (template: Template) => JSON.stringify(template).replaceAll('"', '&quot;');

const deployedAs = (template: Template) =>
  `<GetTemplateResponse><GetTemplateResult><TemplateBody>${escaped(template)}</TemplateBody></GetTemplateResult></GetTemplateResponse>`;

/** Runs a step, and gives back what it warns of. */
async function warningsOf(
  step: typeof announceInterruptions,
  of: Omit<Parameters<typeof frameworkFor>[0], 'service'> & { readonly next?: Template },
) {
  const service = { provider: { compiledCloudFormationTemplate: of.next ?? empty } };
  const warnings: string[] = [];
  const log = { notice: () => {}, warning: (text: string) => void warnings.push(text) };
  const deployment = { ...deploymentWith(), stage: of.stage ?? 'dev' };
  await step(frameworkFor({ ...of, service }), deployment, { log });
  return warnings;
}

afterEach(() => {
  delete process.env.INTERRUPT_CALLERS;
});

test('a deployment without the right to read the template goes on, and says which right is missing', async () => {
  const denied = sdkAnswering(() => [403, refusal('AccessDenied', 'not authorized to perform')]);
  expect(await warningsOf(announceInterruptions, { sdk: denied })).toEqual([
    expect.stringMatching(/AccessDenied: not authorized to perform\n.*needs cloudformation:GetTemplate/),
  ]);
});

test('a deployment whose template cannot be read at the moment stops, says why, and goes on if it may', async () => {
  const throttled = sdkAnswering(() => [400, refusal('Throttling', 'Rate exceeded')]);
  const deploy = () => warningsOf(announceInterruptions, { sdk: throttled });
  const error: Error = await deploy().then(fail, (thrown) => thrown);
  expect(error.message).toContain('Throttling: Rate exceeded');
  expect(error.message).toContain('Repeat the command in a minute.');
  expect(error.message).toContain('Nothing has been changed.');
  expect(error.message).toContain('INTERRUPT_CALLERS=yes npx sls deploy --stage dev');
  expect(error.message).not.toContain('GetTemplate');

  process.env.INTERRUPT_CALLERS = 'yes';
  expect(await deploy()).toEqual([expect.stringContaining('Rate exceeded')]);
});

test('missing credentials are left to the explanation of all commands: the command line of a process can have a password', async () => {
  const missing = Object.assign(new Error('Command failed: vault --password hunter2'), {
    name: 'CredentialsProviderError',
  });
  const sdk = { region: 'eu-central-1', credentials: () => Promise.reject(missing) };
  await expect(warningsOf(announceInterruptions, { sdk })).rejects.toBe(missing);
});

function fail(): never {
  throw new Error('The step did not stop.');
}

/** AWS of a stage that was deployed twice. @param earlier the template of the first deployment */
const twice = (deployed: Template, earlier: Template) =>
  sdkAnswering(({ path, body = '' }) => {
    if (body.includes('Action=GetTemplate')) return [200, deployedAs(deployed)];
    const key =
      '/serverless/depot/dev/1700000000000-2023-11-14T22:13:20.000Z/compiled-cloudformation-template.json';
    return decodeURIComponent(path).endsWith(key)
      ? [200, JSON.stringify(earlier)]
      : [404, '<Error><Code>NoSuchKey</Code><Message>none</Message></Error>'];
  });

test.each(['1700000000000', '2023-11-14T22:13:20.000Z'])(
  'a rollback to %s that takes a table away stops, and names the command that goes on',
  async (timestamp) => {
    const of = { command: 'rollback', timestamp, sdk: twice(withTable, empty) };
    const error: Error = await warningsOf(announceRollback, of).then(fail, (thrown) => thrown);
    expect(error.message).toContain('This rollback would interrupt callers:');
    expect(error.message).toContain(
      'The table Orders is no longer in the template, and is deleted with its items.',
    );
    expect(error.message).toContain(
      `INTERRUPT_CALLERS=yes npx sls rollback --stage dev --timestamp ${timestamp}`,
    );
  },
);

test('a rollback that interrupts nobody goes on, as does one that the framework itself refuses or only lists', async () => {
  const rollback = { command: 'rollback', timestamp: '1700000000000' };
  expect(await warningsOf(announceRollback, { ...rollback, sdk: twice(empty, empty) })).toEqual([]);
  for (const timestamp of [undefined, 'yesterday', '1800000000000']) {
    expect(
      await warningsOf(announceRollback, { ...rollback, timestamp, sdk: twice(withTable, empty) }),
    ).toEqual([]);
  }
});

const callerOf = (Variables: object): Template => ({
  Resources: { Caller: { Type: 'AWS::Lambda::Function', Properties: { Environment: { Variables } } } },
});

test('a rollback of a caller to an earlier external ID stops', async () => {
  const aws = twice(callerOf({ EXTERNAL_ID: 'new' }), callerOf({ EXTERNAL_ID: 'old' }));
  await expect(
    warningsOf(announceCallerRollback, { command: 'rollback', timestamp: '1700000000000', sdk: aws }),
  ).rejects.toThrow('gets back earlier values of EXTERNAL_ID');
});

test('a caller in a fresh clone that leaves its API for a renamed one stops', async () => {
  const role = (stack: string) =>
    callerOf({ INVOKE_ROLE_ARN: `arn:aws:iam::111111111111:role/${stack}-invoke` });
  const deploy = () =>
    warningsOf(announceOtherApi, { sdk: twice(role('depot-dev'), empty), next: role('warehouse-dev') });
  await expect(deploy()).rejects.toThrow(
    'leaves the API depot-dev of account 111111111111 for warehouse-dev',
  );
  process.env.INTERRUPT_CALLERS = 'yes';
  expect(await deploy()).toEqual([expect.stringContaining('leaves the API depot-dev')]);
});

test.each([
  ['dev', /\n {4}1\. .*sts:AssumeRole.*\n {4}2\. .*\n {4}3\. .*\n {4}4\. .*\n {4}5\. /],
  [
    'local',
    /Without an outage:\n {4}Stop npm start and start it again: local AWS begins empty.*\nNothing has/,
  ],
])(
  'in stage %s, a service under a new name stops with the steps that its callers need',
  async (stage, steps) => {
    const root = await mkdtemp(join(tmpdir(), 'renamed-'));
    try {
      const service = { serviceDir: join(root, 'services/api'), stage, region: 'eu-central-1' };
      const InvokeRoleArn = `arn:aws:iam::111111111111:role/store-${stage}-invoke`;
      await writeOutputs(service, { InvokeRoleArn });
      const sdk = sdkAnswering(({ body = '' }) =>
        body.includes(`StackName=store-${stage}`)
          ? [200, deployedAs(withTable)]
          : [400, refusal('ValidationError', 'Stack does not exist')],
      );
      const refused = warningsOf(announceInterruptions, { ...service, sdk });
      await expect(refused).rejects.toThrow(`The stack store-${stage} is this stage under its old name.`);
      await expect(refused).rejects.toThrow(steps);
    } finally {
      await rm(root, { recursive: true });
    }
  },
);
