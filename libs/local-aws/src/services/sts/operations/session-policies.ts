import type { NamedPolicy } from '@cross-account-api/iam';
import type { Directory } from '../../../identity/directory.ts';
import { malformedPolicy, validationError } from '../../../identity/errors.ts';
import { storePolicy } from '../../../identity/policy-documents.ts';

const PLAIN_TEXT_CHARACTERS = 2_048;

/** The session policies that AssumeRole is given. Managed ones must be in the role's account, and are taken as they are now. */
export function sessionPolicies(
  directory: Directory,
  accountId: string,
  {
    Policy: policy,
    PolicyArns,
  }: { readonly Policy?: string | undefined; readonly PolicyArns: readonly { readonly arn: string }[] },
): readonly NamedPolicy[] {
  const policyArns = PolicyArns.map(({ arn }) => arn);
  const characters = [policy, ...policyArns].join('').length;
  if (characters > PLAIN_TEXT_CHARACTERS) {
    throw validationError(
      `1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to ${PLAIN_TEXT_CHARACTERS}`,
    );
  }
  const managed = policyArns.map((arn) => {
    const found = directory.managedPolicies.find(accountId, arn);
    if (found === undefined) {
      throw malformedPolicy(
        `The managed session policy ${arn} does not exist in the role's account ${accountId}.${directory.managedPolicies.hint(arn)}`,
      );
    }
    return { name: arn, document: directory.managedPolicies.current(found).document };
  });
  if (policy === undefined) return managed;
  return [{ name: 'session policy', document: storePolicy(policy, 'session').document }, ...managed];
}
