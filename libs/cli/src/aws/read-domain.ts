import { paginateGetBasePathMappings } from '@aws-sdk/client-api-gateway';
import type { Account } from './account.ts';
import type { Mapping } from './api-url.ts';

/** Reads the base path mappings of a custom domain; `undefined` if the account has no such domain in the region. */
export async function readBasePathMappings(
  account: Account,
  region: string,
  domainName: string,
): Promise<readonly Mapping[] | undefined> {
  const client = account.apiGateway(region);
  return account.read(async () => {
    const mappings: Mapping[] = [];
    for await (const page of paginateGetBasePathMappings({ client }, { domainName, limit: 500 })) {
      mappings.push(...(page.items ?? []));
    }
    return mappings;
  });
}
