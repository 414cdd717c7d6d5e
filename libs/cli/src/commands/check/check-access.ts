import { parseArn } from '@cross-account-api/iam';
import {
  accountMistake,
  accountOfApi,
  accountOfCaller,
  accountRemedy,
  type CredentialsSource,
  type ServiceAccount,
  type StageSettings,
  withoutCapital,
} from '@cross-account-api/serverless-plugin';
import { callOf } from '../../call-of.ts';
import { accountsOfStage } from '../../project/stage-settings.ts';
import { type CheckResult, resultsOf } from './check-result.ts';
import {
  type AccountFacts,
  type CredentialsProblem,
  type DeniedAction,
  type Facts,
  type Identity,
  isUnknown,
  type SimulatedPermissions,
  serviceNames,
} from './facts.ts';
import { PRINCIPAL_KEY } from './function-permissions.ts';

/** An account, and the service that is deployed to it. */
interface AccountOfService extends AccountFacts {
  /** The service's name in serverless-compose.yml. */
  readonly service: string;
}

/** The accounts that were looked at, one for each service. */
export function accountsOf({
  accounts,
  further = [],
}: Pick<Facts, 'accounts' | 'further'>): readonly AccountOfService[] {
  return [
    ...serviceNames.map((service) => ({ service, account: accounts[service] })),
    ...further.map(({ name, account }) => ({ service: name, account })),
  ].flatMap(({ service, account }) => (account === undefined ? [] : [{ service, ...account }]));
}

/** The credentials of each service's deployment are valid. */
export function checkCredentials(facts: Facts): CheckResult[] {
  const { pass, fail } = resultsOf('credentials');
  return accountsOf(facts).flatMap(({ service, source, identity }) => {
    const { subject, profile, insteadOf } = source;
    if (isIdentity(identity)) {
      const deploys = `${subject} deploys ${service} as ${identity.arn}.`;
      return [
        pass(
          insteadOf === undefined
            ? deploys
            : `${deploys} AWS's files have no credentials for the profile "${insteadOf}" of services/stages.yml.`,
        ),
      ];
    }
    const { kind, reason, remedy: ofProfile } = identity;
    if (kind === 'unreachable') {
      return [
        fail(
          `AWS did not answer ${withoutCapital(subject)}: ${reason}`,
          `Check the network, and try again. ${ended}`,
        ),
      ];
    }
    if (kind !== 'credentials') return [];
    const remedy =
      profile === undefined
        ? 'Sign in, or name profiles in services/stages.yml.'
        : `Sign in (aws sso login --profile ${profile}), set the profile up (aws configure --profile ${profile}), or name another one in services/stages.yml.`;
    return [
      ofProfile === undefined
        ? fail(`${subject} has no valid credentials: ${reason}`, `${remedy} ${ended}`)
        : fail(`${subject} has no valid credentials. ${reason}`, `${ofProfile}. ${ended}`),
    ];
  });
}

const ended = 'Nothing else was checked in this account.';

/** The region exists and is enabled, and all accounts are of its partition of AWS. */
export function checkRegion(facts: Facts): CheckResult[] {
  const { pass, fail } = resultsOf('region');
  const { settings } = facts;
  if ('problem' in settings) return [];
  const { region } = settings;
  const accounts = accountsOf(facts);
  const problems = accounts.flatMap(({ source: { subject }, identity }) => {
    if (isIdentity(identity)) return [];
    if (identity.kind === 'region does not exist') {
      return [
        fail(
          `AWS has no address for the region ${region}: ${identity.reason}`,
          `Correct the region in services/stages.yml or STAGE_REGION, or check this machine's network. ${ended}`,
        ),
      ];
    }
    if (identity.kind !== 'region is not enabled') return [];
    return [
      fail(
        `${subject} is of an account in which the region ${region} is not enabled: ${identity.reason}`,
        `Enable it (AWS Console, Account, AWS Regions), which takes minutes, or choose another region. ${ended}`,
      ),
    ];
  });
  if (problems.length > 0) return problems;
  const partitions = new Set(
    accounts.flatMap(({ identity }) => (isIdentity(identity) ? [parseArn(identity.arn).partition] : [])),
  );
  if (partitions.size > 1) {
    return [
      fail(
        `The accounts are of different partitions of AWS (${[...partitions].join(' and ')}), between which no role can be assumed.`,
        'Use accounts of one partition.',
      ),
    ];
  }
  const [partition] = partitions;
  return partition === undefined ? [] : [pass(`${region} is enabled, in the partition ${partition}.`)];
}

