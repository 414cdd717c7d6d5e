/**
 * A plugin that takes out of the template what serverless-iam-roles-per-function leaves in it; it stands after that one.
 * - The framework's default role: every function has a role of its own, and that plugin only needed a pattern for them.
 * - The functions' permission to create log groups. The stack creates them. A function that writes its last lines while
 *   the stack is being removed would bring its log group back, without retention, and the next deployment would fail as
 *   the log group exists.
 */
export default class FunctionRoles {
  /** @param {{ service: { provider: { compiledCloudFormationTemplate: { Resources: Record<string, Resource> } } } }} serverless */
  constructor({ service }) {
    this.hooks = {
      'before:package:finalize': () => {
        const { Resources } = service.provider.compiledCloudFormationTemplate;
        delete Resources.IamRoleLambdaExecution;
        for (const { Type, Properties } of Object.values(Resources)) {
          if (Type === 'AWS::IAM::Role') Properties.Policies?.forEach(withoutLogGroupCreation);
        }
      },
    };
  }
}

function withoutLogGroupCreation(/** @type {Policy} */ { PolicyDocument }) {
  for (const statement of PolicyDocument.Statement) {
    if (!Array.isArray(statement.Action)) continue;
    statement.Action = statement.Action.filter((action) => action !== 'logs:CreateLogGroup');
  }
}

/**
 * @typedef {{ PolicyDocument: { Statement: { Action?: string | string[] }[] } }} Policy
 * @typedef {{ Type: string, Properties: { Policies?: Policy[] } }} Resource
 */
