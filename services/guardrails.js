/**
 * A plugin that applies what the stage's settings demand of every role and resource: `rolePath`, `permissionsBoundary` and
 * `tags`. It stands after the plugins that make roles and before own-stage.js, which has to see the finished template.
 */
export default class Guardrails {
  /** @param {Serverless} serverless */
  constructor({ service }) {
    // Only now, so that the tags are not in the framework's note of the package. Where it finds some there, the framework
    // tags the API's stage itself, and deletes the access log group, which it takes for one of its own.
    const tagStack = () => {
      service.provider.stackTags = service.custom.settings.tags;
    };
    this.hooks = {
      // Now the resources of serverless.yml are in the template, and it is not written yet.
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        const { rolePath, permissionsBoundary } = service.custom.settings;
        for (const { Type, Properties } of Object.values(
          service.provider.compiledCloudFormationTemplate.Resources,
        )) {
          if (Type !== 'AWS::IAM::Role') continue;
          // To CloudFormation, "/" differs from no path, and a role with a name of its own cannot get another path.
          if (rolePath !== '/') Properties.Path = rolePath;
          if (permissionsBoundary !== undefined) {
            Properties.PermissionsBoundary = {
              'Fn::Sub': `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:policy/${permissionsBoundary}`,
            };
          }
        }
      },
      'before:deploy:deploy': tagStack,
      'before:rollback:rollback': tagStack,
    };
  }
}

/**
 * @typedef {{
 *   service: {
 *     custom: { settings: import('./preflight.js').StageSettings },
 *     provider: {
 *       compiledCloudFormationTemplate: {
 *         Resources: Record<string, { Type: string, Properties: Record<string, unknown> }>,
 *       },
 *       stackTags?: Record<string, string>,
 *     },
 *   },
 * }} Serverless what this plugin uses of the framework
 */
