import { type ConditionKeys, principalContext } from '../decision/principal-context.ts';
import type { Condition } from '../language/conditions.ts';
import type { AssumedRole, IamUser, Principal, ServicePrincipal } from '../principal.ts';
import { isoSeconds } from '../time.ts';
import { hostOf, sharedProviderOf } from './identity-providers.ts';
import { type Mentions, takesWildcards } from './mentions.ts';
import { addressesFor } from './networks.ts';
import { holes, type Meter, samplesOf, type Template, type TemplatePart, template } from './sample.ts';

/* The requests that a kind of stranger can make: for each condition key, the values that it can have. Strangers choose names in their own
accounts, and what they send. Nobody chooses what AWS assigns, such as the ID of an account or of an organization: if a pattern leaves
only one value for it, the pattern names its owner. */

/** Values that come together. */
export interface Option {
  readonly principal?: Principal | ServicePrincipal;
  readonly context: ConditionKeys;
}

/** Condition keys whose values come together, in all the ways that matter. */
export interface Dimension {
  owns(key: string): boolean;
  readonly options: readonly Option[];
}

/** The world of a review. */
export interface Zone {
  /** The account of what is reviewed. */
  readonly accountId: string;
  readonly partition: string;
  /** The accounts of the callers. */
  readonly callerAccounts: readonly string[];
  /** The IDs of the organizations, by account; `undefined` for an account of no organization. Accounts of which nothing is known are absent. */
  readonly organizations: ReadonlyMap<string, string | undefined>;
  /** The tags of what is reviewed. Absent: they are not known. */
  readonly resourceTags?: Readonly<Record<string, string>> | undefined;
  readonly now: Date;
}

/** Who asks. */
export type Who =
  /** A role or user of an account of which nothing is known. */
  | { readonly kind: 'anybody' }
  /** A role or user of any account of an organization. */
  | { readonly kind: 'member'; readonly organizationId: string }
  /** A role or user of an account. `plain`: with a name that no policy mentions; `made`: with any other that no pattern pins. */
  | { readonly kind: 'account'; readonly accountId: string; readonly name: string | 'made' }
  /** One role or user. `another`: if it acts for a customer of another organization, with the external ID of that one. */
  | {
      readonly kind: 'one';
      readonly arn: string;
      readonly uniqueId?: string | undefined;
      /** Names of its sessions that the policies mention. */
      readonly sessions: readonly string[];
      readonly organization: 'known' | 'another';
    }
  /** A service that acts for somebody: for anybody, for a member of an organization, or for an account. */
  | {
      readonly kind: 'service';
      readonly services: readonly string[];
      readonly of: 'anybody' | { readonly organizationId: string } | { readonly accountId: string };
    }
  /** Somebody with a token of an identity provider. `stranger`: of a tenant that no policy names. */
  | { readonly kind: 'tenant'; readonly provider: string; readonly isStranger: boolean }
  /** Somebody who does not sign. */
  | { readonly kind: 'anonymous' };

/** Where a request comes from: from anywhere, from a network that the policies name, or from both. */
export type Place = 'anywhere' | 'named' | 'all';

/** What a world is made of. */
export interface WorldOptions {
  readonly who: Who;
  readonly place: Place;
  readonly mentions: Mentions;
  readonly zone: Zone;
  readonly meter: Meter;
  /** Whether requests come through VPC endpoints only, as those of a private API do. */
  readonly inVpc: boolean;
}

/** The dimensions of the requests that somebody can make, and the condition keys of which nothing is known. */
export interface World {
  readonly dimensions: readonly Dimension[];
  readonly unknownKeys: ReadonlySet<string>;
}

/** Accounts and names that are nobody's. */
const fresh = {
  accounts: ['000000000000', '777777777777', '090909090909'],
  roleId: 'AROAOUTSIDER000000000',
  userId: 'AIDAOUTSIDER000000000',
  organization: 'o-outsider00',
  session: 'session',
};
/** Names without a common character: a pattern that takes them all takes any. */
export const plainNames = ['role/outsider', 'role/Q8', 'user/outsider', 'user/Q8'] as const;

