import { readStageSettings } from '@cross-account-api/serverless-plugin';
import { projectWith } from '../../../../serverless-plugin/src/project.testing.ts';
import type { AccountContents, AccountFacts, Facts, ServiceFacts } from './facts.ts';

const stages = `dev: { region: eu-central-1, apiAccountId: "111111111111", callerAccountId: "222222222222", externalId: 0123456789abcdef,
  securityPolicy: TLS_1_2, apiProfile: api-dev, callerProfile: caller-dev }`;

/** The settings of a stage that is complete. */
export const settings = readStageSettings('dev', projectWith(stages));

/** A service with one function. */
export function service(
  name: 'api' | 'caller',
  changes: Partial<ServiceFacts['functions'][0]> = {},
): ServiceFacts {
  const serviceName = name === 'api' ? 'depot' : 'shop';
  const stackName = `${serviceName}-dev`;
  return {
    service: serviceName,
    stackName,
    resources: {},
    permissions: [],
    outline: { Resources: {} },
    routes: {
      signed: name === 'api' ? ['POST /parcels', 'GET /sender'] : [],
      open: [],
      others: [],
      withoutIam: [],
      mistakes: [],
    },
    functions: [
      {
        name: stackName,
        timeoutSeconds: name === 'api' ? 8 : 20,
        routes: name === 'api' ? ['POST /parcels', 'GET /sender'] : [],
        subnetIds: undefined,
        properties: {},
        ...changes,
      },
    ],
    names: [{ kind: 'role', name: `${stackName}-role` }],
  };
}

/** An account that is ready for the first deployment. */
export function contents(name: 'api' | 'caller', changes: Partial<AccountContents> = {}): AccountContents {
  return {
    stack: undefined,
    existing: new Map(service(name).names.map((each) => [each, false])),
    ...(name === 'api' && { accessLogRole: { arn: 'arn:aws:iam::111111111111:role/logs', isCreated: true } }),
    permissions: {
      principalArn: `arn:aws:iam::${accountIdOf(name)}:role/deployer`,
      count: 3,
      denied: [],
      absentFromRole: [],
    },
    ...changes,
  };
}

/** An account and its deployer. */
export function account(name: 'api' | 'caller', changes: Partial<AccountFacts> = {}): AccountFacts {
  const accountId = accountIdOf(name);
  return {
    source: { from: 'stage', profile: `${name}-dev`, subject: `The profile "${name}-dev"` },
    cli: `aws --profile ${name}-dev --region eu-central-1`,
    identity: { accountId, arn: `arn:aws:sts::${accountId}:assumed-role/deployer/me` },
    contents: contents(name),
    ...changes,
  };
}

/** Facts of a stage that is ready to be deployed. */
export function facts(changes: Partial<Facts> = {}): Facts {
  return {
    stage: 'dev',
    now: new Date('2026-12-01T12:00:00Z'),
    packages: [{ name: 'osls', version: '4.3.1' }],
    tools: [{ name: 'osls', wanted: '^4.3.1', found: '4.3.1' }],
    settings,
    services: { api: service('api'), caller: service('caller') },
    inlineTemplates: [],
    limits: { isKnown: true, timeoutMs: 10_000, marginMs: 500, maxResponseBytes: 11 * 2 ** 20 },
    accounts: { api: account('api'), caller: account('caller') },
    ...changes,
  };
}

/** {@link facts} with something else in account A. */
export function inApiAccount(changes: Partial<AccountContents>): Facts {
  const api = account('api', { contents: contents('api', changes) });
  return facts({ accounts: { api, caller: account('caller') } });
}

function accountIdOf(name: 'api' | 'caller'): string {
  return name === 'api' ? '111111111111' : '222222222222';
}
