import { accountOf } from '../arn.ts';
import { chosen, distinct, fresh, isSigner, owning, samplesFor, textsOf } from './groups.ts';
import type { Dimension, Option, WorldOptions } from './kinds.ts';
import { holes, template } from './sample.ts';

const organizationForm = template('o-', holes.organization);
const pathForm = template('o-', holes.organization, '/', holes.resource);
const organizationIn = (text: string) => text.split('/')[0] ?? '';

/** The values of an organization's ID and paths: of no organization, of a stranger's, or of one that is given. */
export function membershipsOf(
  options: WorldOptions,
  [idKey, pathsKey]: readonly [string, string],
  of: 'anybody' | { readonly organizationId: string },
): readonly Option[] {
  const ids = samplesFor(options, [idKey], organizationForm);
  const paths = samplesFor(options, [pathsKey], pathForm);
  const option = (id: string, path = `${id}/r-root/ou-root-any/`): Option => ({
    context: { [idKey]: id, [pathsKey]: [path] },
  });
  if (of === 'anybody') {
    return [
      { context: {} },
      option(fresh.organization),
      ...chosen(ids).map((id) => option(id)),
      ...chosen(paths, organizationIn).map((path) => option(organizationIn(path), path)),
    ];
  }
  const { organizationId } = of;
  const inside = textsOf(samplesFor(options, [pathsKey], template(`${organizationId}/`, holes.resource)));
  return [option(organizationId), ...inside.map((path) => option(organizationId, path))];
}

/** The organizations that policies name, by ID: those of principals and of the sources of services, or of VPC endpoints. */
export function namedOrganizations(
  options: Pick<WorldOptions, 'mentions' | 'meter'>,
  sides: readonly ('principal' | 'source' | 'vpce')[] = ['principal', 'source'],
): readonly string[] {
  const keys = (ending: string) => sides.map((side) => `aws:${side}${ending}`);
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
export function organizations(options: WorldOptions): Dimension {
  const { who, zone } = options;
  const keys = ['aws:PrincipalOrgID', 'aws:PrincipalOrgPaths'] as const;
  const owns = owning(...keys);
  if (!isSigner(who)) return { owns, options: [{ context: {} }] };
  if (who.kind === 'anybody') return { owns, options: membershipsOf(options, keys, 'anybody') };
  if (who.kind === 'member') return { owns, options: membershipsOf(options, keys, who) };
  const account = who.kind === 'account' ? who.accountId : accountOf(who.kind === 'one' ? who.arn : '');
  if (who.kind === 'one' && who.organization === 'another') {
    return { owns, options: membershipsOf(options, keys, 'anybody') };
  }
  const known = zone.organizations.get(account);
  if (known !== undefined) return { owns, options: membershipsOf(options, keys, { organizationId: known }) };
  if (zone.organizations.has(account)) return { owns, options: [{ context: {} }] };
  // It can be in any of those that the policies name.
  const named = namedOrganizations(options).flatMap((organizationId) =>
    membershipsOf(options, keys, { organizationId }),
  );
  return { owns, options: [...named, ...membershipsOf(options, keys, 'anybody')] };
}
