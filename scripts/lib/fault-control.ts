import { readFile } from 'node:fs/promises';
import { FAULTS_PATH } from '@cross-account-api/local-aws/faults';
import { stateFiles } from '@cross-account-api/local-aws/state-directory';

/**
 * Reads, replaces or clears the fault plan of a running local AWS.
 * @param aws its address, and the folder of its state directory
 * @param plan JSON, for `PUT`
 * @returns whether it was accepted, and what local AWS answered
 */
export async function callFaultControl(
  aws: { readonly url: string; readonly root: string },
  method: 'GET' | 'PUT' | 'DELETE',
  plan?: string,
): Promise<{ readonly ok: boolean; readonly document: unknown }> {
  const token = await readFile(stateFiles(aws.root).controlToken, 'utf8');
  const response = await fetch(new URL(FAULTS_PATH, aws.url), {
    method,
    headers: { authorization: `Bearer ${token.trim()}`, 'content-type': 'application/json' },
    ...(plan !== undefined && { body: plan }),
  });
  return { ok: response.ok, document: await response.json() };
}
