import {
  GetGroupPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  paginateListAttachedGroupPolicies,
  paginateListAttachedRolePolicies,
  paginateListAttachedUserPolicies,
  paginateListGroupPolicies,
  paginateListGroupsForUser,
  paginateListRolePolicies,
  paginateListUserPolicies,
} from '@aws-sdk/client-iam';
import type { NamedPolicy } from '@cross-account-api/iam';
import type { HolderFacts, RoleFacts } from '@cross-account-api/iam/explanation';
import type { Account } from './account.ts';
import { readPolicyDocument } from './policy-document.ts';

/** Reads a role, found by the name in an ARN, with its policies. */
export async function readRole(account: Account, arn: string): Promise<RoleFacts | undefined> {
  const { iam, read } = account;
  const RoleName = arn.split('/').at(-1) ?? '';
  const role = (await read(() => iam.send(new GetRoleCommand({ RoleName }))))?.Role;
  if (role?.Arn === undefined) return undefined;
  const trust = `trust policy of role ${RoleName}`;
  return {
    arn: role.Arn,
    uniqueId: role.RoleId ?? '',
    maxSessionSeconds: role.MaxSessionDuration,
    trust: { name: trust, document: readPolicyDocument(role.AssumeRolePolicyDocument ?? '', trust) },
    policies: await readPolicies(account, {
      holder: `role ${RoleName}`,
      inline: paginateListRolePolicies({ client: iam }, { RoleName }),
      attached: paginateListAttachedRolePolicies({ client: iam }, { RoleName }),
      readInline: (PolicyName) => iam.send(new GetRolePolicyCommand({ RoleName, PolicyName })),
    }),
    boundary: await managedPolicy(account, role.PermissionsBoundary?.PermissionsBoundaryArn),
    tags: tagsOf(role.Tags),
  };
}

/** Reads a user, found by the name in an ARN, with its policies and those of its groups. */
export async function readUser(account: Account, arn: string): Promise<HolderFacts | undefined> {
  const { iam, read } = account;
  const UserName = arn.split('/').at(-1) ?? '';
  const user = (await read(() => iam.send(new GetUserCommand({ UserName }))))?.User;
  if (user?.Arn === undefined) return undefined;
  const own = await readPolicies(account, {
    holder: `user ${UserName}`,
    inline: paginateListUserPolicies({ client: iam }, { UserName }),
    attached: paginateListAttachedUserPolicies({ client: iam }, { UserName }),
    readInline: (PolicyName) => iam.send(new GetUserPolicyCommand({ UserName, PolicyName })),
  });
  return {
    arn: user.Arn,
    uniqueId: user.UserId ?? '',
    policies: [...own, ...(await groupPolicies(account, UserName))],
    boundary: await managedPolicy(account, user.PermissionsBoundary?.PermissionsBoundaryArn),
    tags: tagsOf(user.Tags),
  };
}

async function groupPolicies(account: Account, UserName: string): Promise<NamedPolicy[]> {
  const { iam } = account;
  const groups = await collect(
    account,
    paginateListGroupsForUser({ client: iam }, { UserName }),
    ({ Groups }) => Groups,
  );
  const policies = groups.map(({ GroupName }) =>
    readPolicies(account, {
      holder: `group ${GroupName}`,
      inline: paginateListGroupPolicies({ client: iam }, { GroupName }),
      attached: paginateListAttachedGroupPolicies({ client: iam }, { GroupName }),
      readInline: (PolicyName) => iam.send(new GetGroupPolicyCommand({ GroupName, PolicyName })),
    }),
  );
  return (await Promise.all(policies)).flat();
}

interface PolicySources {
  /** e.g. `role invoke` */
  readonly holder: string;
  readonly inline: AsyncIterable<{ readonly PolicyNames?: readonly string[] | undefined }>;
  readonly attached: AsyncIterable<{
    readonly AttachedPolicies?: readonly { readonly PolicyArn?: string | undefined }[] | undefined;
  }>;
  readInline(name: string): Promise<{ readonly PolicyDocument?: string | undefined }>;
}

async function readPolicies(account: Account, sources: PolicySources): Promise<NamedPolicy[]> {
  const names = await collect(account, sources.inline, ({ PolicyNames }) => PolicyNames);
  const managed = await collect(account, sources.attached, ({ AttachedPolicies }) => AttachedPolicies);
  const policies = await Promise.all([
    ...names.map(async (name) => {
      const found = await account.read(() => sources.readInline(name));
      return namedPolicy(`inline policy ${name} of ${sources.holder}`, found?.PolicyDocument);
    }),
    ...managed.map(({ PolicyArn }) => managedPolicy(account, PolicyArn)),
  ]);
  return policies.filter((policy) => policy !== undefined);
}

async function managedPolicy(
  { iam, read }: Account,
  PolicyArn: string | undefined,
): Promise<NamedPolicy | undefined> {
  if (PolicyArn === undefined) return undefined;
  const policy = (await read(() => iam.send(new GetPolicyCommand({ PolicyArn }))))?.Policy;
  if (policy?.DefaultVersionId === undefined) return undefined;
  const { DefaultVersionId: VersionId } = policy;
  const version = await read(() => iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId })));
  return namedPolicy(PolicyArn, version?.PolicyVersion?.Document);
}

function namedPolicy(name: string, text: string | undefined): NamedPolicy | undefined {
  return text === undefined ? undefined : { name, document: readPolicyDocument(text, name) };
}

/** All items of a paged list; empty if their owner does not exist. */
async function collect<Page, Item>(
  { read }: Account,
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => readonly Item[] | undefined,
): Promise<Item[]> {
  const items: Item[] = [];
  await read(async () => {
    for await (const page of pages) items.push(...(itemsOf(page) ?? []));
  });
  return items;
}

function tagsOf(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] = [],
): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
}
