import { stageNames } from '../project/stage-settings.ts';

/**
 * The file of this project that defines a role. Roles are known by the names that the services give them by default.
 * @returns e.g. `services/api/serverless.yml, InvokeRole`; `undefined` for any other role
 */
export function fileOfRole(roleArn: string): string | undefined {
  const [, name = ''] = /:role\/(?:.*\/)?(.+)$/.exec(roleArn) ?? [];
  // The prefixes of the names of all stages. One service's prefix may begin with the other's.
  const { api, caller } = stageNames('');
  const [prefix] = [api, caller].filter((each) => name.startsWith(each)).sort((a, b) => b.length - a.length);
  if (prefix === undefined) return undefined;
  if (prefix === caller) return 'services/caller/serverless.yml, functions.caller.iamRoleStatements';
  const invoke = /-invoke(?:\.([a-z0-9-]+))?(?:_[a-z0-9-]+)?$/.exec(name);
  if (invoke === null) return undefined;
  const [, further] = invoke;
  return further === undefined
    ? 'services/api/serverless.yml, resources.Resources.InvokeRole, with the setting routes of services/stages.yml'
    : `services/stages.yml, callers.${further}`;
}