/** The credentials belong to the accounts of the settings. One account for both services is allowed. */
export function checkAccounts(facts: Facts): CheckResult[] {
  const { stage, settings } = facts;
  const { pass, fail } = resultsOf('accounts');
  if ('problem' in settings) return [];
  const absent = absentAccounts(facts, settings);
  const known = accountsOf(facts).flatMap(({ service, source, identity }) =>
    isIdentity(identity) ? [{ service, source, accountId: identity.accountId }] : [],
  );
  const mistakes = known.flatMap(({ service, source, accountId }) => {
    const ofService = facts.further?.find(({ name }) => name === service)?.settings ?? settings;
    const owner = ownerOf(service, ofService);
    const mistake = wrongAccount(owner, source, accountId, stage);
    const remedy = accountRemedy(stage, owner, source);
    return mistake === undefined ? [] : [fail(mistake, `${remedy} ${ended}`)];
  });
  if (mistakes.length > 0 || known.length === 0) return [...absent, ...mistakes];
  const [api, caller] = serviceNames.map((name) => known.find(({ service }) => service === name)?.accountId);
  const described = known
    .map(({ service, accountId }) => `${service} goes to account ${accountId}`)
    .join(', ');
  return [
    ...absent,
    pass(
      api !== undefined && api === caller
        ? `${described}. Both are one account: that works, and then nothing is called across accounts.`
        : `${described}.`,
    ),
  ];
}

/** The accounts of the settings that local AWS lacks. Without that of a service, nothing can be deployed; others are those of other teams. */
function absentAccounts({ localAccounts }: Facts, settings: StageSettings): readonly CheckResult[] {
  const { warn, fail } = resultsOf('accounts');
  const { apiAccountId, callerAccountId, callers } = settings;
  const deployed = new Set([
    apiAccountId,
    callerAccountId,
    ...callers.flatMap(({ accountId, deployment }) => (deployment === undefined ? [] : [accountId])),
  ]);
  return accountsOfStage(settings)
    .filter((id) => localAccounts?.includes(id) === false)
    .map((id) =>
      (deployed.has(id) ? fail : warn)(
        `Local AWS was started without account ${id}.`,
        `End it, and start it again: ${callOf('start')}`,
      ),
    );
}

/** The problem with the account of a service's credentials, if there is one. */
export function wrongAccount(
  { setting, accountId: expected }: ServiceAccount,
  { subject }: CredentialsSource,
  actual: string,
  stage: string,
): string | undefined {
  return accountMistake({ stage, setting, expected, actual, subject });
}

/** @param settings of the stage, for the service */
export function ownerOf(name: string, settings: StageSettings): ServiceAccount {
  return name === 'api' ? accountOfApi(settings) : accountOfCaller(settings);
}

/** The deployer of a service may do everything that a deployment does, by AWS's policy simulator. */
export function checkPermissions(facts: Facts): CheckResult[] {
  return accountsOf(facts).flatMap(({ service, contents, cli }) => {
    if (contents === undefined) return [];
    const { permissions } = contents;
    const check = resultsOf('permissions');
    if (isUnknown(permissions)) return [check.unknown(`What is needed to deploy ${service}`, permissions)];
    const { folder = `services/${service}` } = facts.further?.find(({ name }) => name === service) ?? {};
    return checkSimulation({ name: service, folder }, permissions, cli);
  });
}

const sources = ['identity-based policies', 'the permissions boundary', 'the organization'] as const;