/** More options of one dimension are not tried. */
const MOST_OPTIONS = 512;

/** Makes the world of a kind of stranger. */
export function worldOf(options: WorldOptions): World {
  const { mentions } = options;
  const common = [
    principals(options),
    userIds(options),
    organizations(options),
    places(options),
    sources(options),
  ];
  const dimensions: Dimension[] = common.filter((each) => each.options.length > 0);
  const missing = common.filter((each) => each.options.length === 0);
  const unknownKeys = new Set<string>();
  for (const [key, conditions] of mentions) {
    if (common.some((each) => each.owns(key)) || isOfRequest(key)) continue;
    const values = valuesOf(key, conditions, options);
    if (values === undefined) unknownKeys.add(key);
    else dimensions.push(dimensionOf(conditions[0]?.key ?? key, values));
  }
  // Nobody is of this kind.
  return { dimensions: [...dimensions, ...missing], unknownKeys };
}

/** Keys that follow from what is asked for. */
function isOfRequest(key: string): boolean {
  return key === 'lambda:functionurlauthtype' || key === 'lambda:invokedviafunctionurl';
}

type Value = string | readonly string[] | undefined;

function dimensionOf(key: string, values: readonly Value[]): Dimension {
  return {
    owns: owning(key),
    options: values.map((value) => ({ context: value === undefined ? {} : { [key]: value } })),
  };
}

const owning = (...keys: readonly string[]) => {
  const set = new Set(keys.map((key) => key.toLowerCase()));
  return (key: string) => set.has(key);
};

/** Texts of a template that the conditions on some keys mention. A group of each comes from one pattern. */
function groupsOf(
  { mentions, meter }: Pick<WorldOptions, 'mentions' | 'meter'>,
  keys: readonly string[],
  wanted: Template,
): readonly (readonly string[])[] {
  return keys.flatMap((key) =>
    (mentions.get(key.toLowerCase()) ?? []).flatMap((condition) =>
      condition.values.map((value) => samplesOf(value, takesWildcards(condition), wanted, meter)),
    ),
  );
}

/** The texts of groups that leave the choice of a part. A pattern that leaves one value for it names its owner. */
function chosen(
  groups: readonly (readonly string[])[],
  partOf: (text: string) => string = (text) => text,
): readonly string[] {
  const parts = groups.map((group) => new Set(group.map(partOf)));
  const named = new Set(parts.filter(({ size }) => size === 1).flatMap((each) => [...each]));
  return groups
    .filter((_, index) => (parts[index]?.size ?? 0) > 1)
    .flatMap((group) => group.filter((text) => !named.has(partOf(text))));
}

const accountIn = (arn: string) => arn.split(':')[4] ?? '';
const nameIn = (arn: string) => arn.split(':').slice(5).join(':');
const distinct = <Item>(items: readonly Item[]) => [...new Set(items)];

/** The accounts of the stranger. */
function accountsOf(options: WorldOptions): readonly string[] {
  const { who, zone, mentions } = options;
  if (who.kind === 'account') return [who.accountId];
  if (who.kind === 'one') return [accountIn(who.arn)];
  const known = new Set([zone.accountId, ...zone.callerAccounts]);
  const own = chosen(groupsOf(options, ['aws:principalaccount'], template(holes.account)));
  const arns = ['role/', 'user/'].flatMap((kind) =>
    chosen(
      groupsOf(
        options,
        ['aws:principalarn'],
        template(`arn:${zone.partition}:iam::`, holes.account, ':', kind, holes.name),
      ),
      accountIn,
    ),
  );
  const named = JSON.stringify([...mentions.values()].flat().map(({ values }) => values));
  return distinct([...fresh.accounts, ...own, ...arns.map(accountIn)]).filter(
    (each) => !known.has(each) && !named.includes(each),
  );
}

