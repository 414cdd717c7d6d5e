/**
 * A plugin that applies what the stage's settings demand of every role and resource: `rolePath`, `permissionsBoundary`,
 * `tags`, `deletionProtection` and the key that encrypts logs. It stands after the plugins that make roles and before own-stage.js, which has to see the finished template.
 */
export default class Guardrails {
  /** @param {Serverless} serverless */
  constructor({ service }) {
    // Only now, so that the tags are not in the framework's note of the package. Where it finds some there, the framework
    // tags the API's stage itself, and deletes the access log group, which it takes for one of its own.
    const tagStack = () => {
      service.provider.stackTags = service.custom.settings.tags;
    };
    const protectStack = () => {
      const { deletionProtection } = service.custom.settings;
      if (deletionProtection !== undefined) service.provider.deletionProtection = deletionProtection;
    };
    this.hooks = {
      // Now the resources of serverless.yml are in the template, and it is not written yet.
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        const { rolePath, permissionsBoundary } = service.custom.settings;
        for (const { Type, Properties } of Object.values(
          service.provider.compiledCloudFormationTemplate.Resources,
        )) {
          if (Type === 'AWS::Logs::LogGroup' && service.custom.logKeyId) {
            Properties.KmsKeyId = {
              'Fn::Sub': `arn:\${AWS::Partition}:kms:\${AWS::Region}:\${AWS::AccountId}:key/${service.custom.logKeyId}`,
            };
          }
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
      'before:deploy:deploy': () => {
        tagStack();
        protectStack();
      },
      'before:rollback:rollback': tagStack,
    };
  }
}

/**
 * @typedef {{
 *   service: {
 *     custom: { settings: import('./preflight.js').StageSettings, logKeyId: string },
 *     provider: {
 *       compiledCloudFormationTemplate: {
 *         Resources: Record<string, { Type: string, Properties: Record<string, unknown> }>,
 *       },
 *       stackTags?: Record<string, string>,
 *       deletionProtection?: boolean,
 *     },
 *   },
 * }} Serverless what this plugin uses of the framework
 */
