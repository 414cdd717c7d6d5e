/**
 * The file of this project that defines a role. Roles are known by the names that the services give them by default.
 * @returns e.g. `services/api/serverless.yml, InvokeRole`; `undefined` for any other role
 */
export function fileOfRole(roleArn: string): string | undefined {
  const [, service, of] = /:role\/(?:.*\/)?cross-account-(api|caller)-(.+)$/.exec(roleArn) ?? [];
  if (service === 'caller') return 'services/caller/serverless.yml, functions.caller.iamRoleStatements';
  return of !== undefined && /-invoke(_[a-z0-9-]+)?$/.test(of)
    ? 'services/api/serverless.yml, resources.Resources.InvokeRole'
    : undefined;
}