function principals(options: WorldOptions): Dimension {
  const { who, zone } = options;
  const owns = owning(
    ...[
      'aws:principalarn',
      'aws:principalaccount',
      'aws:principaltype',
      'aws:username',
      'aws:principalisawsservice',
    ],
    ...['aws:principalservicename', 'aws:principalservicenameslist'],
  );
  const some = (found: readonly (Principal | ServicePrincipal)[]): Dimension => ({
    owns,
    options: found.slice(0, MOST_OPTIONS).map((principal) => ({
      principal,
      context: Object.fromEntries(
        Object.entries(
          principal.type === 'Service' && isSomebody(who) ? {} : principalContext(principal),
        ).filter(([key]) => owns(key.toLowerCase())),
      ),
    })),
  });
  switch (who.kind) {
    case 'anonymous':
      return some([{ type: 'Service', service: 'anonymous' }]);
    case 'tenant':
      return some([{ type: 'Service', service: who.provider }]);
    case 'service':
      return some(who.services.map((service) => ({ type: 'Service', service })));
    case 'one':
      return some(
        [fresh.session, ...who.sessions].map((session) => principalOf(who.arn, who.uniqueId, session)),
      );
    default:
      return some(
        accountsOf(options)
          .flatMap((account) =>
            namesIn(options, account).map((name) => `arn:${zone.partition}:iam::${account}:${name}`),
          )
          .map((arn) => principalOf(arn)),
      );
  }
}

/** Whether a principal that decisions treat like a service is somebody else: keys about services are absent. */
function isSomebody({ kind }: Who): boolean {
  return kind === 'tenant' || kind === 'anonymous';
}

/** The names of roles and users of an account that matter: `role/…`, `user/…`. */
function namesIn(options: WorldOptions, account: string): readonly string[] {
  const { who, zone } = options;
  if (who.kind === 'account' && who.name !== 'made') return [who.name];
  const made = ['role/', 'user/'].flatMap((kind) => {
    const form = template(`arn:${zone.partition}:iam::${account}:${kind}`, holes.name);
    const groups = groupsOf(options, ['aws:principalarn'], form);
    const userNames = kind === 'user/' ? groupsOf(options, ['aws:username'], template(holes.session)) : [];
    // In an account that is named, a name that is pinned is one role.
    const texts =
      who.kind === 'account' ? [chosen(groups), chosen(userNames)] : [groups.flat(), userNames.flat()];
    return [...(texts[0] ?? []).map(nameIn), ...(texts[1] ?? []).map((name) => `user/${name}`)];
  });
  return distinct([...plainNames, ...made]).filter((name) => !name.endsWith('/'));
}

function principalOf(arn: string, uniqueId?: string, session: string = fresh.session): Principal {
  const [, partition, , , accountId = ''] = arn.split(':');
  const name = arn.split('/').at(-1) ?? '';
  if (nameIn(arn).startsWith('user/')) {
    const userId = uniqueId ?? fresh.userId;
    return {
      type: 'User',
      accountId,
      principalArn: arn,
      arn,
      userId,
      userName: name,
      tags: {},
    } satisfies IamUser;
  }
  const roleId = uniqueId ?? fresh.roleId;
  return {
    ...{ type: 'AssumedRole', accountId, principalArn: arn, tags: {}, roleName: name, roleId },
    arn: `arn:${partition}:sts::${accountId}:assumed-role/${name}/${session}`,
    ...{ userId: `${roleId}:${session}`, sessionName: session, issuedAt: new Date(0) },
    ...{ sessionPolicies: [], transitiveTagKeys: [] },
  } satisfies AssumedRole;
}

/** `aws:userid`: AWS assigns the first part, and whoever assumes a role names the session. */
function userIds(options: WorldOptions): Dimension {
  const { who } = options;
  const owns = owning('aws:userid');
  if (!isSigner(who)) return { owns, options: [{ context: {} }] };
  const idOf = (text: string) => text.split(':')[0] ?? '';
  if (who.kind === 'one') {
    const id = who.uniqueId ?? fresh.roleId;
    const isUser = nameIn(who.arn).startsWith('user/');
    const sessions = groupsOf(options, ['aws:userid'], template(`${id}:`, holes.session)).flat();
    const values = isUser
      ? [who.uniqueId ?? fresh.userId]
      : distinct([`${id}:${fresh.session}`, ...sessions]);
    return dimensionOf('aws:userid', values);
  }
  const roles = chosen(
    groupsOf(options, ['aws:userid'], template('AROA', holes.uniqueId, ':', holes.session)),
    idOf,
  );
  const users = chosen(groupsOf(options, ['aws:userid'], template('AIDA', holes.uniqueId)), idOf);
  return dimensionOf(
    'aws:userid',
    distinct([`${fresh.roleId}:${fresh.session}`, fresh.userId, ...roles, ...users]),
  );
}

