import { AwsError } from '../../../core/errors.ts';
import type { NamedPolicy } from '../../../core/principal.ts';
import type { Directory } from '../../../identity/directory.ts';
import { malformedPolicy } from '../../../identity/errors.ts';
import { storePolicy } from '../../../identity/policy-documents.ts';

const PLAIN_TEXT_CHARACTERS = 2_048;
const POLICY_ARNS = 10;

/**
 * The session policies that AssumeRole is given. Managed ones are taken as they are now.
 * @param accountId the role's account, which the managed policies have to be in
 * @throws AwsError `ValidationError`, `MalformedPolicyDocument`
 */
export function sessionPolicies(
  directory: Directory,
  accountId: string,
  policy: string | undefined,
  policyArns: readonly string[],
): readonly NamedPolicy[] {
  if (policyArns.length > POLICY_ARNS) {
    throw new AwsError(
      'ValidationError',
      `1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to ${POLICY_ARNS}`,
    );
  }
  const characters = (policy?.length ?? 0) + policyArns.reduce((sum, arn) => sum + arn.length, 0);
  if (characters > PLAIN_TEXT_CHARACTERS) {
    throw new AwsError(
      'ValidationError',
      `1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to ${PLAIN_TEXT_CHARACTERS}`,
    );
  }
  const inline =
    policy === undefined
      ? []
      : [
          {
            name: 'session policy',
            document: storePolicy(policy, 'session').document,
          },
        ];
  const managed = policyArns.map((arn) => {
    const found = directory.managedPolicies.find(accountId, arn);
    if (found === undefined) {
      throw malformedPolicy(
        `The managed session policy ${arn} does not exist in the role's account ${accountId}.${directory.managedPolicies.hint(arn)}`,
      );
    }
    return { name: arn, document: directory.managedPolicies.current(found).document };
  });
  return [...inline, ...managed];
}
