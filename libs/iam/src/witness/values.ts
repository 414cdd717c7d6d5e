import type { Condition } from '../language/conditions.ts';
import { isoSeconds } from '../time.ts';
import { takesWildcards } from './conditions-by-key.ts';
import { chosen, distinct, isSigner, joined, type KeyValue, nameIn, samplesFor, textsOf } from './groups.ts';
import { hostOf, sharedProviderOf, type TenantKey } from './identity-providers.ts';
import type { PossibleRequestsOptions } from './kinds.ts';
import { accountsOf } from './principals.ts';
import { type FormPart, freeParts, type TextForm, textForm } from './sample.ts';

/** The values that a stranger can have for a key. `undefined`: nothing is known of it. */
export function valuesOf(
  key: string,
  conditions: readonly Condition[],
  options: PossibleRequestsOptions,
): readonly KeyValue[] | undefined {
  const { knownAccounts, requester } = options;
  const texts = (wanted: TextForm = textForm(freeParts.any)) => textsOf(samplesFor(options, [key], wanted));
  /** What whoever asks sends, or not. */
  const sent = (): readonly KeyValue[] => distinct(['outsider', ...texts(), undefined]);
  const [, resourceTag] = /^(?:aws|iam):resourcetag\/(.+)$/.exec(key) ?? [];
  if (resourceTag !== undefined) {
    if (knownAccounts.resourceTags === undefined) return undefined;
    const tags = Object.entries(knownAccounts.resourceTags).map(
      ([tag, value]) => [tag.toLowerCase(), value] as const,
    );
    return [new Map(tags).get(resourceTag)];
  }
  const tenantKey =
    requester.kind === 'tenant'
      ? sharedProviderOf(requester.provider)?.tenantKeys.find((each) => each.key === key)
      : undefined;
  if (tenantKey !== undefined) return tenants(tenantKey, conditions, options);
  if (/^aws:principaltag\//.test(key)) {
    // In an account that is named, its administrators say who has a tag of a value. A pattern of any value names nobody.
    if (requester.kind === 'account') return [undefined, anyTag];
    // Elsewhere, strangers are the administrators.
    return isSigner(requester) || requester.kind === 'tenant' ? sent() : [undefined];
  }
  if (/^aws:requesttag\//.test(key) || /^sts:requestcontext\//.test(key)) return sent();
  switch (key) {
    case 'aws:securetransport':
      return ['true'];
    // A stranger can let a service, such as CloudFormation, make the request for it.
    case 'aws:viaawsservice':
    case 'aws:assumedroot':
      return ['true', 'false', undefined];
    case 'aws:calledvia':
    case 'aws:calledviafirst':
    case 'aws:calledvialast': {
      if (!isSigner(requester)) return [undefined];
      const services = distinct(['outsider.amazonaws.com', ...texts(textForm(freeParts.word))]);
      return [undefined, ...(key === 'aws:calledvia' ? setsOf(services) : services)];
    }
    case 'aws:chatbotsourcearn':
      return [undefined, ...ownResources(key, options, 'chatbot', '')];
    case 'aws:currenttime':
      return times(conditions, knownAccounts.now).map(isoSeconds);
    case 'aws:epochtime':
      return times(conditions, knownAccounts.now).map((time) => String(Math.floor(time.getTime() / 1000)));
    case 'aws:tokenissuetime':
      return [...times(conditions, knownAccounts.now).map(isoSeconds), undefined];
    case 'aws:multifactorauthpresent':
      return ['true', 'false', undefined];
    case 'aws:multifactorauthage':
    case 'sts:durationseconds':
      return ['900', ...numbersAround(conditions), undefined];
    case 'aws:tagkeys':
    case 'sts:transitivetagkeys':
      return [undefined, ...setsOf(['outsider', ...texts()])];
    case 'aws:requestedregion':
      return distinct(['us-east-1', 'outsider-1', ...texts(textForm(freeParts.region))]);
    case 'aws:useragent':
    case 'aws:referer':
    case 'aws:sourceidentity':
    case 'sts:rolesessionname':
    case 'sts:sourceidentity':
    case 'sts:taskpolicyarn':
      return sent();
    case 'aws:federatedprovider':
      return requester.kind === 'tenant' ? [requester.provider] : sent();
    case 'sts:externalid':
      // Whoever acts for another customer sends the external ID of that one.
      return requester.kind === 'one' && requester.organization === 'another'
        ? distinct([undefined, 'outsider', ...chosen(samplesFor(options, [key], textForm(freeParts.any)))])
        : sent();
    case 'sts:awsservicename':
      return [undefined];
    case 'aws:resourceaccount':
      return [knownAccounts.accountId];
    case 'aws:resourceorgid': {
      if (!knownAccounts.organizations.has(knownAccounts.accountId)) return undefined;
      return [knownAccounts.organizations.get(knownAccounts.accountId)];
    }
    case 'lambda:eventsourcetoken':
      // Alexa sends the ID of the skill, which Amazon assigns.
      return requester.kind === 'service'
        ? distinct(['outsider', ...chosen(samplesFor(options, [key], textForm(freeParts.any)))])
        : [undefined];
    case 'lambda:sourcefunctionarn':
      return [undefined, ...ownResources(key, options, 'lambda', 'function:')];
    case 'ec2:sourceinstancearn':
      return [undefined, ...ownResources(key, options, 'ec2', 'instance/')];
  }
  return claims(key, options);
}

/** The value of a tag that no pattern names, except one of any value. */
const anyTag = '=outsider=';

/** More values are not combined in all ways, but one by one, in pairs, and all together. */
const MOST_COMBINED = 5;

/** Lists of some of the values, for a key with several values. */
function setsOf(values: readonly string[]): readonly (readonly string[])[] {
  if (values.length > MOST_COMBINED) {
    const pairs = values.flatMap((one, index) => values.slice(index + 1).map((other) => [one, other]));
    return [...values.map((each) => [each]), ...pairs, values];
  }
  const sets: string[][] = [];
  for (const value of values) sets.push([value], ...sets.map((each) => [...each, value]));
  return sets;
}

/** Now, much later, and the times between which conditions tell apart: whoever waits long enough gets there. */
function times(conditions: readonly Condition[], now: Date): readonly Date[] {
  const named = conditions
    .flatMap(({ values }) => values)
    .flatMap((value) => {
      const time = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value);
      return Number.isNaN(time) ? [] : [time - 1000, time, time + 1000];
    })
    .filter((time) => time > now.getTime() && time < LATEST);
  return [now, new Date(now.getTime() + 100 * 366 * 86_400_000), ...named.map((time) => new Date(time))];
}

