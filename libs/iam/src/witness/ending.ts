import type { AuthorizationRequest } from '../decision/decision.ts';
import { UnreadablePolicyError } from '../decision/layer.ts';
import { builtInProviders } from '../decision/principal-match.ts';
import {
  loadPolicy,
  PolicySyntaxError,
  type PrincipalValue,
  type Statement,
} from '../language/policy-language.ts';
import type { NamedPolicy } from '../principal.ts';
import { accountIn, plainNames, samplesFor, textsOf } from './groups.ts';
import { hostOf, sharedProviderOf } from './identity-providers.ts';
import type { Place, Who, Wish, Zone } from './kinds.ts';
import { namedOrganizations } from './memberships.ts';
import { isOfItsKind, type Mentions, mentionsIn } from './mentions.ts';
import { unknownPrincipal } from './positive-control.ts';
import { wishesAbout, withoutVariables } from './resources.ts';
import { holes, isCut, type Meter, meterOf, template } from './sample.ts';
import { type Found, isAbout, type Limits, type Opening, search } from './search.ts';
import { worldOf } from './world.ts';

/** What a policy guards, and against whom. */
export interface Guard extends Limits {
  readonly policy: NamedPolicy;
  readonly zone: Zone;
  /** What principals of AWS accounts would ask for. */
  readonly wishes: readonly Wish[];
  /** What services would ask for. Absent: they are not asked about. */
  readonly serviceWishes?: readonly Wish[];
  /** What people with a token of an identity provider would ask for. */
  readonly tokenWishes?: readonly Wish[];
  /** What clients without a signature would ask for. */
  readonly anonymousWishes?: readonly Wish[];
  /** Whether its own account needs the policy, as for the trust policy of a role. Otherwise it adds nothing to identity-based policies. */
  readonly isForOwnAccount: boolean;
  /** Whether requests come through VPC endpoints only. */
  readonly inVpc: boolean;
}

/** A kind of outsider that a statement admits. */
export type Outsider =
  /** Anybody: with an account, with a token of a shared identity provider, through a service, or without a signature. */
  | {
      readonly kind: 'anybody';
      readonly service?: string;
      readonly provider?: string;
      readonly isAnonymous?: true;
    }
  /** Anybody in a network. */
  | { readonly kind: 'network'; readonly isAnonymous?: true }
  | { readonly kind: 'organization'; readonly organizationId: string; readonly service?: string }
  /** Every role and user of an account, or every resource of it for which a service acts. */
  | { readonly kind: 'account'; readonly accountId: string; readonly service?: string }
  /** Whoever gives a role or user of an account a name that a pattern matches. */
  | { readonly kind: 'names'; readonly accountId: string; readonly service?: string }
  /** Everybody with a token of an identity provider that one organization has. */
  | { readonly kind: 'provider'; readonly provider: string };

/** An outsider, with a request that is allowed. */
export interface Witness {
  readonly outsider: Outsider;
  readonly request: AuthorizationRequest;
}

/** How the judgement of a statement that allows ends. */
export type Ending =
  /** Outsiders get in. The widest come first; with `anybody` or `network`, nobody else is listed. */
  | { readonly kind: 'open'; readonly witnesses: readonly [Witness, ...Witness[]] }
  /** No outsider that its patterns admit gets in, and each of its principals would without its conditions. */
  | { readonly kind: 'narrow' }
  /** It is about something else than what is guarded. */
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'unread'; readonly reason: string };

/** A statement, as JSON. */
type Source = Readonly<Record<string, unknown>>;

/** More accounts or organizations of one statement are not tried. */
const MOST_NAMED = 50;

/**
 * Judges a statement of a resource's policy that allows. It is narrow only if no outsider that its own patterns admit is allowed, and if
 * each of its principals would be without its conditions. Otherwise, it is open, about something else, or not judged.
 * @param statement one of the policy's, or a part of it, such as one for one of its principals
 */
