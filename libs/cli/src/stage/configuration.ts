import type { Link } from '../call/link.ts';

/** Whether the caller is configured to assume a role. In access mode `resource-policy` it has neither variable. */
export function assumesRole({ INVOKE_ROLE_ARN, EXTERNAL_ID }: Readonly<Record<string, string>>): boolean {
  return INVOKE_ROLE_ARN !== undefined || EXTERNAL_ID !== undefined;
}

/** Whether the caller is configured with the outputs of the api stack. */
export function compareConfiguration(
  environment: Readonly<Record<string, string>>,
  outputs: ReadonlyMap<string, string>,
): Link {
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
    kind: 'configuration',
    title: 'the caller is configured with what the api stack has',
    state: holds ? 'holds' : 'breaks',
    remedies: [],
    ...(!holds && { problem: differences.join(' ') }),
  };
}
