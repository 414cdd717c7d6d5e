import { parseArn } from '@cross-account-api/iam';
import { deletionOf, EVENTS_PAGE } from '@cross-account-api/serverless-plugin';
import { whyBlocked } from '../../stage/blocked-stack.ts';
import { wayOutOfMissingApi } from '../../stage/deployed-stacks.ts';
import { accountsOf } from './check-access.ts';
import { type CheckResult, resultsOf } from './check-result.ts';
import { type Facts, isUnknown, servicesOf } from './facts.ts';

/** The role that the commands of the README create. */
export const ACCESS_LOG_ROLE = 'apigateway-cloudwatch-logs';

/** Account A has a role with which API Gateway writes access logs. */
export function checkAccessLogRole(facts: Facts): CheckResult[] {
  const { pass, fail, unknown } = resultsOf('access log role');
  const { api } = facts.accounts;
  const role = api?.contents?.accessLogRole;
  if (api === undefined || role === undefined || 'problem' in facts.settings) return [];
  if (isUnknown(role)) return [unknown("API Gateway's role for access logs", role)];
  if (role.arn !== undefined) return [pass(`API Gateway writes access logs with ${role.arn}.`)];
  const { identity, cli } = api;
  const { region } = facts.settings;
  const commands = 'accountId' in identity ? accessLogCommands(identity, cli, role.isCreated) : [];
  return [
    fail(
      `Account A has no role with which API Gateway writes access logs in ${region}: the deployment would fail.`,
      [
        'Create it. If AWS says that the role does not have the required permissions, repeat the last command after a few seconds:',
        ...commands.map((command) => `  ${command}`),
      ].join('\n'),
    ),
  ];
}

function accessLogCommands(
  { accountId, arn }: { readonly accountId: string; readonly arn: string },
  cli: string,
  isCreated: boolean,
): string[] {
  const { partition } = parseArn(arn);
  const trust = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'apigateway.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  });
  const role = `--role-name ${ACCESS_LOG_ROLE}`;
  const create = [
    `${cli} iam create-role ${role} --assume-role-policy-document '${trust}'`,
    `${cli} iam attach-role-policy ${role} --policy-arn arn:${partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs`,
  ];
  return [
    ...(isCreated ? [] : create),
    `${cli} apigateway update-account --patch-operations op=replace,path=/cloudwatchRoleArn,value=arn:${partition}:iam::${accountId}:role/${ACCESS_LOG_ROLE}`,
  ];
}

/** Each stack can be created or updated. */
export function checkStacks(facts: Facts): CheckResult[] {
  const { pass, fail, unknown } = resultsOf('stacks');
  return contentsOf(facts).map(({ service, name, contents: { stack }, cli }) => {
    if (isUnknown(stack)) return unknown(`The stack ${name}`, stack);
    if (stack === undefined) return pass(`${name} does not exist, and will be created.`);
    const { status, failed = [], missingApi } = stack;
    const remove = `npx sls ${service}:remove --stage ${facts.stage}`;
    if (missingApi !== undefined && !status.endsWith('_IN_PROGRESS')) {
      return fail(
        `${name} names an API that no longer exists: ${missingApi}. Somebody has deleted it past CloudFormation, which cannot update the stack any more.`,
        wayOutOfMissingApi(facts.stage),
      );
    }
    const blocked = whyBlocked(name, status, failed);
    if (blocked === undefined) return pass(`${name} is ${status}, and can be updated.`);
    if (status.endsWith('_IN_PROGRESS')) return fail(blocked, 'Wait until it has ended, and check again.');
    const ids = failed.map(({ logicalId }) => logicalId).join(' ');
    const named = failed.some(({ reason }) => reason !== undefined) ? '' : " that the stack's events name";
    const solve = `Solve what${named === '' ? ' holds them' : named}`;
    if (status === 'UPDATE_ROLLBACK_FAILED') {
      // https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ContinueUpdateRollback.html, ResourcesToSkip
      const skip = `\nOr leave them as they are, and repair them afterwards:\n  ${cli} cloudformation continue-update-rollback --stack-name ${name} --resources-to-skip ${ids}`;
      return fail(
        blocked,
        `${solve}, and:\n  ${cli} cloudformation continue-update-rollback --stack-name ${name}${failed.length > 0 ? skip : ''}`,
      );
    }
    if (failed.length === 0) return fail(blocked, `Remove the service, and deploy again:\n  ${remove}`);
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html, RetainResources
    const keep = `\nOr keep them, and let CloudFormation forget them with the stack:\n  ${cli} cloudformation delete-stack --stack-name ${name} --retain-resources ${ids}`;
    return fail(
      blocked,
      `${solve}, then remove the service, and deploy again:\n  ${remove}${status === 'DELETE_FAILED' ? keep : ''}`,
    );
  });
}

