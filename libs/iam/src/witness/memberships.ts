import { accountOf } from '../arn.ts';
import { chosen, distinct, fresh, isSigner, owning, samplesFor, textsOf } from './groups.ts';
import type { KeyChoice, KeyChoices, PossibleRequestsOptions } from './kinds.ts';
import { freeParts, textForm } from './sample.ts';

const organizationForm = textForm('o-', freeParts.organization);
const pathForm = textForm('o-', freeParts.organization, '/', freeParts.resource);
const organizationIn = (text: string) => text.split('/')[0] ?? '';

/** The values of an organization's ID and paths: of no organization, of a stranger's, or of one that is given. */
export function membershipsOf(
  options: PossibleRequestsOptions,
  [idKey, pathsKey]: readonly [string, string],
  of: 'anybody' | { readonly organizationId: string },
): readonly KeyChoice[] {
  const ids = samplesFor(options, [idKey], organizationForm);
  const paths = samplesFor(options, [pathsKey], pathForm);
  const choice = (id: string, path = `${id}/r-root/ou-root-any/`): KeyChoice => ({
    context: { [idKey]: id, [pathsKey]: [path] },
  });
  if (of === 'anybody') {
    return [
      { context: {} },
      choice(fresh.organization),
      ...chosen(ids).map((id) => choice(id)),
      ...chosen(paths, organizationIn).map((path) => choice(organizationIn(path), path)),
    ];
  }
  const { organizationId } = of;
  const inside = textsOf(samplesFor(options, [pathsKey], textForm(`${organizationId}/`, freeParts.resource)));
  return [choice(organizationId), ...inside.map((path) => choice(organizationId, path))];
}

/** The organizations that policies name, by ID: those of principals and of the sources of services, or of VPC endpoints. */
export function namedOrganizations(
  options: Pick<PossibleRequestsOptions, 'conditionsByKey' | 'budget'>,
  sides: readonly ('principal' | 'source' | 'vpce')[] = ['principal', 'source'],
): readonly string[] {
  const keys = (judgement: string) => sides.map((side) => `aws:${side}${judgement}`);
  const ids = samplesFor(options, keys('orgid'), organizationForm);
  const paths = samplesFor(options, keys('orgpaths'), pathForm);
  return distinct(
    [...ids.groups, ...paths.groups].flatMap((group) => {
      const [first, ...others] = distinct(group.map(organizationIn));
      return first === undefined || others.length > 0 ? [] : [first];
    }),
  );
}

/** The organization of whoever asks. */
export function organizations(options: PossibleRequestsOptions): KeyChoices {
  const { requester, knownAccounts } = options;
  const keys = ['aws:PrincipalOrgID', 'aws:PrincipalOrgPaths'] as const;
  const owns = owning(...keys);
  if (!isSigner(requester)) return { owns, options: [{ context: {} }] };
  if (requester.kind === 'anybody') return { owns, options: membershipsOf(options, keys, 'anybody') };
  if (requester.kind === 'member') return { owns, options: membershipsOf(options, keys, requester) };
  const account =
    requester.kind === 'account'
      ? requester.accountId
      : accountOf(requester.kind === 'one' ? requester.arn : '');
  if (requester.kind === 'one' && requester.organization === 'another') {
    return { owns, options: membershipsOf(options, keys, 'anybody') };
  }
  const known = knownAccounts.organizations.get(account);
  if (known !== undefined) return { owns, options: membershipsOf(options, keys, { organizationId: known }) };
  if (knownAccounts.organizations.has(account)) return { owns, options: [{ context: {} }] };
  // It can be in any of those that the policies name.
  const named = namedOrganizations(options).flatMap((organizationId) =>
    membershipsOf(options, keys, { organizationId }),
  );
  return { owns, options: [...named, ...membershipsOf(options, keys, 'anybody')] };
}
