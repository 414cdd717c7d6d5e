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
import type { HolderFacts, RoleFacts } from '@cross-account-api/local-aws/explain';
import type { Account } from './account.ts';
import { readPolicyDocument } from './policy-document.ts';

type NamedPolicy = RoleFacts['trust'];

/** A role, found by the name in an ARN, with its policies. */
export async function readRole(account: Account, arn: string): Promise<RoleFacts | undefined> {
  const { iam, read } = account;
  const RoleName = arn.split('/').at(-1) ?? '';
  const role = (await read(() => iam.send(new GetRoleCommand({ RoleName }))))?.Role;
  if (role?.Arn === undefined) return undefined;
  const trust = `trust policy of role ${RoleName}`;
  const client = { client: iam };
  const policies = await readPolicies(account, {
    holder: `role ${RoleName}`,
    boundary: role.PermissionsBoundary?.PermissionsBoundaryArn,
    inline: await collect(
      account,
      paginateListRolePolicies(client, { RoleName }),
      ({ PolicyNames }) => PolicyNames,
    ),
    attached: await collect(
      account,
      paginateListAttachedRolePolicies(client, { RoleName }),
      ({ AttachedPolicies }) => AttachedPolicies,
    ),
    readInline: (PolicyName) => iam.send(new GetRolePolicyCommand({ RoleName, PolicyName })),
  });
  return {
    arn: role.Arn,
    uniqueId: role.RoleId ?? '',
    trust: { name: trust, document: readPolicyDocument(role.AssumeRolePolicyDocument ?? '', trust) },
    ...policies,
    tags: tagsOf(role.Tags),
  };
}

/** A user, found by the name in an ARN, with its policies and those of its groups. */
export async function readUser(account: Account, arn: string): Promise<HolderFacts | undefined> {
  const { iam, read } = account;
  const UserName = arn.split('/').at(-1) ?? '';
  const user = (await read(() => iam.send(new GetUserCommand({ UserName }))))?.User;
  if (user?.Arn === undefined) return undefined;
  const client = { client: iam };
  const { policies, ...boundary } = await readPolicies(account, {
    holder: `user ${UserName}`,
    boundary: user.PermissionsBoundary?.PermissionsBoundaryArn,
    inline: await collect(
      account,
      paginateListUserPolicies(client, { UserName }),
      ({ PolicyNames }) => PolicyNames,
    ),
    attached: await collect(
      account,
      paginateListAttachedUserPolicies(client, { UserName }),
      ({ AttachedPolicies }) => AttachedPolicies,
    ),
    readInline: (PolicyName) => iam.send(new GetUserPolicyCommand({ UserName, PolicyName })),
  });
  return {
    arn: user.Arn,
    uniqueId: user.UserId ?? '',
    policies: [...policies, ...(await groupPolicies(account, UserName))],
    ...boundary,
    tags: tagsOf(user.Tags),
  };
}

interface PolicyList {
  /** e.g. `role invoke` */
  readonly holder: string;
  readonly inline: readonly string[];
  readonly attached: readonly { readonly PolicyArn?: string | undefined }[];
  /** ARN of a managed policy. */
  readonly boundary?: string | undefined;
  readInline(name: string): Promise<{ readonly PolicyDocument?: string | undefined }>;
}

async function readPolicies(
  account: Account,
  { holder, inline, attached, boundary: boundaryArn, readInline }: PolicyList,
): Promise<Pick<HolderFacts, 'policies' | 'boundary'>> {
  const [boundary, ...policies] = await Promise.all([
    managedPolicy(account, boundaryArn),
    ...inline.map(async (name) => {
      const got = await account.read(() => readInline(name));
      return document(`inline policy ${name} of ${holder}`, got?.PolicyDocument);
    }),
    ...attached.map(({ PolicyArn }) => managedPolicy(account, PolicyArn)),
  ]);
  return {
    policies: policies.filter((policy) => policy !== undefined),
    ...(boundary === undefined ? {} : { boundary }),
  };
}

async function groupPolicies(account: Account, userName: string): Promise<NamedPolicy[]> {
  const { iam } = account;
  const pages = paginateListGroupsForUser({ client: iam }, { UserName: userName });
  // Local AWS has no groups, and says so.
  const groups = await collect(account, pages, (page) => page.Groups, ['NotImplemented']);
  const policies: NamedPolicy[] = [];
  for (const { GroupName } of groups) {
    const client = { client: iam };
    const group = await readPolicies(account, {
      holder: `group ${GroupName}`,
      inline: await collect(
        account,
        paginateListGroupPolicies(client, { GroupName }),
        ({ PolicyNames }) => PolicyNames,
      ),
      attached: await collect(
        account,
        paginateListAttachedGroupPolicies(client, { GroupName }),
        ({ AttachedPolicies }) => AttachedPolicies,
      ),
      readInline: (PolicyName) => iam.send(new GetGroupPolicyCommand({ GroupName, PolicyName })),
    });
    policies.push(...group.policies);
  }
  return policies;
}

async function managedPolicy(
  { iam, read }: Account,
  arn: string | undefined,
): Promise<NamedPolicy | undefined> {
  if (arn === undefined) return undefined;
  const policy = (await read(() => iam.send(new GetPolicyCommand({ PolicyArn: arn }))))?.Policy;
  if (policy?.DefaultVersionId === undefined) return undefined;
  const { DefaultVersionId: VersionId } = policy;
  const version = await read(() => iam.send(new GetPolicyVersionCommand({ PolicyArn: arn, VersionId })));
  return document(arn, version?.PolicyVersion?.Document);
}

function document(name: string, text: string | undefined): NamedPolicy | undefined {
  return text === undefined ? undefined : { name, document: readPolicyDocument(text, name) };
}

/** All items of a paged list; none where what they belong to does not exist. */
async function collect<Page, Item>(
  { read }: Account,
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => readonly Item[] | undefined,
  tolerated: readonly string[] = [],
): Promise<Item[]> {
  const items: Item[] = [];
  await read(async () => {
    try {
      for await (const page of pages) items.push(...(itemsOf(page) ?? []));
    } catch (error) {
      if (!(error instanceof Error && tolerated.includes(error.name))) throw error;
    }
  });
  return items;
}

function tagsOf(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] = [],
): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
}