/** The names that the templates give are free, or belong to the stack. */
export function checkNames(facts: Facts): CheckResult[] {
  const { pass, fail, unknown } = resultsOf('names');
  return contentsOf(facts).flatMap(({ name, contents: { stack, existing } }) => {
    if (isUnknown(stack)) return [];
    const findings = [...existing].flatMap(([resource, exists]) => {
      const what = `The ${resource.kind} ${resource.name}`;
      if (isUnknown(exists)) return [unknown(what, exists)];
      if (!exists || stack?.resources.has(resource.name) === true) return [];
      return [
        fail(
          `${what} exists, and is not part of the stack ${name}: the deployment would fail.`,
          `Delete it if it is not needed (if another stack created it, remove that stack), or choose another name for the stage.`,
        ),
      ];
    });
    return findings.length > 0
      ? findings
      : [pass(`The ${existing.size} names of ${name} are free, or its own.`)];
  });
}

/** No table of an earlier deployment is outside of the stack, where nobody would use it. */
export function checkLeftTables(facts: Facts): CheckResult[] {
  const { pass, warn, unknown } = resultsOf('tables');
  const { settings } = facts;
  const isRetained = !('problem' in settings) && settings.retainData;
  return contentsOf(facts).flatMap(({ name, contents: { leftTables: tables, stack }, cli }) => {
    if (tables === undefined) return [];
    if (isUnknown(tables)) return [unknown(`The tables of earlier deployments of ${name}`, tables)];
    if (tables.length === 0) return [pass(`No table of an earlier deployment of ${name} is left.`)];
    const names = tables.map((table) => table.name).join(', ');
    // The next deployment takes over what it finds.
    if (stack === undefined && isRetained) {
      return [pass(`The deployment takes over what an earlier ${name} has left: ${names}.`)];
    }
    return [
      warn(
        `An earlier deployment of ${name} has left ${names}: the stage does not use what is in there. A deployment that fails leaves tables with deletionProtection, a removal those with retainData, and an update those that it replaces.`,
        [
          'Look whether you need what is in there. If not:',
          ...tables.flatMap((table) => {
            const commands = deletionOf(table.name, cli);
            return (table.isProtected ? commands : commands.slice(-1)).map((command) => `  ${command}`);
          }),
        ].join('\n'),
      ),
    ];
  });
}

/** Both accounts have the permissions boundary of the settings, and it allows what the events of the functions need. */
export function checkBoundary(facts: Facts): CheckResult[] {
  const { pass, fail, unknown } = resultsOf('permissions boundary');
  return contentsOf(facts).flatMap(({ service, contents: { boundary }, events }) => {
    if (boundary === undefined) return [];
    const { arn, exists, lacks } = boundary;
    if (isUnknown(exists)) return [unknown(`The policy ${arn}`, exists)];
    if (!exists) {
      return [
        fail(
          `There is no policy ${arn}, which services/stages.yml names as permissionsBoundary of all roles.`,
          'Create the policy, or correct permissionsBoundary.',
        ),
      ];
    }
    const found = pass(`${arn} exists.`);
    if (lacks === undefined) return [found];
    if (isUnknown(lacks)) return [found, unknown(`What events need of ${arn}`, lacks)];
    const forbidden = events.flatMap(({ functionName, event, actions = [] }) => {
      const lacking = actions.filter((action) => lacks.has(action));
      return lacking.length === 0 ? [] : [`${lacking.join(', ')} (event ${event} of ${functionName})`];
    });
    if (forbidden.length === 0) return [found];
    return [
      fail(
        `The permissions boundary ${arn} allows no ${[...new Set(forbidden)].join('; ')}: the stack would be deployed, and these events would not arrive.`,
        `Deploy services/${service}/deployment-role.yml again${service === 'caller' ? ', with the parameter Triggers=yes' : ''}. What its Boundary does not have, add there, or to the boundary of your company.`,
      ),
    ];
  });
}

/** Each event of a function is one that is known here. */
export function checkEvents(facts: Facts): CheckResult[] {
  const { warn } = resultsOf('events');
  return servicesOf(facts).flatMap(({ folder, service }) => {
    if (isUnknown(service)) return [];
    const unknown = (service.events ?? []).filter(({ actions }) => actions === undefined);
    return unknown.map(({ functionName, event }) =>
      warn(
        `The event ${event} of ${functionName} in ${folder}/serverless.yml is not one of the framework: what it needs of the function's role, of the permissions boundary and of whoever deploys was not checked.`,
        `The plugin that adds it should say. The events of the framework: ${EVENTS_PAGE}`,
      ),
    );
  });
}

/** The roles that are listed by name. Further ones are counted. */
const LISTED_ROLES = 10;

