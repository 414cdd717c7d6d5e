/**
 * A plugin that applies the stage's access mode. The invoke roles of serverless.yml and callers.js say which caller may call
 * which routes. In access mode `resource-policy`, statements of the API's resource policy take their place.
 *
 * It stands before own-stage.js: a resource policy takes effect with the API's next deployment, which own-stage.js makes if
 * anything in the template has changed.
 */
export default class AccessMode {
  /** @param {Serverless} serverless */
  constructor({ service, classes }) {
    this.hooks = {
      // Now the resources of serverless.yml are in the template, and it is not written yet.
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        const { accessModes } = service.custom.settings;
        const { Resources, Outputs } = service.provider.compiledCloudFormationTemplate;
        const { [API]: api, ...others } = Resources;
        const roles = Object.entries(others).filter(([id]) => id.startsWith(INVOKE_ROLE));
        if (api !== undefined && accessModes.includes('resource-policy')) {
          const Statement = roles.map(([id, { Properties }]) => {
            const statement = callerStatement(id, Properties);
            if (statement !== undefined) return statement;
            throw new classes.Error(
              `The role ${id} is not built like InvokeRole in services/api/serverless.yml: access-mode.js makes no statement of the API's resource policy of it. Change the one or the other.`,
              'ACCESS_MODE',
            );
          });
          api.Properties.Policy = { Version: '2012-10-17', Statement };
        }
        if (accessModes.includes('assume-role')) return;
        for (const [id] of roles) {
          delete Resources[id];
          delete Outputs[`${id}Arn`];
        }
      },
    };
  }
}

/** Logical IDs: of the API, and the beginning of those of all invoke roles. */
const API = 'ApiGatewayRestApi';
const INVOKE_ROLE = 'InvokeRole';

/** What the ARNs of the API's routes begin with. A resource policy cannot refer to its own API, and needs not: `execute-api:`. */
const API_ARN = `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${${API}}`;

/**
 * The statement of a resource policy that admits the principal that an invoke role trusts, on the same conditions, to the
 * routes that the role may call. Only the external ID has no meaning there: it is a parameter of AssumeRole.
 * @param {string} id the role's logical ID
 * @param {Record<string, unknown>} role its properties
 * @returns `undefined` if the role is built in another way
 */
function callerStatement(id, role) {
  const { AssumeRolePolicyDocument, Policies } = /** @type {InvokeRole} */ (role);
  const [trust, ...otherTrust] = AssumeRolePolicyDocument.Statement;
  const [routes, ...otherRights] = Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  if (!trust || !routes || otherTrust.length > 0 || otherRights.length > 0) return undefined;
  const Resource = routes.Resource.map(({ 'Fn::Sub': arn }) => arn.replace(API_ARN, 'execute-api:'));
  if (routes.Action !== 'execute-api:Invoke' || !Resource.every((route) => route.startsWith('execute-api:/')))
    return undefined;

  const { StringEquals: { 'sts:ExternalId': _, ...ids } = {}, ...condition } = trust.Condition;
  return {
    Sid: id.replace(INVOKE_ROLE, 'Caller'),
    Effect: 'Allow',
    Principal: trust.Principal,
    Action: routes.Action,
    Resource,
    Condition: { ...condition, ...(Object.keys(ids).length > 0 && { StringEquals: ids }) },
  };
}

/**
 * @typedef {{
 *   AssumeRolePolicyDocument: {
 *     Statement: { Principal: object, Condition: Record<string, Record<string, unknown>> }[],
 *   },
 *   Policies: { PolicyDocument: { Statement: { Action: string, Resource: { 'Fn::Sub': string }[] }[] } }[],
 * }} InvokeRole properties of InvokeRole in serverless.yml
 *
 * @typedef {{
 *   service: {
 *     custom: { settings: import('../preflight.js').StageSettings },
 *     provider: {
 *       compiledCloudFormationTemplate: {
 *         Resources: Record<string, { Type: string, Properties: Record<string, unknown> }>,
 *         Outputs: Record<string, unknown>,
 *       },
 *     },
 *   },
 *   classes: { Error: new (message: string, code: string) => Error },
 * }} Serverless what this plugin uses of the framework
 */
