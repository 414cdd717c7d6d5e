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
  const name = arn.split('/').at(-1) ?? '';
  const role = (await read(() => iam.send(new GetRoleCommand({ RoleName: name }))))?.Role;
  if (role?.Arn === undefined) return undefined;
  const names = await collect(
    account,
    paginateListRolePolicies({ client: iam }, { RoleName: name }),
    (page) => page.PolicyNames,
  );
  const inline = names.map(async (policy) => {
    const got = await read(() => iam.send(new GetRolePolicyCommand({ RoleName: name, PolicyName: policy })));
    return document(`inline policy ${policy} of role ${name}`, got?.PolicyDocument);
  });
  const attached = await collect(
    account,
    paginateListAttachedRolePolicies({ client: iam }, { RoleName: name }),
    (page) => page.AttachedPolicies,
  );
  const managed = attached.map(({ PolicyArn }) => managedPolicy(account, PolicyArn));
  const [boundary, ...policies] = await Promise.all([
    managedPolicy(account, role.PermissionsBoundary?.PermissionsBoundaryArn),
    ...inline,
    ...managed,
  ]);
  return {
    arn: role.Arn,
    uniqueId: role.RoleId ?? '',
    trust: {
      name: `trust policy of role ${name}`,
      document: readPolicyDocument(role.AssumeRolePolicyDocument ?? '', `trust policy of role ${name}`),
    },
    policies: policies.filter((policy) => policy !== undefined),
    ...(boundary === undefined ? {} : { boundary }),
    tags: tagsOf(role.Tags),
  };
}

/** A user, found by the name in an ARN, with its policies and those of its groups. */
export async function readUser(account: Account, arn: string): Promise<HolderFacts | undefined> {
  const { iam, read } = account;
  const name = arn.split('/').at(-1) ?? '';
  const user = (await read(() => iam.send(new GetUserCommand({ UserName: name }))))?.User;
  if (user?.Arn === undefined) return undefined;
  const names = await collect(
    account,
    paginateListUserPolicies({ client: iam }, { UserName: name }),
    (page) => page.PolicyNames,
  );
  const inline = names.map(async (policy) => {
    const got = await read(() => iam.send(new GetUserPolicyCommand({ UserName: name, PolicyName: policy })));
    return document(`inline policy ${policy} of user ${name}`, got?.PolicyDocument);
  });
  const attached = await collect(
    account,
    paginateListAttachedUserPolicies({ client: iam }, { UserName: name }),
    (page) => page.AttachedPolicies,
  );
  const managed = attached.map(({ PolicyArn }) => managedPolicy(account, PolicyArn));
  const [boundary, ...policies] = await Promise.all([
    managedPolicy(account, user.PermissionsBoundary?.PermissionsBoundaryArn),
    ...inline,
    ...managed,
  ]);
  return {
    arn: user.Arn,
    uniqueId: user.UserId ?? '',
    policies: [...policies.filter((policy) => policy !== undefined), ...(await groupPolicies(account, name))],
    ...(boundary === undefined ? {} : { boundary }),
    tags: tagsOf(user.Tags),
  };
}

async function groupPolicies(account: Account, userName: string): Promise<NamedPolicy[]> {
  const { iam, read } = account;
  const pages = paginateListGroupsForUser({ client: iam }, { UserName: userName });
  // Local AWS has no groups, and says so.
  const groups = await collect(account, pages, (page) => page.Groups, ['NotImplemented']);
  const policies: NamedPolicy[] = [];
  for (const { GroupName } of groups) {
    const names = await collect(
      account,
      paginateListGroupPolicies({ client: iam }, { GroupName }),
      (page) => page.PolicyNames,
    );
    for (const PolicyName of names) {
      const got = await read(() => iam.send(new GetGroupPolicyCommand({ GroupName, PolicyName })));
      policies.push(
        ...present(document(`inline policy ${PolicyName} of group ${GroupName}`, got?.PolicyDocument)),
      );
    }
    const attached = await collect(
      account,
      paginateListAttachedGroupPolicies({ client: iam }, { GroupName }),
      (page) => page.AttachedPolicies,
    );
    for (const { PolicyArn } of attached) policies.push(...present(await managedPolicy(account, PolicyArn)));
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

function present<Value>(value: Value | undefined): Value[] {
  return value === undefined ? [] : [value];
}

function tagsOf(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] = [],
): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
}
