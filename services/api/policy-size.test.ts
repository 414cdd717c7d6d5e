import { readStageSettings } from '../stage-settings.js';
import AccessMode from './access-mode.js';
import { resources } from './callers.js';
import PolicySize, { policyLength } from './policy-size.js';
import PrivateApi from './private-api.js';

const HOOK = 'after:aws:package:finalize:mergeCustomProviderResources';

/** Packages the api service with further callers. @returns the resource policy, and the warnings */
async function packaged(further: number, extra: object = {}) {
  const callers = Object.fromEntries(
    Array.from({ length: further }, (_, index) => [
      `team-${index}`,
      {
        ...{ accountId: `2${String(index).padStart(11, '0')}`, roleName: `team-${index}-caller` },
        ...{ externalId: `team-${index}-id`, routes: ['POST /messages', 'GET /whoami'] },
      },
    ]),
  );
  const stage = { region: 'eu-central-1', callerAccountId: '222222222222', externalId: '0123456789abcdef' };
  const settings = readStageSettings('dev', undefined, () =>
    JSON.stringify({ dev: { ...stage, accessMode: 'resource-policy', callers, ...extra } }),
  );
  const variables = { 'self:custom.settings': settings, 'sls:stage': 'dev' };
  const template = await resources({
    resolveVariable: async (name: keyof typeof variables) => variables[name] as never,
  });
  const api = { Type: 'AWS::ApiGateway::RestApi', Properties: { Policy: undefined } };
  const compiledCloudFormationTemplate = {
    Resources: { ...template.Resources, ApiGatewayRestApi: api },
    Outputs: template.Outputs,
  };
  const service = { custom: { settings }, provider: { compiledCloudFormationTemplate } };
  const warnings: string[] = [];
  for (const Plugin of [AccessMode, PrivateApi, PolicySize]) {
    const log = { warning: (message: string) => warnings.push(message) };
    new Plugin({ service, classes: { Error } }, {}, { log }).hooks[HOOK]();
  }
  return { policy: api.Properties.Policy, warnings };
}

test('a resource policy that AWS takes is deployed without a word', async () => {
  const { policy, warnings } = await packaged(15);
  expect(policyLength(policy)).toBeLessThan(8_192);
  expect(warnings).toEqual([]);
});

test('a resource policy with too many callers is named before AWS refuses it, with what to do', async () => {
  const { warnings } = await packaged(30);
  expect(warnings).toEqual([
    expect.stringMatching(
      /^The API's resource policy has \d{4} characters, as it names 31 callers\. AWS takes 8192 by default.* Set accessMode: assume-role.*L-8B81B02C/,
    ),
  ]);
});

test('the access mode assume-role has no such limit', async () => {
  expect(await packaged(30, { accessMode: 'assume-role' })).toEqual({ policy: undefined, warnings: [] });
});

test('the policy of a private API names its callers in each access mode', async () => {
  const privateApi = {
    vpcEndpointIds: ['vpce-0123456789abcdef0'],
    ...{ subnetIds: ['subnet-0123456789abcdef0'], securityGroupIds: ['sg-0123456789abcdef0'] },
  };
  const { warnings } = await packaged(30, { accessMode: 'assume-role', privateApi });
  expect(warnings).toEqual([expect.stringContaining('Deploy some of the callers to a stage of their own')]);
});

test('the length is that of the policy as AWS gets it: with values, without spaces', () => {
  const policy = { AWS: { 'Fn::Sub': `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:root` } };
  expect(policyLength(policy)).toBe('{"AWS":"arn:aws:iam::123456789012:root"}'.length);
  expect(policyLength('')).toBe(0);
});
