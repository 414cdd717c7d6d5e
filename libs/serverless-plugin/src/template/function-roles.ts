import type { TemplateStep } from '../deployment.ts';
import { DEFAULT_ROLE, dropLogAction, rolesOfFunctions } from './generated-roles.ts';
import { referencesIn, referencesOf } from './references.ts';

/**
 * Makes event source mappings that name an alias of a function wait for the function's own role. serverless-iam-roles-per-function does this for
 * mappings that name the function itself, and the others keep the framework's default role in the stack.
 */
export const followRoles: TemplateStep = ({ Resources }) => {
  for (const mapping of Object.values(Resources)) {
    if (mapping.Type !== 'AWS::Lambda::EventSourceMapping') continue;
    const [role] = [...referencesIn(mapping.Properties.FunctionName)].flatMap((id) => {
      const { [id]: target } = Resources;
      return target?.Type === 'AWS::Lambda::Function' ? [...referencesIn(target.Properties.Role)] : [];
    });
    if (role === undefined || Resources[role]?.Type !== 'AWS::IAM::Role') continue;
    const { DependsOn } = mapping;
    if (DependsOn === DEFAULT_ROLE) mapping.DependsOn = role;
    else if (Array.isArray(DependsOn)) {
      mapping.DependsOn = DependsOn.map((id) => (id === DEFAULT_ROLE ? role : id));
    }
  }
};

/**
 * Removes the framework's default role if nothing refers to it. It is the role of functions without `iamRoleStatements`, and
 * serverless-iam-roles-per-function needs it as a pattern.
 */
export const removeDefaultRole: TemplateStep = (template) => {
  const own = `Resources.${DEFAULT_ROLE}.`;
  const isUsed = referencesOf(template).some(
    ({ name, path }) => name === DEFAULT_ROLE && !path.startsWith(own),
  );
  if (!isUsed) delete template.Resources[DEFAULT_ROLE];
};

/** What serverless-iam-roles-per-function lets a function do with logs, and what the framework's default role lets it do. */
const GENERATED = [
  ['logs:CreateLogStream', 'logs:CreateLogGroup', 'logs:PutLogEvents'],
  ['logs:CreateLogStream', 'logs:CreateLogGroup', 'logs:TagResource'],
];

/**
 * Takes the permission to create log groups out of the statement that every generated role has, because the stack creates them. A function
 * that writes its last lines while the stack is being removed would create its log group again, without retention. The next deployment
 * would then fail, because the log group exists. Statements and roles of serverless.yml stay.
 */
export const denyLogGroupCreation: TemplateStep = (template) => {
  const { [DEFAULT_ROLE]: byDefault } = template.Resources;
  for (const role of [...rolesOfFunctions(template), ...(byDefault === undefined ? [] : [byDefault])]) {
    dropLogAction(role, GENERATED, 'logs:CreateLogGroup');
  }
};
