import type { TemplateStep } from '../deployment.ts';
import { DEFAULT_ROLE, dropLogAction, rolesOfFunctions } from './generated-roles.ts';

/**
 * Removes the framework's default role. Every function has its own role; serverless-iam-roles-per-function only needs the
 * default one as a pattern.
 */
export const removeDefaultRole: TemplateStep = ({ Resources }) => {
  delete Resources[DEFAULT_ROLE];
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
