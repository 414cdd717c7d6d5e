import type { Condition } from '../language/conditions.ts';
import { isoSeconds } from '../time.ts';
import { chosen, distinct, groupsOf, isSigner, nameIn, type Value } from './groups.ts';
import { hostOf, sharedProviderOf } from './identity-providers.ts';
import type { WorldOptions } from './kinds.ts';
import { accountsOf } from './principals.ts';
import { holes, type Template, template } from './sample.ts';

/** The values that a stranger can have for a key. `undefined`: nothing is known of it. */
export function valuesOf(
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
