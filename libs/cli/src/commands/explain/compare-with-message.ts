import { type PolicyKind, parseArn } from '@cross-account-api/iam';
import type { NotAuthorized } from '@cross-account-api/iam/explanation';
import type { Link } from '../../call/link.ts';

/**
 * Compares the policy that AWS names in its message with what breaks the links now.
 * @param unreadControl the accounts whose service control and resource control policies were not read
 * @returns what the message names and no link shows, with the way to read it; `undefined` if they agree, or if AWS names no policy
 */
export function differenceFromMessage(
  refusal: NotAuthorized,
  links: readonly Link[],
  unreadControl: readonly string[],
): string | undefined {
  const { policy, policyArn } = refusal;
  if (policy === undefined) return undefined;
  const judged = links.filter(({ decision }) => decision?.action === refusal.action);
  if (judged.some((link) => shows(link, refusal))) return undefined;
  const where = placeToLook(refusal, policy, unreadControl, judged.length > 0);
  if (where === undefined) return undefined;
  const named = policyArn === undefined ? policy : `${policy} ${policyArn}`;
  return `AWS named another reason than the links above: the ${named}. ${where} The call may fail again after the change above.`;
}

/** Whether a link breaks, or is open, because of the kind of policy that a message names. */
function shows(
  { decision, remedies, needs = [], obstacles = [] }: Link,
  { policy, policyArn }: NotAuthorized,
): boolean {
  const changed = [...remedies, ...needs].some(
    (change) => change.change === 'add statement' && change.kind === policy,
  );
  const [, ...further] = obstacles;
  if (policy !== undefined && further.some(({ kinds }) => kinds.includes(policy))) return true;
  if (changed || decision === undefined || decision.allowed) return changed;
  if (decision.denial === 'implicit') return decision.missing === policy;
  return decision.decidedBy.some(
    ({ kind, policyArn: arn }) =>
      kind === policy && (policyArn === undefined || arn === undefined || arn === policyArn),
  );
}

/** What is known about a policy that AWS names and no link shows, and how it can be read. */
function placeToLook(
  { principal = '', resource = '', denial, policyArn }: NotAuthorized,
  kind: PolicyKind,
  unreadControl: readonly string[],
  isJudged: boolean,
): string | undefined {
  const verb = denial === 'explicit' ? 'denies it' : 'lacks an allow';
  switch (kind) {
    case 'service control policy':
    case 'resource control policy': {
      const side = parseArn(kind === 'service control policy' ? principal : resource).accountId;
      const account = unreadControl.find((each) => each.endsWith(side.replaceAll('*', ''))) ?? side;
      const filter = kind === 'service control policy' ? 'SERVICE_CONTROL_POLICY' : 'RESOURCE_CONTROL_POLICY';
      if (!unreadControl.includes(account))
        return `Those of account ${account} were read, and none ${verb} now.`;
      return policyArn === undefined
        ? `Those of account ${account} were not read. In the management account: aws organizations list-policies-for-target --target-id ${account} --filter ${filter}, and again with each unit above it (list-parents).`
        : `Those of account ${account} were not read. The command above shows it.`;
    }
    case 'session policy':
      return `AWS shows it nowhere: it is given to AssumeRole. Take it from the program that assumes the role, and give its file with --session-policy.`;
    case 'VPC endpoint policy':
      return 'Give the endpoint with --vpc-endpoint, and a profile of the account of the VPC.';
    default:
      return isJudged ? `Of this kind, nothing that was read ${verb} now.` : undefined;
  }
}
