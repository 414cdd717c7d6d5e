import { accountOf } from '../arn.ts';
import type { AuthorizationRequest } from '../decision/decision.ts';
import { builtInProviders } from '../decision/principal-match.ts';
import type { PrincipalValue, Statement } from '../language/policy-language.ts';
import { plainNames, samplesFor, textsOf } from './groups.ts';
import type { Guard, Outsider, Witness } from './guard.ts';
import { hostOf, sharedProviderOf } from './identity-providers.ts';
import type { Place, Who, Wish } from './kinds.ts';
import { namedOrganizations } from './memberships.ts';
import type { Mentions } from './mentions.ts';
import { holes, isCut, type Meter, template } from './sample.ts';
import { type Opening, search } from './search.ts';
import { worldOf } from './world.ts';

/** More accounts or organizations of one statement are not tried. */
const MOST_NAMED = 50;

/** Tries the kinds of outsiders, the widest first. */
export class Ladder {
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
    ].map((group) => new Set(group.map((each) => (each.includes(':') ? accountOf(each) : each))));
    return groups.filter(({ size }) => size === 1).flatMap((each) => [...each]);
  }
}