export function judgeStatement(guard: Guard, statement: Source, meter: Meter = meterOf()): Ending {
  const parsed = parse(guard, statement);
  if (typeof parsed === 'string') return { kind: 'unread', reason: parsed };
  const [own] = parsed;
  if (own?.principal?.values.some(({ type }) => type === 'CanonicalUser')) {
    return { kind: 'unread', reason: 'a canonical user is an account, and its ID does not say which' };
  }
  const opening = openingOf(guard, statement);
  const expanded = (wishes: readonly Wish[] = []) => wishesAbout(wishes, parsed, meter);
  const asked = {
    wishes: expanded(guard.wishes),
    serviceWishes: expanded(guard.serviceWishes),
    tokenWishes: expanded(guard.tokenWishes),
    anonymousWishes: expanded(guard.anonymousWishes),
  };
  const wishes = Object.values(asked).flat();
  if (own === undefined || !wishes.some((wish) => isAbout(own, wish))) return elsewhere(opening, own);

  const mentions = mentionsOf(guard, parsed);
  const ladder = new Ladder({ ...guard, ...asked }, opening, own, mentions, meter);
  const witnesses = ladder.climb();
  const [first, ...others] = witnesses;
  if (first !== undefined) return { kind: 'open', witnesses: [first, ...others] };
  if (ladder.doubt !== undefined) return { kind: 'unread', reason: ladder.doubt };
  const unusual = [...mentions.values()].flat().find((condition) => !isOfItsKind(condition));
  if (unusual !== undefined) {
    return { kind: 'unread', reason: `${unusual.operator} is not meant for ${unusual.key}` };
  }
  const nobody = unknownPrincipal(opening, own, guard, wishes);
  return nobody === undefined
    ? { kind: 'narrow' }
    : { kind: 'unread', reason: `nobody is known who is ${nobody}, and who could ask for this` };
}

/**
 * Whether a statement can admit a caller: with some request of it, nothing denies it. What is not known of the caller counts for it.
 * @param caller a role or user. `another`: the same, if its account were in another organization, and sent another external ID
 */
export function admitsCaller(
  guard: Guard,
  statement: Source,
  caller: {
    readonly arn: string;
    readonly uniqueId?: string | undefined;
    readonly organization?: 'known' | 'another';
  },
  wishes: readonly Wish[] = guard.wishes,
): Found {
  const parsed = parse(guard, statement);
  if (typeof parsed === 'string') return { kind: 'unknown', reason: parsed };
  const meter = meterOf();
  const role = caller.arn.split('/').at(-1) ?? '';
  const mentioned = JSON.stringify(parsed.map(({ source }) => source))
    .split(`:assumed-role/${role}/`)
    .slice(1);
  const who: Who = {
    kind: 'one',
    arn: caller.arn,
    uniqueId: caller.uniqueId,
    sessions: mentioned.flatMap((text) => /^[\w+=,.@-]+/.exec(text)?.[0] ?? []),
    organization: caller.organization ?? 'known',
  };
  const mentions = mentionsOf(guard, parsed);
  const world = worldOf({ who, place: 'all', mentions, zone: guard.zone, meter, inVpc: guard.inVpc });
  const found = search(openingOf(guard, statement), world, wishes, meter);
  return found.kind === 'refused' && isCut(meter)
    ? { kind: 'unknown', reason: 'its patterns take too many steps' }
    : found;
}

/** Tries the kinds of outsiders, the widest first. */
class Ladder {
  /** Why an outsider could get in. Absent: none could. */
  doubt: string | undefined;
  readonly #guard: Guard;
  readonly #opening: Opening;
  readonly #statement: Statement;
  readonly #mentions: Mentions;
  readonly #meter: Meter;

  constructor(guard: Guard, opening: Opening, statement: Statement, mentions: Mentions, meter: Meter) {
    this.#guard = guard;
    this.#opening = opening;
    this.#statement = statement;
    this.#mentions = mentions;
    this.#meter = meter;
  }

  climb(): readonly Witness[] {
    const found: Witness[] = [];
    for (const { outsider, request } of this.#steps()) {
      found.push({ outsider, request });
      // Whoever else gets in is among them.
      if (outsider.kind === 'anybody' || outsider.kind === 'network') return [{ outsider, request }];
    }
    return found;
  }

