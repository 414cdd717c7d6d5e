import type { TemplateStep } from '../deployment.ts';
import { addToApiPolicy } from './api-policy.ts';
import { INVOKE_ROLE, type InvokeRole, invokeRoleIds, invokeRolesOf } from './invoke-roles.ts';

/**
 * Applies the setting `accessMode`. The invoke roles say which caller may call which routes. In access mode `resource-policy`,
 * statements of the API's resource policy replace them. The statements that serverless.yml gives to that policy stay.
 * @throws Refusal if the policy cannot be merged
 */
export const applyAccessMode: TemplateStep = (template, { settings }) => {
  const { accessModes } = settings;
  const { Resources, Outputs = {} } = template;
  const { ApiGatewayRestApi: api } = Resources;
  if (api !== undefined && accessModes.includes('resource-policy')) {
    addToApiPolicy(api, invokeRolesOf(template, settings).map(callerStatement), 'accessMode');
  }
  if (accessModes.includes('assume-role')) return;
  for (const id of invokeRoleIds(settings)) {
    delete Resources[id];
    delete Outputs[`${id}Arn`];
  }
};

/**
 * The statement that admits the principal of an invoke role's trust policy, on the same conditions, to the routes that the role
 * may call. The external ID is left out: it is a parameter of AssumeRole.
 */
function callerStatement({ id, trust, routes }: InvokeRole) {
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
