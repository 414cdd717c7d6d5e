import { AwsError } from '../../../../core/errors.ts';
import { member } from './json.ts';
import type { Template } from './template.ts';

/** Resource types that change who may do what, and the property that names one. */
const IAM_TYPES: ReadonlyMap<string, string | undefined> = new Map([
  ['AWS::IAM::ManagedPolicy', 'ManagedPolicyName'],
  ['AWS::IAM::Policy', undefined],
  ['AWS::IAM::Role', 'RoleName'],
]);

/**
 * The capability that a caller must acknowledge before a template is deployed, and CloudFormation's reason for it
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html, Capabilities).
 */
export function requiredCapability(template: Template) {
  const resources = [...template.resources.values()].filter(({ Type }) => IAM_TYPES.has(Type));
  if (resources.length === 0) return undefined;
  const isNamed = resources.some(({ Type, Properties }) => {
    const name = IAM_TYPES.get(Type);
    return name !== undefined && member(Properties, name) !== undefined;
  });
  const types = [...new Set(resources.map(({ Type }) => Type))].join(', ');
  return {
    capability: isNamed ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM',
    reason: `The following resource(s) require capabilities: [${types}]`,
  };
}

/** Checks that the caller acknowledged what the template needs. */
export function checkCapabilities(template: Template, given: readonly string[]): void {
  const { capability } = requiredCapability(template) ?? {};
  if (capability === undefined || given.includes(capability) || given.includes('CAPABILITY_NAMED_IAM'))
    return;
  throw new AwsError('InsufficientCapabilitiesException', `Requires capabilities : [${capability}]`);
}