/** The last time that a date can have, in milliseconds. */
const LATEST = 8.64e15;

function numbersAround(conditions: readonly Condition[]): readonly string[] {
  return conditions
    .flatMap(({ values }) => values.map(Number))
    .filter((value) => Number.isFinite(value))
    .flatMap((value) => [value - 1, value, value + 1])
    .map(String);
}

/** Resources of the stranger's accounts from which a request can come. One that is named is not a stranger. */
function ownResources(
  key: string,
  options: PossibleRequestsOptions,
  service: string,
  kind: string,
): readonly string[] {
  if (!isSigner(options.requester)) return [];
  const { partition } = options.knownAccounts;
  const accounts = accountsOf(options);
  return accounts.flatMap((account) => {
    const form = (...region: readonly FormPart[]) =>
      textForm(`arn:${partition}:${service}:`, ...region, `:${account}:${kind}`, freeParts.resource);
    const samples = joined([form(freeParts.region), form()].map((each) => samplesFor(options, [key], each)));
    return options.requester.kind === 'account' ? chosen(samples, nameIn) : textsOf(samples);
  });
}

/** The claims of a token. */
function claims(key: string, options: PossibleRequestsOptions): readonly KeyValue[] | undefined {
  const { requester } = options;
  const provider = /^saml:/.test(key) ? 'saml' : key.slice(0, key.lastIndexOf(':'));
  if (requester.kind !== 'tenant') {
    // Only a request with a token has claims. A provider's name has a dot, and the name of a service has none.
    return provider === 'saml' || provider.includes('.') ? [undefined] : undefined;
  }
  const host = hostOf(requester.provider);
  if (provider !== (host ?? 'saml'))
    return provider.includes('.') || provider === 'saml' ? [undefined] : undefined;
  const samples = samplesFor(options, [key], textForm(freeParts.any));
  // Guests have no claim that a provider proves.
  if (requester.isGuest === true && key === `${host}:amr`) return [['unauthenticated']];
  const all = distinct(['outsider', ...textsOf(samples), undefined]);
  // Whoever has a provider alone names its subjects: one that is named is no stranger.
  const isNamed =
    requester.isStranger && sharedProviderOf(requester.provider) === undefined && key === `${host}:sub`;
  return isNamed ? distinct(['outsider', ...chosen(samples)]) : all;
}

/** The values of a claim that names the tenant of a shared provider. */
function tenants(
  { form, tenantOf }: TenantKey,
  conditions: readonly Condition[],
  options: PossibleRequestsOptions,
): readonly KeyValue[] | undefined {
  const { requester } = options;
  const [key = ''] = conditions.map((each) => each.key);
  const samples = samplesFor(options, [key], textForm(freeParts.any));
  // Everybody is a guest of each tenant.
  if (requester.kind !== 'tenant' || !requester.isStranger || requester.isGuest === true) {
    return distinct(['outsider', ...textsOf(samples), undefined]);
  }
  // A pattern of an unknown form may name the tenant, or not.
  if (form === undefined) {
    const patterns = conditions.filter(takesWildcards).flatMap(({ values }) => values);
    return patterns.every((value) => !/[*?]/.test(value) || /^[*?]+$/.test(value))
      ? distinct(['outsider', ...chosen(samples)])
      : undefined;
  }
  const formed = samplesFor(options, [key], form);
  const usual = form.slots.map(({ fill }) => String.fromCharCode(fill[0])).join('');
  return distinct([usual, ...chosen(formed, tenantOf)]);
}
