import type { Directory } from '../../identity/directory.ts';
import { jsonEndpoint } from '../../protocols/json.ts';
import { organizationOperations } from './operations/organization.ts';

/** AWS Organizations, for reading: as if a delegation policy let each account read its own way up to the root. */
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
