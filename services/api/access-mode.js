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
          const Statement = roles.map(([id, { Properties }]) => callerStatement(id, Properties, classes));
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
 * @param {Serverless['classes']} classes
 * @throws the framework's error if the role is built in another way
 */
function callerStatement(id, role, classes) {
  const { AssumeRolePolicyDocument } = /** @type {InvokeRole} */ (role);
  const [trust, ...otherTrust] = AssumeRolePolicyDocument.Statement;
  if (!trust || otherTrust.length > 0) throw unlikeInvokeRole(id, classes);

  const { StringEquals: { 'sts:ExternalId': _, ...ids } = {}, ...condition } = trust.Condition;
  return {
    Sid: id.replace(INVOKE_ROLE, 'Caller'),
    Effect: 'Allow',
    Principal: trust.Principal,
    Action: 'execute-api:Invoke',
    Resource: routesOf(id, role, classes),
    Condition: { ...condition, ...(Object.keys(ids).length > 0 && { StringEquals: ids }) },
  };
}

/**
 * The routes that an invoke role may call, as resource policies name them.
 * @param {string} id the role's logical ID
 * @param {Record<string, unknown>} role its properties
 * @param {Serverless['classes']} classes
 * @throws the framework's error if the role is built in another way
 */
export function routesOf(id, role, classes) {
  const { Policies } = /** @type {InvokeRole} */ (role);
  const [routes, ...otherRights] = Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  if (!routes || otherRights.length > 0) throw unlikeInvokeRole(id, classes);
  const resources = routes.Resource.map(({ 'Fn::Sub': arn }) => arn.replace(API_ARN, 'execute-api:'));
  if (
    routes.Action !== 'execute-api:Invoke' ||
    !resources.every((route) => route.startsWith('execute-api:/'))
  )
    throw unlikeInvokeRole(id, classes);
  return resources;
}

/**
 * @param {string} id
 * @param {Serverless['classes']} classes
 */
function unlikeInvokeRole(id, classes) {
  return new classes.Error(
    `The role ${id} is not built like InvokeRole in services/api/serverless.yml: access-mode.js makes no statement of the API's resource policy of it. Change the one or the other.`,
    'ACCESS_MODE',
  );
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
