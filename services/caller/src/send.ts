import { callOperation, findOperation, operations } from '@cross-account-api/contract';
import type { SignedFetch } from '@cross-account-api/signed-fetch';
import type { ApiCall } from './api-call.ts';

/**
 * Sends a call: as an operation of the contract, which also checks the response. What is no such operation is sent as it
 * is, so that an operator can see what the API answers.
 * @param idempotencyKey `undefined`: none but the one that the call's headers may have
 */
export function send(
  api: SignedFetch,
  { method: given, path, query, headers, body }: ApiCall,
  idempotencyKey: string | undefined,
): Promise<{ status: number; body: unknown; requestId: string | undefined; attempts: number }> {
  const method = given ?? (body === undefined ? 'GET' : 'POST');
  const found = findOperation(operations, method, path);
  if (found === undefined) {
    return api.json(path, { method, query, headers, json: body, idempotencyKey });
  }
  const input = { ...found.pathParameters, query, body };
  return callOperation(api, found.operation, input, { headers, idempotencyKey: idempotencyKey ?? false });
}
