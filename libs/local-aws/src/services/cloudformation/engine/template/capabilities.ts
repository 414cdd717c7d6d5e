import { AwsError } from '../../../../core/errors.ts';
import { member } from './json.ts';
import type { Template } from './template.ts';

/** Resource types that change who may do what, and the property that gives one a name of its own. */
const IAM_TYPES: ReadonlyMap<string, string | undefined> = new Map([
  ['AWS::IAM::AccessKey', undefined],
  ['AWS::IAM::Group', 'GroupName'],
  ['AWS::IAM::GroupPolicy', undefined],
  ['AWS::IAM::InstanceProfile', 'InstanceProfileName'],
  ['AWS::IAM::ManagedPolicy', 'ManagedPolicyName'],
  ['AWS::IAM::Policy', undefined],
  ['AWS::IAM::Role', 'RoleName'],
  ['AWS::IAM::RolePolicy', undefined],
  ['AWS::IAM::User', 'UserName'],
  ['AWS::IAM::UserPolicy', undefined],
  ['AWS::IAM::UserToGroupAddition', undefined],
]);

/** What a caller must acknowledge before a template is deployed. */
export interface RequiredCapabilities {
  readonly capability: 'CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM';
  /** CloudFormation's sentence on which resource types need it. */
  readonly reason: string;
}

/**
 * The capability that a template needs
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html, Capabilities).
 * @returns `undefined` if it needs none
 */
export function requiredCapabilities(template: Template): RequiredCapabilities | undefined {
  const resources = [...template.resources.values()].filter(({ type }) => IAM_TYPES.has(type));
  if (resources.length === 0) return undefined;
  const named = resources.some(({ type, properties }) => {
    const name = IAM_TYPES.get(type);
    return name !== undefined && member(properties, name) !== undefined;
  });
  const types = [...new Set(resources.map(({ type }) => type))].join(', ');
  return {
    capability: named ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM',
    reason: `The following resource(s) require capabilities: [${types}]`,
  };
}

/**
 * Checks that the caller acknowledged what the template needs.
 * @throws AwsError `InsufficientCapabilitiesException`
 */
export function checkCapabilities(template: Template, given: readonly string[]): void {
  const required = requiredCapabilities(template);
  if (required === undefined || given.includes('CAPABILITY_NAMED_IAM')) return;
  if (required.capability === 'CAPABILITY_IAM' && given.includes('CAPABILITY_IAM')) return;
  throw new AwsError('InsufficientCapabilitiesException', `Requires capabilities : [${required.capability}]`);
}
