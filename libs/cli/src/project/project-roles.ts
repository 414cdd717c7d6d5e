import { isRoleArn, parseArn } from '@cross-account-api/iam';
import { definesResource, FIRST_FUNCTION, type ProjectFunction, readFunctions } from './functions.ts';
import { stageNames } from './stage-settings.ts';

/**
 * The file of this project that defines a role. Roles are known by the names that the services give them by default.
 * @param resource the `Resource` of a statement to add there
 * @returns e.g. `services/api/serverless.yml, functions.message.iamRoleStatements, with Resource: !GetAtt MessagesTable.Arn`;
 *   `undefined` for any other role
 */
export function fileOfRole(roleArn: string, resource?: unknown): string | undefined {
  const name = isRoleArn(roleArn) ? parseArn(roleArn).name : '';
  // The prefixes of the names of all stages. One service's prefix may begin with the other's.
  const { api, caller } = stageNames('');
  const [prefix] = [api, caller].filter((each) => name.startsWith(each)).sort((a, b) => b.length - a.length);
  if (prefix === undefined) return undefined;
  if (prefix === caller) {
    return (
      placeInFunction(name, resource) ??
      `services/caller/serverless.yml, functions.caller.${isOfCall(resource) ? 'calls' : 'iamRoleStatements'}`
    );
  }
  const invoke = /-invoke(?:\.([a-z0-9-]+))?(?:_[a-z0-9-]+)?$/.exec(name);
  if (invoke === null) return placeInFunction(name, resource);
  const [, further] = invoke;
  return further === undefined
    ? 'services/api/serverless.yml, resources.Resources.InvokeRole, with the setting routes of services/stages.yml'
    : `services/stages.yml, callers.${further}`;
}

/** Whether the property `calls` gives a function the right to a resource: a role that it assumes, or a route. */
function isOfCall(resource: unknown): boolean {
  return typeof resource === 'string' && /^arn:aws[a-z-]*:(iam::\d*:role\/|execute-api:)/.test(resource);
}

/** The place of a role that serverless-iam-roles-per-function makes. */
function placeInFunction(roleName: string, resource: unknown): string | undefined {
  const [found] = readFunctions()
    .filter((each) => patternOf(each)?.test(roleName))
    .sort((a, b) => (b.roleName ?? '').length - (a.roleName ?? '').length);
  if (found === undefined) return undefined;
  const { folder, key, statementsVariable, calls } = found;
  if (calls && isOfCall(resource)) return `${folder}/serverless.yml, functions.${key}.calls`;
  const variable = statementsVariable === undefined ? '' : ` (${statementsVariable})`;
  const reference = referenceTo(resource, found);
  const written = reference === undefined ? '' : `, with Resource: ${reference}`;
  return `${folder}/serverless.yml, functions.${key}.iamRoleStatements${variable}${written}`;
}

/** Matches the names of the role in all stages and regions. */
function patternOf({ service, key, roleName, calls }: ProjectFunction): RegExp | undefined {
  const [, suffix = calls && roleName === undefined && key !== FIRST_FUNCTION ? `-${key}` : undefined] =
    /^\$\{self:service\}-\$\{sls:stage\}(-[\w-]+)(?:\$\{[\w:.]+\})?$/.exec(roleName ?? '') ?? [];
  return suffix === undefined ? undefined : new RegExp(`^${service}-[\\w-]+?${suffix}(_[a-z0-9-]+)?$`);
}

/**
 * The way to write a resource of the same stack. CloudFormation names a table `<stack>-<logical ID>-<random>`
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html).
 */
function referenceTo(resource: unknown, { service, folder }: ProjectFunction): string | undefined {
  if (typeof resource !== 'string') return undefined;
  const { service: awsService, name } = parseArn(resource);
  const [, logicalId] = new RegExp(`^${service}-[\\w-]+?-([A-Za-z0-9]+)-[A-Za-z0-9]+$`).exec(name) ?? [];
  if (awsService !== 'dynamodb' || logicalId === undefined) return undefined;
  return definesResource(folder, logicalId) ? `!GetAtt ${logicalId}.Arn` : undefined;
}
