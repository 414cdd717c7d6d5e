import {
  AWSOrganizationsNotInUseException,
  DescribeOrganizationCommand,
  type DescribeOrganizationCommandOutput,
  DescribePolicyCommand,
  ListParentsCommand,
  OrganizationsClient,
  PolicyType,
  paginateListPoliciesForTarget,
} from '@aws-sdk/client-organizations';
import type { NamedPolicy, OrganizationMembership } from '@cross-account-api/iam';
import type { Account } from './account.ts';
import { readPolicyDocument } from './policy-document.ts';
import { namingOperations, ReadError } from './read-error.ts';

/** The facts about the AWS organization that an account's credentials may read. */
export interface OrganizationFacts {
  /** Absent if the account is in no organization, or may not read it. */
  readonly membership?: OrganizationMembership;
  /** Facts that the account may not read: most accounts may read their organization's ID, and none of its policies. */
  readonly unread?: 'everything' | 'policies';
}

/**
 * Returns a function that reads the organization of an account, once for each account.
 * @param trustedOrganizationId the organization in the stage's settings, for an account that may not read its own
 */
export function organizationReader(
  trustedOrganizationId: string | undefined,
): (account: Account) => Promise<OrganizationFacts> {
  const known = new Map<string, Promise<OrganizationFacts>>();
  return (account) => {
    const reading =
      known.get(account.accountId) ??
      readOrganization(account).then((facts) =>
        facts.unread === 'everything' && trustedOrganizationId !== undefined
          ? { ...facts, membership: withoutPolicies(trustedOrganizationId) }
          : facts,
      );
    known.set(account.accountId, reading);
    return reading;
  };
}

/** Reads the organization of an account, and the policies that the account obeys if its credentials may read them. */
async function readOrganization(account: Account): Promise<OrganizationFacts> {
  const client = namingOperations(new OrganizationsClient({ ...account.sdk }));
  try {
    const described = await ifAllowed(account, () =>
      client.send(new DescribeOrganizationCommand({})).catch(noOrganization),
    );
    if (described === undefined) return { unread: 'everything' };
    const { Id: organizationId, MasterAccountId } = described.Organization ?? {};
    if (organizationId === undefined) return {};
    // No policy of the organization limits the management account.
    if (MasterAccountId === account.accountId) return { membership: withoutPolicies(organizationId) };
    const policies = await ifAllowed(account, () => readPolicies(client, account.accountId));
    return policies === undefined
      ? { membership: withoutPolicies(organizationId), unread: 'policies' }
      : { membership: { organizationId, ...policies } };
  } finally {
    client.destroy();
  }
}

function noOrganization(error: unknown): DescribeOrganizationCommandOutput {
  if (!(error instanceof AWSOrganizationsNotInUseException)) throw error;
  return { $metadata: {} };
}

/** Returns `undefined` if the account's credentials may not read it, or if AWS answers with an unexpected error. */
async function ifAllowed<Result>(account: Account, read: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await account.read(read);
  } catch (error) {
    if (error instanceof ReadError && /^(MAY_NOT|CANNOT)_READ$/.test(error.code)) return undefined;
    throw error;
  }
}

function withoutPolicies(organizationId: string): OrganizationMembership {
  return { organizationId, serviceControl: [], resourceControl: [] };
}

async function readPolicies(client: OrganizationsClient, accountId: string) {
  const targets = [accountId];
  for (let type: string | undefined = 'ACCOUNT'; type !== 'ROOT'; ) {
    const { Parents: [parent] = [] } = await client.send(new ListParentsCommand({ ChildId: targets[0] }));
    if (parent?.Id === undefined) break;
    targets.unshift(parent.Id);
    type = parent.Type;
  }
  const read = (type: PolicyType) =>
    Promise.all(targets.map((target) => readAttachedPolicies(client, target, type)));
  const [serviceControl, resourceControl] = await Promise.all([
    read(PolicyType.SERVICE_CONTROL_POLICY),
    read(PolicyType.RESOURCE_CONTROL_POLICY),
  ]);
  return { serviceControl, resourceControl: resourceControl.flat() };
}

async function readAttachedPolicies(
  client: OrganizationsClient,
  TargetId: string,
  Filter: PolicyType,
): Promise<NamedPolicy[]> {
  const policies: NamedPolicy[] = [];
  for await (const { Policies = [] } of paginateListPoliciesForTarget({ client }, { TargetId, Filter })) {
    for (const { Id: PolicyId, Arn: arn, Name: name = '' } of Policies) {
      const { Policy } = await client.send(new DescribePolicyCommand({ PolicyId }));
      policies.push({ name, arn, document: readPolicyDocument(Policy?.Content ?? '', name) });
    }
  }
  return policies;
}
