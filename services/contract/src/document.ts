import type { Operations } from '@cross-account-api/contract';
import { describeApi, type OpenApiDocument } from '@cross-account-api/contract/openapi';
import { operations as ownOperations } from '../src/operations.ts';

/** Makes the OpenAPI document, which `npm run openapi` writes. @param version of this package */
export function openApiDocument(version: string, operations: Operations = ownOperations): OpenApiDocument {
  return describeApi({ title: 'Cross-account API', version, operations });
}
