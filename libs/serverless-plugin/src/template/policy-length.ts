import type { Deployment } from '../deployment.ts';
import type { Template } from '../framework.ts';
import { propertiesOf } from '../properties.ts';
import type { StageSettings } from '../settings/read.ts';

/**
 * The default of the quota "Maximum resource policy size in bytes" (L-8B81B02C), which AWS can raise.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
 */
export const MAX_POLICY_LENGTH = 8_192;

/** The length of a resource policy: its characters as JSON without spaces, after CloudFormation has put in the values. */
export function policyLength(policy: unknown): number {
  if (!policy) return 0;
  return JSON.stringify(policy, (_, value) => propertiesOf(value)['Fn::Sub'] ?? value)
    .replaceAll(`\${AWS::AccountId}`, '123456789012')
    .replaceAll(`\${AWS::Partition}`, 'aws').length;
}

/** The problem with the length of an API's resource policy, and the remedy. @returns `undefined` if AWS accepts it */
export function policyExcess(
  length: number,
  { accessMode, callers, privateApi }: StageSettings,
): { readonly problem: string; readonly remedy: string } | undefined {
  if (length <= MAX_POLICY_LENGTH) return undefined;
  const raise =
    'ask AWS to raise the quota "Maximum resource policy size in bytes" of API Gateway (L-8B81B02C) in account A';
  return {
    problem: `The API's resource policy has ${length} characters, because it names ${callers.length + 1} callers. AWS takes ${MAX_POLICY_LENGTH} by default, and refuses a longer one.`,
    remedy:
      accessMode === 'resource-policy' && privateApi === undefined
        ? `Set accessMode: assume-role, in which any number of callers can be admitted, or ${raise}.`
        : `Deploy some of the callers to a separate stage, or ${raise}.`,
  };
}

/**
 * The default of the quota "Role trust policy length", which AWS can raise.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const MAX_TRUST_POLICY_LENGTH = 2_048;

/** The problem with the trust policies of roles that are longer than IAM accepts by default. @returns `undefined` if there are none */
export function trustPolicyExcess(
  resources: Template['Resources'],
): { readonly problem: string; readonly remedy: string } | undefined {
  const long = Object.entries(resources).flatMap(([id, { Type, Properties }]) => {
    const length = Type === 'AWS::IAM::Role' ? policyLength(Properties.AssumeRolePolicyDocument) : 0;
    return length > MAX_TRUST_POLICY_LENGTH ? [`${id} has ${length} characters`] : [];
  });
  if (long.length === 0) return undefined;
  return {
    problem: `The trust policy of ${long.join(', and that of ')}. IAM accepts ${MAX_TRUST_POLICY_LENGTH} by default, and refuses a longer one.`,
    remedy:
      'Shorten the external IDs, or the names and paths of the trusted roles, in services/stages.yml, or ask AWS to raise the quota "Role trust policy length" of IAM.',
  };
}

/** Warns if a role's trust policy is longer than IAM accepts by default. */
export function warnOfLongTrustPolicies({ Resources }: Template): string | undefined {
  const excess = trustPolicyExcess(Resources);
  return excess && `${excess.problem} ${excess.remedy}`;
}

/** Warns if the API's resource policy is longer than API Gateway takes by default. */
export function warnOfLongPolicy(
  { Resources }: Template,
  { settings }: Pick<Deployment, 'settings'>,
): string | undefined {
  const excess = policyExcess(policyLength(Resources.ApiGatewayRestApi?.Properties.Policy), settings);
  return excess && `${excess.problem} ${excess.remedy}`;
}
