import type { Directory } from '../../identity/directory.ts';
import { jsonEndpoint } from '../../protocols/json.ts';
import { organizationOperations } from './operations/organization.ts';

/** AWS Organizations, read-only. Each account can read its path to the root, as with a delegation policy. */
export function createOrganizationsService(directory: Pick<Directory, 'organizationOf'>) {
  return {
    endpoint: jsonEndpoint({
      signingName: 'organizations',
      targetPrefix: 'AWSOrganizationsV20161128',
      version: '1.1',
      operations: organizationOperations(directory),
    }),
  };
}
