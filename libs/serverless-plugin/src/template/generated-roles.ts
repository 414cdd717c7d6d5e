import { isDeepStrictEqual } from 'node:util';
import type { Resource, Template } from '../framework.ts';
import { propertiesOf } from '../properties.ts';

/** The logical ID of the framework's default role, and the end of those of functions' own roles. */
export const DEFAULT_ROLE = 'IamRoleLambdaExecution';

/**
 * The roles that serverless-iam-roles-per-function makes: one for each function with `iamRoleStatements`. Every other role is the owner's.
 * @see https://github.com/functionalone/serverless-iam-roles-per-function/blob/master/src/lib/index.ts `createRoleForFunction`
 */
export function rolesOfFunctions({ Resources }: Pick<Template, 'Resources'>): readonly Resource[] {
  return Object.entries(Resources).flatMap(([id, resource]) => {
    if (resource.Type !== 'AWS::IAM::Role' || !id.endsWith(DEFAULT_ROLE)) return [];
    const functionId = `${id.slice(0, -DEFAULT_ROLE.length)}LambdaFunction`;
    return Resources[functionId]?.Type === 'AWS::Lambda::Function' ? [resource] : [];
  });
}

/**
 * Takes an action out of the statement for logs, the first one of a generated role. A statement that is not as it was generated is the
 * owner's, and stays.
 * @param generated the lists of actions that are known
 */
export function dropLogAction(
  { Properties }: Resource,
  generated: readonly (readonly string[])[],
  action: string,
): void {
  const policies: unknown = Properties.Policies;
  if (!Array.isArray(policies)) return;
  const { Statement } = propertiesOf(propertiesOf(policies[0]).PolicyDocument);
  if (!Array.isArray(Statement)) return;
  const [first, ...others] = Statement;
  const { Action, Resource } = propertiesOf(first);
  const isOfLogs = Array.isArray(Resource) && Resource.every((each) => LOG_GROUP.test(JSON.stringify(each)));
  if (!isOfLogs || !generated.some((each) => isDeepStrictEqual(each, Action))) return;
  const kept = (Action as readonly string[]).filter((each) => each !== action);
  (propertiesOf(policies[0]).PolicyDocument as { Statement: unknown }).Statement = [
    { ...first, Action: kept },
    ...others,
  ];
}

const LOG_GROUP =
  /^\{"Fn::Sub":"arn:\$\{AWS::Partition\}:logs:\$\{AWS::Region\}:\$\{AWS::AccountId\}:log-group:\/aws\/lambda\//;
