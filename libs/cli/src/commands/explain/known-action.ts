import { resourcesOfAction } from '@cross-account-api/iam/aws';

/**
 * Whether AWS has this action.
 * @param action service and name, in any case and without wildcards
 * @example isKnownAction('execute-api:Invok') // false
 */
export function isKnownAction(action: string): boolean {
  return resourcesOfAction(action) !== undefined;
}
