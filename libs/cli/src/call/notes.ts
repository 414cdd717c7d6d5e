import { withoutCapital } from '@cross-account-api/command-line/text';
import type { Account } from '../aws/account.ts';
import { wherePermissionsAre } from '../aws/read-error.ts';
import type { OrganizationFacts } from '../aws/read-organization.ts';
import type { Chain } from './link.ts';
import type { OpenCall } from './open-call.ts';

/** An open account of whose AWS organization something could not be read. */
export interface UnreadOrganization extends Pick<OrganizationFacts, 'membership' | 'unread'> {
  readonly account: Pick<Account, 'accountId' | 'source'>;
}

/** Finds the open accounts in whose AWS organization something cannot be read. Most accounts may not read their organization’s policies. */
export async function unreadOrganizations({
  accounts,
  organization,
}: Pick<OpenCall, 'accounts' | 'organization'>): Promise<readonly UnreadOrganization[]> {
  const all = [...accounts.values()].map(async (account) => ({
    account,
    ...(await organization(account.accountId)),
  }));
  return (await Promise.all(all)).filter(({ unread }) => unread !== undefined);
}

/**
 * What a judgement of a call does not know, said once. It matters only if nothing is broken: policies of an organization can only deny
 * more, and keys of the request are taken to be absent.
 * @param keys the condition keys that statements ask for, and only a request has
 */
export function notesOnUnread(unread: readonly UnreadOrganization[], keys: readonly string[]): string[] {
  const accounts = unread.map(
    ({ account: { accountId, source } }) => `${accountId} (${withoutCapital(source.subject)})`,
  );
  const assumed = unread.flatMap(({ account, unread: part, membership }) =>
    part === 'everything' && membership !== undefined
      ? ` Account ${account.accountId} is taken to be in ${membership.organizationId}, as services/stages.yml says.`
      : '',
  );
  return [
    accounts.length > 0 &&
      `The service and resource control policies of the AWS organization of account ${accounts.join(' and ')} were not read. They can only deny more. The management account of the organization, or an administrator that it has delegated, can read them.${assumed.join('')}`,
    keys.length > 0 &&
      `Statements ask for ${keys.join(', ')}, which only the request has: taken to be absent. Give the values: ${keys.map((key) => `--context ${key}=…`).join(' ')}`,
  ].filter((each) => each !== false);
}

/**
 * Says how to get the permissions without which links could not be read. A missing profile is not a permission.
 * @param stage `undefined`: the user named the profiles
 */
export function noteOnPermissions({ links }: Chain, stage: string | undefined): string[] {
  const lacksOne = links.some(({ unread = [] }) =>
    unread.some(({ permission = '' }) => /^[a-z0-9-]+:[A-Z]\w+/.test(permission)),
  );
  return lacksOne ? [wherePermissionsAre('explain', stage)] : [];
}

/** What makes Lambda throttle a call, and nobody can tell beforehand. Said once, if nothing is broken. */
export function noteOnConcurrency({ links, state }: Chain): string[] {
  if (state === 'breaks' || !links.some(({ kind }) => kind === 'function state')) return [];
  return [
    'Not judged: how many invocations are running. If those of a function or of its account are at their limit, Lambda throttles the next one.',
  ];
}
