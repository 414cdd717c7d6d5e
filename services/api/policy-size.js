/**
 * A plugin that warns before a deployment if the API's resource policy is longer than API Gateway takes by default. It stands after
 * access-mode.js and private-api.js, which write the policy.
 */
export default class PolicySize {
  /**
   * @param {import('./access-mode.js').Serverless} serverless
   * @param {unknown} _options
   * @param {{ log: { warning(message: string): void } }} utilities
   */
  constructor({ service }, _options, { log }) {
    this.hooks = {
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        const { ApiGatewayRestApi: api } = service.provider.compiledCloudFormationTemplate.Resources;
        const excess = policyExcess(policyLength(api?.Properties.Policy), service.custom.settings);
        if (excess !== undefined) log.warning(`${excess.problem} ${excess.remedy}`);
      },
    };
  }
}

/**
 * The default of the quota "Maximum resource policy size in bytes" (L-8B81B02C), which AWS can raise.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
 */
export const MAX_POLICY_LENGTH = 8_192;

/**
 * How many characters a resource policy of the template has as JSON without spaces, once CloudFormation has put in the values.
 * @param {unknown} policy
 */
export function policyLength(policy) {
  if (!policy) return 0;
  return JSON.stringify(policy, (_, value) => Object(value)['Fn::Sub'] ?? value)
    .replaceAll(`\${AWS::AccountId}`, '123456789012')
    .replaceAll(`\${AWS::Partition}`, 'aws').length;
}

/**
 * What is wrong with the length of an API's resource policy, and what to do.
 * @param {number} length
 * @param {import('../preflight.js').StageSettings} settings
 */
export function policyExcess(length, { accessMode, callers, privateApi }) {
  if (length <= MAX_POLICY_LENGTH) return undefined;
  const raise =
    'ask AWS to raise the quota "Maximum resource policy size in bytes" of API Gateway (L-8B81B02C) in account A';
  return {
    problem: `The API's resource policy has ${length} characters, as it names ${callers.length + 1} callers. AWS takes ${MAX_POLICY_LENGTH} by default, and refuses a longer one.`,
    remedy:
      accessMode === 'resource-policy' && privateApi === undefined
        ? `Set accessMode: assume-role, in which any number of callers can be admitted, or ${raise}.`
        : `Deploy some of the callers to a stage of their own, or ${raise}.`,
  };
}
