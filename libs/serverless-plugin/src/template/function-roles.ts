import type { TemplateStep } from '../deployment.ts';

interface Policy {
  readonly PolicyDocument: { readonly Statement: readonly { Action?: string | string[] }[] };
}

/**
 * Removes the framework's default role. Every function has its own role; serverless-iam-roles-per-function only needs the
 * default one as a pattern.
 */
export const removeDefaultRole: TemplateStep = ({ Resources }) => {
  delete Resources.IamRoleLambdaExecution;
};

/**
 * Removes the functions' permission to create log groups, because the stack creates them. A function that writes its last
 * lines while the stack is being removed would create its log group again, without retention. The next deployment would
 * then fail, because the log group exists.
 */
export const denyLogGroupCreation: TemplateStep = ({ Resources }) => {
  for (const { Type, Properties } of Object.values(Resources)) {
    if (Type !== 'AWS::IAM::Role') continue;
    for (const { PolicyDocument } of (Properties.Policies ?? []) as readonly Policy[]) {
      for (const statement of PolicyDocument.Statement) {
        if (!Array.isArray(statement.Action)) continue;
        statement.Action = statement.Action.filter((action) => action !== 'logs:CreateLogGroup');
      }
    }
  }
};