function isSigner(who: Who): boolean {
  return who.kind === 'anybody' || who.kind === 'member' || who.kind === 'account' || who.kind === 'one';
}

const organizationForm = template('o-', holes.organization);
const pathForm = template('o-', holes.organization, '/', holes.resource);
const organizationIn = (text: string) => text.split('/')[0] ?? '';

/** The values of an organization's ID and paths: of no organization, of a stranger's, or of one that is given. */
function membershipsOf(
  options: WorldOptions,
  [idKey, pathsKey]: readonly [string, string],
  of: 'anybody' | { readonly organizationId: string },
): readonly Option[] {
  const ids = groupsOf(options, [idKey], organizationForm);
  const paths = groupsOf(options, [pathsKey], pathForm);
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
  const inside = groupsOf(options, [pathsKey], template(`${organizationId}/`, holes.resource)).flat();
  return [option(organizationId), ...inside.map((path) => option(organizationId, path))];
}

/** The organizations that policies name, by ID: those of principals and of the sources of services, or of VPC endpoints. */
export function namedOrganizations(
  options: Pick<WorldOptions, 'mentions' | 'meter'>,
  sides: readonly ('principal' | 'source' | 'vpce')[] = ['principal', 'source'],
): readonly string[] {
  const keys = (ending: string) => sides.map((side) => `aws:${side}${ending}`);
  const ids = groupsOf(options, keys('orgid'), organizationForm);
  const paths = groupsOf(options, keys('orgpaths'), pathForm);
  return distinct(
    [...ids, ...paths].flatMap((group) => {
      const [first, ...others] = distinct(group.map(organizationIn));
      return first === undefined || others.length > 0 ? [] : [first];
    }),
  );
}

