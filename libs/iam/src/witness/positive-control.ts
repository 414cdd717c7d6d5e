import { accountNamed, parseArn, parseIamArn } from '../arn.ts';
import { builtInProviders } from '../decision/principal-match.ts';
import type { PrincipalValue, Statement } from '../language/policy-language.ts';
import type { AskedAction, KnownAccounts, Requester } from './kinds.ts';
import { possibleRequests } from './possible-requests.ts';
import { workBudget } from './sample.ts';
import { type AllowWithDenies, search } from './search.ts';

/**
 * The positive control of a statement that admits no outsider: without its conditions, each of its principals gets in. If one does not, the
 * statement was not understood. So a principal that IAM reads in another way, such as a role with a wildcard in its name, is not taken for
 * nobody.
 * @returns a principal that gets in by no request, or `undefined`
 */
export function unknownPrincipal(
  allowWithDenies: AllowWithDenies,
  { principal }: Statement,
  { knownAccounts, inVpc }: { readonly knownAccounts: KnownAccounts; readonly inVpc: boolean },
  askedActions: readonly AskedAction[],
): string | undefined {
  const { resourceAccountId, version } = allowWithDenies;
  const { Condition: _, NotPrincipal: _not, ...rest } = allowWithDenies.statement;
  const isAdmitted = (Principal: unknown, requester: Requester): boolean => {
    const open: AllowWithDenies = {
      resourceAccountId,
      version,
      denies: [],
      resourceControl: [],
      serviceControl: new Map(),
      statement: { ...rest, Principal },
    };
    const budget = workBudget();
    const possible = possibleRequests({
      requester,
      origin: 'all',
      conditionsByKey: new Map(),
      knownAccounts,
      budget,
      inVpc,
    });
    return search(open, possible, askedActions, budget).kind === 'admitted';
  };
  if (principal === undefined || principal.negated) {
    return isAdmitted('*', { kind: 'anybody' }) ? undefined : 'anybody';
  }
  return principal.values.find((each) => {
    const requester = requesterOf(each, knownAccounts);
    return requester === undefined || !isAdmitted({ [each.type]: each.value }, requester);
  })?.value;
}

/** Somebody whom a value of `Principal` names. Returns `undefined` if it is not one of the forms that are known. */
function requesterOf({ type, value }: PrincipalValue, knownAccounts: KnownAccounts): Requester | undefined {
  const isAny = value === '*';
  if (!isAny && /[*?]/.test(value)) return undefined;
  switch (type) {
    case 'Service':
      return isAny ? undefined : { kind: 'service', services: [value], of: 'anybody' };
    case 'Federated': {
      const [some = ''] = builtInProviders;
      return { kind: 'tenant', provider: isAny ? some : value, isStranger: false };
    }
    case 'CanonicalUser':
      return undefined;
    case 'AWS':
      return isAny ? { kind: 'anybody' } : signerOf(value, knownAccounts);
  }
}

function signerOf(value: string, { accountId, partition }: KnownAccounts): Requester | undefined {
  const account = accountNamed(value);
  if (account !== undefined) return { kind: 'account', accountId: account, name: 'role/outsider' };
  const one = (
    arn: string,
    more: { readonly uniqueId?: string; readonly session?: string } = {},
  ): Requester => ({
    kind: 'one',
    arn,
    uniqueId: more.uniqueId,
    organization: 'known',
    sessions: more.session === undefined ? [] : [more.session],
  });
  const identity = parseIamArn(value);
  if (identity?.kind === 'assumed-role') {
    const { partition, accountId: owner, name, sessionName } = identity;
    return one(`arn:${partition}:iam::${owner}:role/${name}`, { session: sessionName });
  }
  // IAM shows the unique ID of a role or user that was deleted.
  if (/^AROA[A-Z0-9]+$/.test(value))
    return one(`arn:${partition}:iam::${accountId}:role/x`, { uniqueId: value });
  if (/^AIDA[A-Z0-9]+$/.test(value))
    return one(`arn:${partition}:iam::${accountId}:user/x`, { uniqueId: value });
  const { service, resource } = parseArn(value);
  const isPrincipal =
    (service === 'iam' && /^(?:role|user)\/./.test(resource)) ||
    (service === 'sts' && /^federated-user\/./.test(resource));
  return isPrincipal ? one(value) : undefined;
}
