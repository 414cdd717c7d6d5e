import type { NamedPolicy, OrganizationMembership } from '@cross-account-api/iam';
import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import type { Scope } from '../../../core/scope.ts';
import { words } from '../../../core/words.ts';
import type { Directory } from '../../../identity/directory.ts';
import { fullAwsAccess, policyIdOf } from '../../../identity/organization.ts';
import { operationsOf, type ServiceOperation } from '../../../protocols/operation.ts';
import { oneOf } from '../../../protocols/shapes.ts';

const operation = operationsOf('organizations', 'InvalidInputException');

/** AWS's other types (https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPoliciesForTarget.html). */
const OTHER_POLICY_TYPES = words(
  'TAG_POLICY BACKUP_POLICY AISERVICES_OPT_OUT_POLICY CHATBOT_POLICY DECLARATIVE_POLICY_EC2 SECURITYHUB_POLICY',
);

type PolicyType = 'SERVICE_CONTROL_POLICY' | 'RESOURCE_CONTROL_POLICY';

/** The root, an organizational unit or an account, with its policies. */
interface Target {
  readonly id: string;
  readonly policies: Readonly<Record<PolicyType, readonly NamedPolicy[]>>;
}

/** The operations that read an account's organization. */
export function organizationOperations(
  directory: Pick<Directory, 'organizationOf'>,
): readonly ServiceOperation[] {
  const membershipOf = ({ accountId }: Scope): OrganizationMembership => {
    const membership = directory.organizationOf(accountId);
    if (membership !== undefined) return membership;
    const message = 'Your account is not a member of an organization.';
    throw new AwsError('AWSOrganizationsNotInUseException', message, 404);
  };
  const targetsOf = (scope: Scope) => wayFromRoot(scope.accountId, membershipOf(scope));

  return [
    operation('DescribeOrganization', {
      input: v.object({}),
      requires: () => '*',
      handle: (_, call) => ({ Organization: { Id: membershipOf(call).organizationId, FeatureSet: 'ALL' } }),
    }),
    operation('ListParents', {
      input: v.object({ ChildId: v.string() }),
      requires: () => '*',
      handle({ ChildId }, call) {
        const targets = targetsOf(call);
        const parent = targets[targets.findIndex(({ id }) => id === ChildId) - 1];
        if (parent === undefined) throw notFound('Child', ChildId);
        const Type = parent === targets[0] ? 'ROOT' : 'ORGANIZATIONAL_UNIT';
        return { Parents: [{ Id: parent.id, Type }] };
      },
    }),
    operation('ListPoliciesForTarget', {
      input: v.object({
        TargetId: v.string(),
        Filter: oneOf(['SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY'], OTHER_POLICY_TYPES),
      }),
      requires: ({ Filter }) => ({ resource: '*', context: { 'organizations:PolicyType': Filter } }),
      handle({ TargetId, Filter }, call) {
        const target = targetsOf(call).find(({ id }) => id === TargetId);
        if (target === undefined) throw notFound('Target', TargetId);
        return { Policies: target.policies[Filter].map((policy) => summaryOf(policy, Filter)) };
      },
    }),
    operation('DescribePolicy', {
      input: v.object({ PolicyId: v.string() }),
      requires: () => '*',
      handle({ PolicyId }, call) {
        for (const { policies } of targetsOf(call)) {
          for (const type of ['SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY'] as const) {
            const policy = policies[type].find((each) => policyIdOf(each) === PolicyId);
            if (policy === undefined) continue;
            const Content = JSON.stringify(policy.document);
            return { Policy: { PolicySummary: summaryOf(policy, type), Content } };
          }
        }
        throw notFound('Policy', PolicyId);
      },
    }),
  ];
}

/** The targets from the root to the account. Local AWS does not know the levels of resource control policies. */
function wayFromRoot(
  accountId: string,
  { organizationId, serviceControl, resourceControl }: OrganizationMembership,
): readonly Target[] {
  const [root = [fullAwsAccess], ...below] = serviceControl;
  const levels = [root, ...(below.length === 0 ? [[fullAwsAccess]] : below)];
  const name = organizationId.slice(2);
  return levels.map((level, index) => {
    const isAccount = index === levels.length - 1;
    const unit = `ou-${name}-${String(index).padStart(8, '0')}`;
    return {
      id: isAccount ? accountId : index === 0 ? `r-${name}` : unit,
      policies: { SERVICE_CONTROL_POLICY: level, RESOURCE_CONTROL_POLICY: isAccount ? resourceControl : [] },
    };
  });
}

function notFound(noun: 'Child' | 'Target' | 'Policy', id: string): AwsError {
  const message = `You specified a ${noun.toLowerCase()} that doesn't exist: ${id}.`;
  return new AwsError(`${noun}NotFoundException`, message, 404);
}

function summaryOf(policy: NamedPolicy, Type: PolicyType) {
  return {
    Id: policyIdOf(policy),
    Arn: policy.arn,
    Name: policy.name,
    Type,
    AwsManaged: policy === fullAwsAccess,
  };
}