function organizations(options: WorldOptions): Dimension {
  const { who, zone } = options;
  const keys = ['aws:PrincipalOrgID', 'aws:PrincipalOrgPaths'] as const;
  const owns = owning(...keys);
  if (!isSigner(who)) return { owns, options: [{ context: {} }] };
  if (who.kind === 'anybody') return { owns, options: membershipsOf(options, keys, 'anybody') };
  if (who.kind === 'member') return { owns, options: membershipsOf(options, keys, who) };
  const account = who.kind === 'account' ? who.accountId : accountIn(who.kind === 'one' ? who.arn : '');
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

const endpointKeys = [
  ...['aws:sourcevpce', 'aws:sourcevpc', 'aws:sourcevpcarn', 'aws:vpcsourceip', 'aws:vpceaccount'],
  ...['aws:vpceorgid', 'aws:vpceorgpaths'],
];

/** The network of a request: an address on the Internet, or a VPC endpoint. */
function places(options: WorldOptions): Dimension {
  const { mentions, place, who, inVpc } = options;
  const owns = owning('aws:sourceip', ...endpointKeys);
  if (who.kind === 'service') return { owns, options: [{ context: {} }] };
  const { anywhere, named } = addressesFor(mentions.get('aws:sourceip') ?? []);
  const addresses = place === 'anywhere' ? anywhere : place === 'named' ? named : [...anywhere, ...named];
  const internet = inVpc ? [] : addresses.map((address) => ({ context: { 'aws:SourceIp': address } }));
  return { owns, options: [...internet, ...endpoints(options)] };
}

interface Placed {
  readonly context: ConditionKeys;
  readonly isNamed: boolean;
}

function endpoints(options: WorldOptions): readonly Option[] {
  const { mentions, place, zone, who } = options;
  const values = (
    key: string,
    wanted: Template,
    usual: string,
    partOf?: (text: string) => string,
  ): Placed[] => {
    if (!mentions.has(key.toLowerCase())) return [];
    const groups = groupsOf(options, [key], wanted);
    const free = new Set([usual, ...chosen(groups, partOf)]);
    return distinct([usual, ...groups.flat()]).map((value) => ({
      context: { [key]: value },
      isNamed: !free.has(value),
    }));
  };
  const ownOf = who.kind === 'account' ? who.accountId : (fresh.accounts[0] ?? '');
  const arn = (...rest: readonly TemplatePart[]) => template(`arn:${zone.partition}:`, ...rest);
  const privateAddresses = () => {
    const { anywhere, named } = addressesFor(mentions.get('aws:vpcsourceip') ?? []);
    // The owner of a VPC chooses its addresses.
    return mentions.has('aws:vpcsourceip')
      ? ['10.7.7.7', ...named, ...anywhere].map((address) => ({
          context: { 'aws:VpcSourceIp': address },
          isNamed: false,
        }))
      : [];
  };
  const organization = (): Placed[] => {
    const keys = ['aws:VpceOrgID', 'aws:VpceOrgPaths'] as const;
    if (!keys.some((key) => mentions.has(key.toLowerCase()))) return [];
    return [
      ...membershipsOf(options, keys, 'anybody').map(({ context }) => ({ context, isNamed: false })),
      ...namedOrganizations(options, ['vpce']).flatMap((organizationId) =>
        membershipsOf(options, keys, { organizationId }).map(({ context }) => ({ context, isNamed: true })),
      ),
    ];
  };
  const parts = [
    values('aws:SourceVpce', template('vpce-', holes.hex), 'vpce-00000000000000aaa'),
    values('aws:SourceVpc', template('vpc-', holes.hex), 'vpc-00000000000000aaa'),
    values(
      'aws:SourceVpcArn',
      arn('ec2:', holes.region, ':', holes.account, ':vpc/vpc-', holes.hex),
      `arn:${zone.partition}:ec2:us-east-1:${ownOf}:vpc/vpc-00000000000000aaa`,
      (text) => text.split('/')[1] ?? '',
    ),
    values('aws:VpceAccount', template(holes.account), ownOf),
    privateAddresses(),
    organization(),
  ].filter((part) => part.length > 0);
  // Without one of these keys, it does not matter through which endpoint it comes.
  const all = parts.reduce<readonly Placed[]>(
    (before, part) =>
      before
        .flatMap((one) =>
          part.map(({ context, isNamed }) => ({
            context: { ...one.context, ...context },
            isNamed: one.isNamed || isNamed,
          })),
        )
        .slice(0, MOST_OPTIONS),
    [{ context: {}, isNamed: false }],
  );
  return all.filter(({ isNamed }) => place === 'all' || isNamed === (place === 'named'));
}

/** For whom a service acts. */
function sources(options: WorldOptions): Dimension {
  const { who, zone } = options;
  const owns = owning(
    'aws:sourcearn',
    'aws:sourceaccount',
    'aws:sourceorgid',
    'aws:sourceorgpaths',
    'aws:sourceowner',
  );
  if (who.kind !== 'service') return { owns, options: [{ context: {} }] };
  const { of } = who;
  const [first = ''] = fresh.accounts;
  const orgKeys = ['aws:SourceOrgID', 'aws:SourceOrgPaths'] as const;
  const memberships =
    of === 'anybody' || 'accountId' in of
      ? membershipsOf(options, orgKeys, 'anybody')
      : membershipsOf(options, orgKeys, of);
  const account = typeof of === 'object' && 'accountId' in of ? of.accountId : undefined;
  const accountHole = account ?? holes.account;
  const known = new Set([zone.accountId, ...zone.callerAccounts]);
  const accounts =
    account === undefined
      ? [first, ...chosen(groupsOf(options, ['aws:sourceaccount'], template(holes.account)))].filter(
          (each) => !known.has(each),
        )
      : [account];
  const withAccount = groupsOf(
    options,
    ['aws:sourcearn'],
    template(`arn:${zone.partition}:`, holes.word, ':', holes.region, ':', accountHole, ':', holes.resource),
  );
  const global = groupsOf(
    options,
    ['aws:sourcearn'],
    template(`arn:${zone.partition}:`, holes.word, '::', accountHole, ':', holes.resource),
  );
  const ofNobody = groupsOf(
    options,
    ['aws:sourcearn'],
    template(`arn:${zone.partition}:s3:::`, holes.resource),
  );
  // Of an account that is named, a source that is named is one resource.
  const partOf = account === undefined ? ownerIn : nameIn;
  const arns = distinct([...chosen([...withAccount, ...global], partOf), ...chosen(ofNobody)]);
  const sent: ConditionKeys[] = [
    ...accounts.flatMap((each) => [
      { 'aws:SourceAccount': each },
      {
        'aws:SourceAccount': each,
        'aws:SourceArn': `arn:${zone.partition}:execute-api:us-east-1:${each}:outsider00/stage/GET/`,
      },
      { 'aws:SourceAccount': each, 'aws:SourceArn': `arn:${zone.partition}:s3:::outsider` },
    ]),
    ...arns.flatMap((arn) =>
      (accountIn(arn) === '' ? accounts : [accountIn(arn)]).map((each) => ({
        'aws:SourceAccount': each,
        'aws:SourceArn': arn,
      })),
    ),
    // Not every service says for whom it acts.
    ...(account === undefined ? [{}] : []),
  ];
  const all = sent.flatMap((context) =>
    memberships.map((each) => ({ context: { ...each.context, ...context } })),
  );
  return { owns, options: all.slice(0, MOST_OPTIONS) };
}

/** Who owns the source of a service's request: the account, and the API, whose ID AWS assigns. */
function ownerIn(arn: string): string {
  const isApi = arn.split(':')[2] === 'execute-api';
  return isApi ? (nameIn(arn).split('/')[0] ?? '') : accountIn(arn);
}

/** The values that a stranger can have for a key. `undefined`: nothing is known of it. */
function valuesOf(
  key: string,
  conditions: readonly Condition[],
  options: WorldOptions,
): readonly Value[] | undefined {
  const { zone, who } = options;
  const texts = (wanted: Template = template(holes.any)) => groupsOf(options, [key], wanted).flat();
  /** What whoever asks sends, or not. */
  const sent = (): readonly Value[] => distinct(['outsider', ...texts(), undefined]);
  const [, resourceTag] = /^(?:aws|iam):resourcetag\/(.+)$/.exec(key) ?? [];
  if (resourceTag !== undefined) {
    if (zone.resourceTags === undefined) return undefined;
    const tags = Object.entries(zone.resourceTags).map(([tag, value]) => [tag.toLowerCase(), value] as const);
    return [new Map(tags).get(resourceTag)];
  }
  if (/^aws:principaltag\//.test(key)) {
    // In an account that is named, its administrators say who has a tag. Elsewhere, strangers are the administrators.
    return who.kind === 'account'
      ? [undefined]
      : isSigner(who) || who.kind === 'tenant'
        ? sent()
        : [undefined];
  }
  if (/^aws:requesttag\//.test(key) || /^sts:requestcontext\//.test(key)) return sent();
  switch (key) {
    case 'aws:securetransport':
      return ['true'];
    case 'aws:viaawsservice':
    case 'aws:assumedroot':
      return ['false', undefined];
    case 'aws:calledvia':
    case 'aws:calledviafirst':
    case 'aws:calledvialast':
    case 'aws:chatbotsourcearn':
      return [undefined];
    case 'aws:currenttime':
      return times(zone.now).map(isoSeconds);
    case 'aws:epochtime':
      return times(zone.now).map((time) => String(Math.floor(time.getTime() / 1000)));
    case 'aws:tokenissuetime':
      return [...times(zone.now).map(isoSeconds), undefined];
    case 'aws:multifactorauthpresent':
      return ['true', 'false', undefined];
    case 'aws:multifactorauthage':
    case 'sts:durationseconds':
      return ['900', ...numbersAround(conditions), undefined];
    case 'aws:tagkeys':
    case 'sts:transitivetagkeys':
      return [undefined, ['outsider'], ...texts().map((text) => [text])];
    case 'aws:requestedregion':
      return distinct(['us-east-1', ...texts(template(holes.region))]);
    case 'aws:useragent':
    case 'aws:referer':
    case 'aws:sourceidentity':
    case 'aws:federatedprovider':
    case 'sts:rolesessionname':
    case 'sts:sourceidentity':
    case 'sts:taskpolicyarn':
      return sent();
    case 'sts:externalid':
      // Whoever acts for another customer sends the external ID of that one.
      return who.kind === 'one' && who.organization === 'another'
        ? distinct([undefined, 'outsider', ...chosen(groupsOf(options, [key], template(holes.any)))])
        : sent();
    case 'sts:awsservicename':
      return [undefined];
    case 'aws:resourceaccount':
      return [zone.accountId];
    case 'aws:resourceorgid': {
      if (!zone.organizations.has(zone.accountId)) return undefined;
      return [zone.organizations.get(zone.accountId)];
    }
    case 'lambda:eventsourcetoken':
      // Alexa sends the ID of the skill, which Amazon assigns.
      return who.kind === 'service'
        ? distinct(['outsider', ...chosen(groupsOf(options, [key], template(holes.any)))])
        : [undefined];
    case 'lambda:sourcefunctionarn':
      return [undefined, ...ownResources(key, options, 'lambda', 'function:')];
    case 'ec2:sourceinstancearn':
      return [undefined, ...ownResources(key, options, 'ec2', 'instance/')];
  }
  return claims(key, conditions, options);
}

/** Now, and much later: whoever waits long enough gets there. */
function times(now: Date): readonly Date[] {
  return [now, new Date(now.getTime() + 100 * 366 * 86_400_000)];
}

function numbersAround(conditions: readonly Condition[]): readonly string[] {
  return conditions
    .flatMap(({ values }) => values.map(Number))
    .filter((value) => Number.isFinite(value))
    .flatMap((value) => [value - 1, value, value + 1])
    .map(String);
}

/** Resources of the stranger's accounts from which a request can come. One that is named is not a stranger. */
function ownResources(key: string, options: WorldOptions, service: string, kind: string): readonly string[] {
  if (!isSigner(options.who)) return [];
  const { partition } = options.zone;
  const accounts = accountsOf(options);
  return accounts.flatMap((account) => {
    const form = template(
      `arn:${partition}:${service}:`,
      holes.region,
      `:${account}:${kind}`,
      holes.resource,
    );
    const groups = groupsOf(options, [key], form);
    return options.who.kind === 'account' ? chosen(groups, nameIn) : groups.flat();
  });
}

/** The claims of a token. */
function claims(
  key: string,
  conditions: readonly Condition[],
  options: WorldOptions,
): readonly Value[] | undefined {
  const { who } = options;
  const provider = /^saml:/.test(key) ? 'saml' : key.slice(0, key.lastIndexOf(':'));
  if (who.kind !== 'tenant') {
    // Only a request with a token has claims. A provider's name has a dot, and the name of a service has none.
    return provider === 'saml' || provider.includes('.') ? [undefined] : undefined;
  }
  const host = hostOf(who.provider);
  if (provider !== (host ?? 'saml'))
    return provider.includes('.') || provider === 'saml' ? [undefined] : undefined;
  const groups = groupsOf(options, [key], template(holes.any));
  const shared = sharedProviderOf(who.provider);
  const all = distinct(['outsider', ...groups.flat(), undefined]);
  if (!who.isStranger || host === undefined) return all;
  if (key !== `${host}:${shared?.claim ?? 'sub'}`) return all;
  // Whoever has a provider alone names its subjects: one that is named is no stranger.
  if (shared === undefined) return distinct(['outsider', ...chosen(groups)]);
  // A pattern of an unknown form may name the tenant, or not.
  if (shared.form === undefined) {
    const patterns = conditions.flatMap(({ values }) => values).filter((value) => /[*?]/.test(value));
    return patterns.every((value) => /^[*?]+$/.test(value))
      ? distinct(['outsider', ...chosen(groups)])
      : undefined;
  }
  const formed = groupsOf(options, [key], shared.form);
  const usual = shared.form.places.map(({ fill }) => String.fromCharCode(fill[0])).join('');
  return distinct([usual, ...chosen(formed, (text) => shared.tenantOf(text))]);
}
