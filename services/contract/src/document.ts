import { describeApi, type OpenApiDocument } from '@cross-account-api/contract/openapi';
import { partitions } from '@cross-account-api/iam';
import { operations } from './operations.ts';

/** Makes the OpenAPI document, which `npm run openapi` writes. @param version of this package */
export function openApiDocument(version: string): OpenApiDocument {
  const domains = partitions.map(({ dnsSuffix }) => dnsSuffix);
  return describeApi({ title: 'Cross-account API', version, operations, domains });
}