  *#steps(): Generator<Witness> {
    const { wishes, serviceWishes = [], tokenWishes = [], anonymousWishes = [] } = this.#guard;
    const attempt = (outsider: Outsider, who: Who, place: Place, wanted: readonly Wish[]): Witness[] => {
      const request = this.#try(who, place, wanted);
      return request === undefined ? [] : [{ outsider, request }];
    };
    const places = [
      ['anybody', 'anywhere'],
      ['network', 'named'],
    ] as const;
    for (const [kind, place] of places) {
      yield* attempt({ kind }, { kind: 'anybody' }, place, wishes);
      yield* attempt({ kind, isAnonymous: true }, { kind: 'anonymous' }, place, anonymousWishes);
    }
    for (const provider of this.#providers()) {
      const shared = sharedProviderOf(provider);
      const outsider: Outsider = { kind: shared === undefined ? 'provider' : 'anybody', provider };
      const stranger: Who = { kind: 'tenant', provider, isStranger: true };
      const found = attempt(outsider, stranger, 'all', tokenWishes);
      yield* found;
      if (found.length > 0 || shared?.hasGuests !== true) continue;
      yield* attempt(outsider, { ...stranger, isGuest: true }, 'all', tokenWishes);
    }
    const services = this.#services();
    const organizations = namedOrganizations({ mentions: this.#mentions, meter: this.#meter });
    const accounts = this.#accounts();
    if (organizations.length > MOST_NAMED || accounts.length > MOST_NAMED) {
      this.doubt = 'it names too many accounts or organizations to try them all';
    }
    for (const service of serviceWishes.length === 0 ? [] : services) {
      yield* attempt(
        { kind: 'anybody', service },
        { kind: 'service', services: [service], of: 'anybody' },
        'all',
        serviceWishes,
      );
    }
    for (const organizationId of organizations.slice(0, MOST_NAMED)) {
      yield* attempt(
        { kind: 'organization', organizationId },
        { kind: 'member', organizationId },
        'all',
        wishes,
      );
      for (const service of serviceWishes.length === 0 ? [] : services) {
        const who: Who = { kind: 'service', services: [service], of: { organizationId } };
        yield* attempt({ kind: 'organization', organizationId, service }, who, 'all', serviceWishes);
      }
    }
    for (const accountId of accounts.slice(0, MOST_NAMED)) {
      yield* this.#account(accountId);
      if (accountId === this.#guard.zone.accountId) continue;
      for (const service of serviceWishes.length === 0 ? [] : services) {
        const who: Who = { kind: 'service', services: [service], of: { accountId } };
        yield* attempt({ kind: 'account', accountId, service }, who, 'all', serviceWishes);
      }
    }
  }

  /** An account is admitted as a whole if it is with any name. */
  *#account(accountId: string): Generator<Witness> {
    const { zone, isForOwnAccount, wishes } = this.#guard;
    if (accountId === zone.accountId && !isForOwnAccount) return;
    for (const kind of ['role/', 'user/']) {
      const requests = plainNames
        .filter((name) => name.startsWith(kind))
        .map((name) => this.#try({ kind: 'account', accountId, name }, 'all', wishes));
      const [request] = requests;
      if (request === undefined || requests.includes(undefined)) continue;
      yield { outsider: { kind: 'account', accountId }, request };
      return;
    }
    const request = this.#try({ kind: 'account', accountId, name: 'made' }, 'all', wishes);
    if (request !== undefined) yield { outsider: { kind: 'names', accountId }, request };
  }

  #try(who: Who, place: Place, wishes: readonly Wish[]): AuthorizationRequest | undefined {
    if (wishes.length === 0) return undefined;
    const { zone, inVpc } = this.#guard;
    const world = worldOf({ who, place, mentions: this.#mentions, zone, meter: this.#meter, inVpc });
    const found = search(this.#opening, world, wishes, this.#meter);
    if (found.kind === 'unknown') this.doubt ??= found.reason;
    // Patterns whose samples were not made could admit somebody.
    if (isCut(this.#meter)) this.doubt ??= 'its patterns take too many steps';
    return found.kind === 'admitted' ? found.request : undefined;
  }

  /** The identity providers of OpenID Connect whose tokens the statement can admit. */
  #providers(): readonly string[] {
    const { accountId, partition } = this.#guard.zone;
    // If it admits all, those whose claims it asks for; the account can have them.
    const hosts = [...this.#mentions.keys()].flatMap((key) => /^(.+\..+):[^:]+$/.exec(key)?.[1] ?? []);
    const asked = hosts
      .filter((host) => !builtInProviders.has(host))
      .map((host) => `arn:${partition}:iam::${accountId}:oidc-provider/${host}`);
    const some = [...builtInProviders, ...asked];
    const named = this.#named('Federated', some).flatMap((each) => (each === '*' ? some : [each]));
    // A provider of SAML has an owner, who says who gets which role.
    return [...new Set(named)].filter((each) => hostOf(each) !== undefined);
  }

  /** The services for which the statement can be. */
  #services(): readonly string[] {
    const keys = ['aws:principalservicename', 'aws:principalservicenameslist'];
    const options = { mentions: this.#mentions, meter: this.#meter };
    const asked = ['.amazonaws.com', '.amazonaws.com.cn'].flatMap((domain) =>
      textsOf(samplesFor(options, keys, template(holes.word, domain))),
    );
    return this.#named('Service', ['apigateway.amazonaws.com', 's3.amazonaws.com', ...asked]);
  }

  /** The principals of a type that the statement names. Some of them, if it admits all. */
  #named(type: PrincipalValue['type'], some: readonly string[]): readonly string[] {
    const { principal } = this.#statement;
    if (principal === undefined) return [];
    if (principal.negated) return some;
    const named = principal.values.filter((each) => each.type === type).map(({ value }) => value);
    const isEverybody = principal.values.some((each) => each.type === 'AWS' && each.value === '*');
    return [...new Set(isEverybody ? [...named, ...some] : named)];
  }

  /** The accounts that it can admit. Where it admits everybody, a statement that denies all others names who is left. */
  #accounts(): readonly string[] {
    const { statement, denies } = this.#opening;
    const { principal } = this.#statement;
    const isForAll =
      principal?.negated === true ||
      principal?.values.some(({ type, value }) => type === 'AWS' && value === '*') === true;
    const conditions = [...this.#mentions.values()].flat().map(({ values }) => values);
    const text = JSON.stringify(isForAll ? [statement, denies, conditions] : [statement]);
    const written = text.match(/(?<!\d)\d{12}(?!\d)/g) ?? [];
    return [...new Set([...written, ...this.#pinnedAccounts()])];
  }

  /** The accounts that patterns name with a wildcard that leaves no choice. */
  #pinnedAccounts(): readonly string[] {
    const options = { mentions: this.#mentions, meter: this.#meter };
    const arn = template(
      `arn:${this.#guard.zone.partition}:`,
      holes.word,
      '::',
      holes.account,
      ':',
      holes.name,
    );
    const groups = [
      ...samplesFor(options, ['aws:principalaccount', 'aws:sourceaccount'], template(holes.account)).groups,
      ...samplesFor(options, ['aws:principalarn'], arn).groups,
    ].map((group) => new Set(group.map((each) => (each.includes(':') ? accountIn(each) : each))));
    return groups.filter(({ size }) => size === 1).flatMap((each) => [...each]);
  }
}

function openingOf(guard: Guard, statement: Source): Opening {
  const { policy, zone, resourceControl, serviceControl } = guard;
  return {
    ...{ statement, resourceControl, serviceControl },
    denies: [policy.document.Statement]
      .flat()
      .filter((each): each is Source => (each as Source).Effect === 'Deny'),
    version: policy.document.Version,
    resourceAccountId: zone.accountId,
  };
}

/** The statement, and those that can deny; or why they cannot be read. */
function parse(guard: Guard, statement: Source): readonly Statement[] | string {
  const { denies, version } = openingOf(guard, statement);
  try {
    const Version = version === undefined ? {} : { Version: version };
    const wide = withoutVariables(statement, version).statement;
    return loadPolicy({ ...Version, Statement: [wide, ...denies] }).statements;
  } catch (error) {
    if (error instanceof PolicySyntaxError || error instanceof UnreadablePolicyError) return error.message;
    throw error;
  }
}

function mentionsOf({ resourceControl, serviceControl }: Guard, statements: readonly Statement[]): Mentions {
  const controls = [...resourceControl, ...[...serviceControl.values()].flat(2)];
  return mentionsIn([...statements, ...controls.flatMap(({ document }) => loadPolicy(document).statements)]);
}

/** A statement about other actions or resources: it admits somebody to one of them, if it were open. */
function elsewhere(opening: Opening, statement: Statement | undefined): Ending {
  const fill = (text: string) => text.replace(/[*?]+/g, 'x').replace(/\$\{[^}]*\}/g, 'x');
  const actions = statement?.action?.values.map(({ source }) => fill(source)) ?? [];
  const resources = statement?.resource?.values.map(({ source }) => fill(source)) ?? [];
  const role = `arn:aws:iam::${opening.resourceAccountId}:role/x`;
  const isOne = (action: string, resource: string) =>
    /^[a-z0-9-]+:[a-z0-9]+$/i.test(action) &&
    /^(\*|arn:([^:]*:){4}.+)$/.test(resource) &&
    statement !== undefined &&
    isAbout(statement, { action: action.replace(/^[^:]+/, (service) => service.toLowerCase()), resource });
  const isUnderstood = [...actions, 'x:X'].some((action) =>
    [...resources, 'arn:aws:x:::x', role].some((resource) => isOne(action, resource)),
  );
  return isUnderstood
    ? { kind: 'elsewhere' }
    : { kind: 'unread', reason: 'no request can be made of its actions and resources' };
}
