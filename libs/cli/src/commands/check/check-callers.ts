import { callWith } from '../../call-of.ts';
import { accountsOf } from './check-access.ts';
import { type CheckResult, resultsOf } from './check-result.ts';
import { type Facts, isUnknown } from './facts.ts';

/**
 * The further callers of the settings use routes that the API has, and their roles exist under the names of the settings. A
 * message names callers whose accounts were not read: nothing is known of their roles. A role that may not be read is no warning:
 * it belongs to another team, and the deployment needs no permission for it.
 */
export function checkCallers(facts: Facts): CheckResult[] {
  const { stage, settings, services } = facts;
  if ('problem' in settings) return [];
  const { pass, warn, fail } = resultsOf('callers');
  const api = services?.api;
  const served =
    api === undefined || isUnknown(api) ? undefined : api.functions.flatMap(({ routes }) => routes);
  const found = new Map(accountsOf(facts).flatMap(({ contents }) => [...(contents?.callerRoles ?? [])]));
  const unread: string[] = [];
  const findings = settings.callers.flatMap((each): CheckResult[] => {
    const { name, accountId, roleArn, routes = [], deployment } = each;
    const missing = routes.filter((route) => served !== undefined && !served.includes(route));
    if (missing.length > 0) {
      return [
        fail(
          `${name} may call ${missing.join(', ')}, which the API does not have. Its routes are ${served?.join(', ')}.`,
          `Correct ${stage}.callers.${name}.routes in services/stages.yml, or add the route to services/api/serverless.yml.`,
        ),
      ];
    }
    if (!found.has(name)) {
      unread.push(`${name} (account ${accountId})`);
      return [];
    }
    const role = found.get(name);
    if (isUnknown(role)) {
      return [
        pass(
          `Only the settings and routes of ${name} were checked, and not its role ${roleArn}: ${role.unknown}`,
        ),
      ];
    }
    if (role === roleArn) return [pass(`${name} calls as ${roleArn}, which exists.`)];
    if (role === undefined && deployment !== undefined) {
      return [pass(`${name} will call as ${roleArn}, which its deployment from this project makes.`)];
    }
    return role === undefined
      ? [
          warn(
            `There is no role ${roleArn} yet, as which ${name} is to call.`,
            'The API can be deployed without it. Its team creates it under exactly this name and path.',
          ),
        ]
      : [
          fail(
            `${name} is to call as ${roleArn}, and the role of that name is ${role}: the API would refuse it.`,
            `Give ${stage}.callers.${name}.roleName in services/stages.yml the path of the role.`,
          ),
        ];
  });
  if (unread.length === 0) return findings;
  return [
    ...findings,
    warn(
      `Only the settings and routes of ${unread.join(', ')} were checked: no profile can read the caller's account. The deployment fails if the account does not exist.`,
      `After the deployment, ${callWith('handover', `--stage ${stage} --caller NAME`)} writes what the caller's team needs.`,
    ),
  ];
}
