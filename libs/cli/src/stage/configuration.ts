import { type About, type Link, notRead } from '../call/link.ts';
import type { DeployedCaller } from './deployed-stacks.ts';

/** Whether the caller is configured to assume a role. In access mode `resource-policy` it has neither variable. */
export function assumesRole({ INVOKE_ROLE_ARN, EXTERNAL_ID }: Readonly<Record<string, string>>): boolean {
  return INVOKE_ROLE_ARN !== undefined || EXTERNAL_ID !== undefined;
}

const about: About = {
  kind: 'configuration',
  title: 'the caller is configured with what the api stack has',
};

/** Whether the caller is configured with the outputs of the api stack. */
export function compareConfiguration(
  { environment, unread }: Pick<DeployedCaller, 'environment' | 'unread'>,
  outputs: ReadonlyMap<string, string>,
): Link {
  if (unread !== undefined) return notRead(about, unread);
  const variables = [
    ['API_URL', 'ApiUrl'] as const,
    ...(assumesRole(environment) ? [['INVOKE_ROLE_ARN', 'InvokeRoleArn'] as const] : []),
  ];
  const differences = variables.flatMap(([variable, output]) => {
    const [has, wanted] = [environment[variable], outputs.get(output)];
    return has === wanted
      ? []
      : [`${variable} is ${has ?? 'not set'}, and the api stack's ${output} is ${wanted ?? 'missing'}.`];
  });
  if (assumesRole(environment) && environment.EXTERNAL_ID === undefined) {
    differences.push('EXTERNAL_ID is not set.');
  }
  const holds = differences.length === 0;
  return {
    ...about,
    state: holds ? 'holds' : 'breaks',
    remedies: [],
    ...(!holds && { problem: differences.join(' ') }),
  };
}
