import { createHash } from 'node:crypto';

/** The role's logical ID from serverless-iam-roles-per-function. Here only a role with the default name has it. */
const ROLE_ID = 'CallerIamRoleLambdaExecution';
const FUNCTION_ID = 'CallerLambdaFunction';

/**
 * A plugin that keeps the previous caller role until `previousCallerRoleName` is removed from the stage's settings. An
 * invocation that has begun with that role may still have to assume the invoke role.
 *
 * Under one logical ID, a role with another name would replace the previous one, which CloudFormation would delete as soon
 * as the function has the new role. So each name has a logical ID of its own.
 */
export default class CallerRoles {
  /** @param {Serverless} serverless */
  constructor(serverless) {
    const { service } = serverless;
    this.hooks = {
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        const { callerRoleNames, roleSuffix } = service.custom.settings;
        const { Resources } = service.provider.compiledCloudFormationTemplate;
        const { [ROLE_ID]: role, [FUNCTION_ID]: callerFunction } = Resources;
        if (role === undefined || callerFunction === undefined) {
          throw new serverless.classes.Error(
            `The template has no ${ROLE_ID} or no ${FUNCTION_ID}: caller-roles.js needs both, see services/caller/serverless.yml.`,
            'CALLER_ROLES',
          );
        }
        delete Resources[ROLE_ID];
        const stage = serverless.getProvider('aws').getStage();
        const defaultName = `${service.service}-${stage}${roleSuffix}`;
        const [roleId = ROLE_ID] = callerRoleNames.map((RoleName) => {
          const id = RoleName === defaultName ? ROLE_ID : `CallerRole${hash(RoleName)}`;
          Resources[id] = { ...role, Properties: { ...role.Properties, RoleName } };
          return id;
        });
        callerFunction.Properties.Role = { 'Fn::GetAtt': [roleId, 'Arn'] };
        callerFunction.DependsOn = callerFunction.DependsOn?.map((id) => (id === ROLE_ID ? roleId : id));
      },
    };
  }
}

function hash(/** @type {string} */ text) {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/**
 * @typedef {{
 *   service: {
 *     service: string,
 *     custom: { settings: import('../preflight.js').StageSettings },
 *     provider: { compiledCloudFormationTemplate: { Resources: Record<string, Resource> } },
 *   },
 *   classes: { Error: new (message: string, code: string) => Error },
 *   getProvider(name: 'aws'): { getStage(): string },
 * }} Serverless what this plugin uses of the framework
 * @typedef {{
 *   Type: string, Properties: Record<string, unknown>, DependsOn?: string[] | undefined
 * }} Resource
 */
