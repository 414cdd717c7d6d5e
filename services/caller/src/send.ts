import { callOperation, findOperation, type Operation } from '@cross-account-api/contract';
import type { SignedFetch } from '@cross-account-api/signed-fetch';
import * as v from 'valibot';
import { operations } from '@cross-account-api/operations';
import type { ApiCall } from './api-call.ts';

/**
 * Sends a call as an operation of the contract, which also checks the response. Any other call is sent unchanged,
 * so an operator can see how the API answers.
 * @param idempotencyKey `undefined`: only the key that the call's headers may have
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
  return callOperation(api, asReceived(found.operation), input, {
    headers,
    idempotencyKey: idempotencyKey ?? false,
  });
}

/**
 * Lets an operation's response have members that the contract does not know: the API may add some before this
 * function is deployed again.
 */
function asReceived({ response, ...operation }: Operation): Operation {
  if (response === undefined) return operation;
  const check = v.rawCheck<unknown>(({ dataset: { value }, addIssue }) => {
    for (const { message, path } of v.safeParse(response, value).issues ?? []) {
      addIssue({ message, ...(path !== undefined && { path }) });
    }
  });
  return { ...operation, response: v.pipe(v.unknown(), check) };
}
