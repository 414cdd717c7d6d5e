import { accountNamed, parseArn, parseIamArn } from '../arn.ts';
import { builtInProviders } from '../decision/principal-match.ts';
import type { PrincipalValue, Statement } from '../language/policy-language.ts';
import type { Who, Wish, Zone } from './kinds.ts';
import { meterOf } from './sample.ts';
import { type Opening, search } from './search.ts';
import { worldOf } from './world.ts';

/**
 * The positive control of a statement that admits no outsider: without its conditions, each of its principals gets in. If one does not, the
 * statement was not understood. So a principal that IAM reads in another way, such as a role with a wildcard in its name, is not taken for
 * nobody.
 * @returns a principal that gets in by no request, or `undefined`
 */
export function unknownPrincipal(
  opening: Opening,
  { principal }: Statement,
  { zone, inVpc }: { readonly zone: Zone; readonly inVpc: boolean },
  wishes: readonly Wish[],
): string | undefined {
  const { resourceAccountId, version } = opening;
  const { Condition: _, NotPrincipal: _not, ...rest } = opening.statement;
  const isAdmitted = (Principal: unknown, who: Who): boolean => {
    const open: Opening = {
      ...{ resourceAccountId, version, denies: [], resourceControl: [], serviceControl: new Map() },
      statement: { ...rest, Principal },
    };
    const meter = meterOf();
    const world = worldOf({ who, place: 'all', mentions: new Map(), zone, meter, inVpc });
    return search(open, world, wishes, meter).kind === 'admitted';
  };
  if (principal === undefined || principal.negated) {
    return isAdmitted('*', { kind: 'anybody' }) ? undefined : 'anybody';
  }
  return principal.values.find((each) => {
    const who = whoIs(each, zone);
    return who === undefined || !isAdmitted({ [each.type]: each.value }, who);
  })?.value;
}

/** Somebody whom a value of `Principal` names. Returns `undefined` if it is not one of the forms that are known. */
function whoIs({ type, value }: PrincipalValue, zone: Zone): Who | undefined {
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
      return isAny ? { kind: 'anybody' } : signerOf(value, zone);
  }
}

function signerOf(value: string, { accountId, partition }: Zone): Who | undefined {
  const account = accountNamed(value);
  if (account !== undefined) return { kind: 'account', accountId: account, name: 'role/outsider' };
  const one = (arn: string, more: { readonly uniqueId?: string; readonly session?: string } = {}): Who => ({
    ...{ kind: 'one', arn, uniqueId: more.uniqueId, organization: 'known' },
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
