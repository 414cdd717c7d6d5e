/**
 * The file of this project that defines a role. Roles are known by the names that the services give them by default.
 * @returns e.g. `services/api/serverless.yml, InvokeRole`; `undefined` for any other role
 */
export function fileOfRole(roleArn: string): string | undefined {
  const [, service, of] = /:role\/(?:.*\/)?cross-account-(api|caller)-(.+)$/.exec(roleArn) ?? [];
  if (service === 'caller') return 'services/caller/serverless.yml, functions.caller.iamRoleStatements';
  const invoke = /-invoke(?:\.([a-z0-9-]+))?(?:_[a-z0-9-]+)?$/.exec(of ?? '');
  if (invoke === null) return undefined;
  const [, caller] = invoke;
  return caller === undefined
    ? 'services/api/serverless.yml, resources.Resources.InvokeRole'
    : `services/stages.yml, callers.${caller}`;
}
