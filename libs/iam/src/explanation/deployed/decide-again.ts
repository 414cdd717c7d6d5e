import type { Basis, Decision } from '../../decision/decision.ts';
import type { PolicyReader } from './policy-reader.ts';
import { decideAs, exactRole } from './principals.ts';
import { readResource } from './question.ts';

/**
 * Decides a request again on the current policies.
 * @returns `undefined` if the principal or the resource is gone, or if the policy of the resource is not read
 */
export async function decideAgain(
  { request }: Basis,
  reader: PolicyReader,
): Promise<(Decision & Basis) | undefined> {
  const { principal, action, resource } = request;
  const holder = await holderOf(principal, reader);
  const facts = await readResource(action, resource, reader);
  if (holder === undefined || !facts.exists || !facts.policyIsRead) return undefined;
  // The session policies of a session do not change.
  return decideAs(holder, { ...request, resourcePolicy: facts.policy }, reader);
}

async function holderOf(principal: Basis['request']['principal'], reader: PolicyReader) {
  switch (principal.type) {
    case 'AssumedRole':
      return exactRole(reader, principal.principalArn);
    case 'User':
      return reader.user(principal.principalArn);
    case 'Root':
    case 'Service':
      return { policies: [] };
  }
}
