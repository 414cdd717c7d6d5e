import { accountOf } from '@cross-account-api/iam';
import type { Link } from '../../call/link.ts';

/** The command that gives a function the values of another API's entry in services/stages.yml. */
export function deployCaller(links: readonly Link[], stage: string): string[] {
  const isOutdated = links.some(({ kind, state }) => kind === 'configuration' && state === 'breaks');
  return isOutdated
    ? ['The function has these values after a deployment:', `  npx sls caller:deploy --stage ${stage}`]
    : [];
}

/**
 * The command that repairs resources that were deleted or changed outside CloudFormation. A new deployment would not repair them.
 * @returns lines for a person, the command last; empty if all resources match their stacks
 */
export function repairLines(links: readonly Link[], stage: string, callerAccountId: string): string[] {
  const missing = links.flatMap((link) => link.missing ?? []);
  const isMisconfigured = links.some(({ kind, state }) => kind === 'configuration' && state === 'breaks');
  if (missing.length === 0 && !isMisconfigured) return [];
  const callerAlone = missing.every((arn) => accountOf(arn) === callerAccountId);
  return [
    'CloudFormation does not see what was changed outside of it, so it does not repair that by deploying again.',
    callerAlone
      ? 'This command removes the caller service and deploys it anew:'
      : 'This command removes both services and deploys them anew. The API gets another URL, and its table is emptied:',
    `  npx sls ${callerAlone ? 'caller:remove' : 'remove'} --stage ${stage} && npx sls deploy --stage ${stage}`,
  ];
}
