import type { TemplateStep } from '../deployment.ts';
import { INVOKE_ROLE, type InvokeRole, invokeRolesOf } from './invoke-roles.ts';

/**
 * Applies the setting `accessMode`. The invoke roles say which caller may call which routes. In access mode `resource-policy`,
 * statements of the API's resource policy replace them.
 */
export const applyAccessMode: TemplateStep = (template, { settings: { accessModes } }) => {
  const { Resources, Outputs = {} } = template;
  const { ApiGatewayRestApi: api } = Resources;
  if (api !== undefined && accessModes.includes('resource-policy')) {
    const Statement = invokeRolesOf(template).map(callerStatement);
    api.Properties.Policy = { Version: '2012-10-17', Statement };
  }
  if (accessModes.includes('assume-role')) return;
  for (const id of Object.keys(Resources).filter((each) => each.startsWith(INVOKE_ROLE))) {
    delete Resources[id];
    delete Outputs[`${id}Arn`];
  }
};

/**
 * The statement that admits the principal of an invoke role's trust policy, on the same conditions, to the routes that the role
 * may call. The external ID is left out: it is a parameter of AssumeRole.
 */
function callerStatement({ id, trust, routes }: InvokeRole): object {
  const { StringEquals: { 'sts:ExternalId': _, ...ids } = {}, ...condition } = trust.Condition;
  return {
    Sid: id.replace(INVOKE_ROLE, 'Caller'),
    Effect: 'Allow',
    Principal: trust.Principal,
    Action: 'execute-api:Invoke',
    Resource: routes,
    Condition: { ...condition, ...(Object.keys(ids).length > 0 && { StringEquals: ids }) },
  };
}
