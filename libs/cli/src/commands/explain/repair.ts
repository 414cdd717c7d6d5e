import type { Link } from '../../call/link.ts';

/** The command that gives a function the values of another API's entry in services/stages.yml. */
export function deployCaller(links: readonly Link[], stage: string): string[] {
  const isOutdated = links.some(({ kind, state }) => kind === 'configuration' && state === 'breaks');
  return isOutdated
    ? ['The function has these values after a deployment:', `  npx sls caller:deploy --stage ${stage}`]
    : [];
}

/**
 * The command that puts back resources that were deleted or changed past CloudFormation. A new deployment would not.
 * @returns lines for a person, the command last; empty if all resources match their stacks
 */
export function repairLines(links: readonly Link[], stage: string): string[] {
  const isMissing = links.some((link) => link.missing !== undefined);
  const isMisconfigured = links.some(({ kind, state }) => kind === 'configuration' && state === 'breaks');
  if (!isMissing && !isMisconfigured) return [];
  return [
    'CloudFormation does not see what was changed outside of it, so it does not put that back by deploying again. This command does:',
    `  npm run repair -- --stage ${stage} --yes`,
  ];
}
