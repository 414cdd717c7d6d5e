/**
 * A plugin that takes the framework's default role out of the template: every function has a role of its own, and a
 * role that nobody uses is one too many. serverless-iam-roles-per-function needs it as a pattern until then, so this
 * plugin stands after that one.
 */
export default class WithoutDefaultRole {
  /** @param {{ service: { provider: { compiledCloudFormationTemplate: { Resources: Record<string, unknown> } } } }} serverless */
  constructor({ service }) {
    this.hooks = {
      'before:package:finalize': () => {
        delete service.provider.compiledCloudFormationTemplate.Resources.IamRoleLambdaExecution;
      },
    };
  }
}