/** One finding for each source and kind of denials, as each has its own remedy, and one for each action without which AWS may go on. */
function checkSimulation(
  { name, folder }: { readonly name: string; readonly folder: string },
  { principalArn, count, denied, absentFromRole }: SimulatedPermissions,
  cli: string,
): CheckResult[] {
  const { pass, warn, fail } = resultsOf('permissions');
  if (denied.length === 0) {
    return [pass(`${principalArn} may do all ${count} things that a deployment of ${name} does.`)];
  }
  const forgiven = denied.filter(({ mayBeForgiven }) => mayBeForgiven !== undefined);
  const warnings = [...Map.groupBy(forgiven, ({ action }) => action)].map(([action, group]) => {
    const { by = 'identity-based policies', explicit = false, mayBeForgiven = '' } = group[0] ?? {};
    const role = `and to ${folder}/deployment-role.yml if it lacks it`;
    return warn(
      `${wordSource(by, explicit)} ${principalArn} ${action}, for which a deployment of ${name} asks. ${mayBeForgiven}`,
      `Deploy, or: ${wordRemedy(by, group, { principalArn, cli, role })}`,
    );
  });
  const kinds = sources.flatMap((source) => [true, false].map((isDenied) => ({ source, isDenied })));
  const findings = kinds.flatMap(({ source, isDenied }) => {
    const here = denied.filter(
      ({ by, explicit, mayBeForgiven }) =>
        by === source && explicit === isDenied && mayBeForgiven === undefined,
    );
    if (here.length === 0) return [];
    const missing = [...new Set(here.flatMap(({ missingKeys }) => missingKeys))];
    const actions = [...new Set(here.map(wordAction))];
    const absent = new Set(absentFromRole.map(wordAction));
    const lacking = actions.filter((action) => absent.has(action));
    const message = `${wordSource(source, isDenied)} ${principalArn} ${actions.join(', ')}, which a deployment of ${name} needs.`;
    const role =
      lacking.length > 0
        ? `and to ${folder}/deployment-role.yml, which lacks ${lacking.join(', ')}`
        : 'or deploy with the role of services/*/deployment-role.yml';
    const remedy = wordRemedy(source, here, { principalArn, cli, role });
    return !isDenied && here.every(({ missingKeys }) => missingKeys.length > 0)
      ? [
          warn(
            `${message} But its policies have conditions on ${missing.join(', ')}, whose values only a deployment has.`,
            `Deploy, or: ${remedy}`,
          ),
        ]
      : [fail(message, remedy)];
  });
  return [...findings, ...warnings];
}

/** @example 'lambda:AddPermission for s3.amazonaws.com' */
function wordAction({ action, principal }: Pick<DeniedAction, 'action' | 'principal'>): string {
  return principal === undefined ? action : `${action} for ${principal}`;
}

function wordSource(source: DeniedAction['by'], isDenied: boolean): string {
  switch (source) {
    case 'identity-based policies':
      return isDenied ? 'A statement denies' : 'No identity-based policy allows';
    case 'the permissions boundary':
      return isDenied ? 'The permissions boundary denies' : 'The permissions boundary does not allow';
    case 'the organization':
      return isDenied
        ? 'A service control policy of the organization denies'
        : 'The service control policies of the organization do not allow';
  }
}

function wordRemedy(
  source: DeniedAction['by'],
  denied: readonly DeniedAction[],
  { principalArn, cli, role }: { readonly principalArn: string; readonly cli: string; readonly role: string },
): string {
  if (source === 'the organization') {
    return 'Ask the administrators of the organization to allow it, or deploy to another account.';
  }
  const explicit = denied.find((each) => each.explicit);
  if (explicit !== undefined) {
    return `Remove the Deny, or deploy with other credentials. This names the statement:\n  ${cli} iam simulate-principal-policy --policy-source-arn ${principalArn} --action-names ${explicit.action} --resource-arns '${explicit.resource}'`;
  }
  const where = source === 'the permissions boundary' ? 'its permissions boundary' : 'a policy of it';
  return `Add to ${where}, ${role}:\n${statementsFor(denied)
    .map((statement) => `  ${JSON.stringify(statement)}`)
    .join('\n')}`;
}

/** The smallest statements that allow actions on resources, one for each set of resources, and of principals that permissions admit. */
export function statementsFor(denied: readonly DeniedAction[]) {
  const byAction = [...Map.groupBy(denied, ({ action }) => action)].map(([action, each]) => ({
    action,
    resources: distinct(each.map(({ resource }) => resource)),
    principals: distinct(each.flatMap(({ principal }) => principal ?? [])),
  }));
  const alike = Map.groupBy(byAction, ({ resources, principals }) => JSON.stringify([resources, principals]));
  return [...alike.values()].flatMap((group) =>
    group.slice(0, 1).map(({ resources, principals }) => ({
      Effect: 'Allow',
      Action: group.map(({ action }) => action),
      Resource: resources,
      ...(principals.length > 0 && { Condition: { StringEquals: { [PRINCIPAL_KEY]: principals } } }),
    })),
  );
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort();
}

function isIdentity(identity: Identity | CredentialsProblem): identity is Identity {
  return 'accountId' in identity;
}