/**
 * No role that was there before, and that the stage's deployer may give to a function by its name, is outside of the boundary: it would give
 * the deployer all that it may do.
 */
export function checkUnboundedRoles(facts: Facts): CheckResult[] {
  const { pass, warn, unknown } = resultsOf('roles within the boundary');
  return contentsOf(facts).flatMap(({ name, contents: { boundary, unboundedRoles: roles }, cli }) => {
    if (boundary === undefined || roles === undefined) return [];
    const which = `roles whose names begin with ${name}`;
    if (isUnknown(roles)) return [unknown(`The permissions boundary of ${which}`, roles)];
    if (roles.length === 0) return [pass(`All ${which} have the boundary, or are the stack's.`)];
    const listed = roles.slice(0, LISTED_ROLES);
    const described = listed.map(
      ({ name: role, boundaryArn }) =>
        `${role} (${boundaryArn === undefined ? 'none' : `another: ${boundaryArn}`})`,
    );
    const further = roles.length - listed.length;
    return [
      warn(
        `These ${which} do not have the permissions boundary that services/stages.yml demands: ${described.join(', ')}${further > 0 ? ` and ${further} more` : ''}. Who may deploy the stage, such as the CI role, may give them to a function and do what they may do.`,
        [
          'Look what they are for: another stage may have them. Then give them the boundary, delete them, or give them other names:',
          ...listed.map(
            ({ name: role }) =>
              `  ${cli} iam put-role-permissions-boundary --role-name ${role} --permissions-boundary ${boundary.arn}`,
          ),
        ].join('\n'),
      ),
    ];
  });
}

/** Account B is in the organization of the settings, if they name one: account A admits no other. */
export function checkOrganization(facts: Facts): CheckResult[] {
  const { pass, fail, unknown } = resultsOf('organization');
  const { stage, settings, accounts } = facts;
  const organization = accounts.caller?.contents?.organization;
  if (organization === undefined || 'problem' in settings) return [];
  if (isUnknown(organization)) return [unknown('The organization of account B', organization)];
  const { organizationId } = settings;
  const { id } = organization;
  if (id === organizationId) return [pass(`Account B is in the organization ${id}.`)];
  return [
    fail(
      `services/stages.yml: ${stage}.organizationId is ${organizationId}, but account B is in ${id === undefined ? 'no organization' : `the organization ${id}`}: the API would not admit the caller.`,
      'Correct organizationId, or remove it.',
    ),
  ];
}

/**
 * The caller's requests reach the API. In a VPC, a private API needs its VPC endpoint. For a public API, no endpoint may have
 * private DNS: it would answer in place of the API.
 */
export function checkNetwork(facts: Facts): CheckResult[] {
  const { pass, warn, fail, unknown } = resultsOf('network');
  return contentsOf(facts).flatMap(({ contents: { vpcEndpoints }, cli }) => {
    if (vpcEndpoints === undefined) return [];
    if (isUnknown(vpcEndpoints)) return [unknown("The caller's VPC", vpcEndpoints)];
    const wanted = 'problem' in facts.settings ? undefined : facts.settings.privateApi?.vpcEndpointIds[0];
    if (wanted !== undefined) {
      return vpcEndpoints.some(({ id }) => id === wanted)
        ? [pass(`The caller's VPC has the execute-api endpoint ${wanted}.`)]
        : [
            fail(
              `services/stages.yml: the caller's VPC has no execute-api endpoint ${wanted}, which is the first of ${facts.stage}.privateApi.vpcEndpointIds: the caller would not reach the API.`,
              `Name the endpoint of this VPC first, or create one:\n  ${cli} ec2 describe-vpc-endpoints`,
            ),
          ];
    }
    const privates = vpcEndpoints.filter(({ privateDns }) => privateDns);
    if (privates.length === 0) {
      return [pass("The caller's VPC has no execute-api endpoint with private DNS.")];
    }
    return privates.map(({ id, vpcId }) =>
      warn(
        `The caller's VPC ${vpcId} has the execute-api endpoint ${id} with private DNS. It receives all requests for APIs, and answers those for public ones, such as this, with 403 Forbidden.`,
        `Turn its private DNS off, and let other functions reach private APIs by the endpoint's own host names; or put the caller into another VPC:\n  ${cli} ec2 modify-vpc-endpoint --vpc-endpoint-id ${id} --no-private-dns-enabled`,
      ),
    );
  });
}

function contentsOf(facts: Facts) {
  return accountsOf(facts).flatMap(({ service, contents, cli }) => {
    const resolved = servicesOf(facts).find(({ name }) => name === service)?.service;
    if (contents === undefined || resolved === undefined || isUnknown(resolved)) return [];
    return [{ service, name: resolved.stackName, contents, cli, events: resolved.events ?? [] }];
  });
}
