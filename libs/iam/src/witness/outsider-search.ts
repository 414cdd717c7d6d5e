import { accountOf } from '../arn.ts';
import type { AuthorizationRequest } from '../decision/decision.ts';
import { builtInProviders } from '../decision/principal-match.ts';
import type { PrincipalValue, Statement } from '../language/policy-language.ts';
import type { ConditionsByKey } from './conditions-by-key.ts';
import { plainNames, samplesFor, textsOf } from './groups.ts';
import type { GuardedPolicy, Outsider, Witness } from './guarded-policy.ts';
import { hostOf, sharedProviderOf } from './identity-providers.ts';
import type { AskedAction, NetworkOrigin, Requester } from './kinds.ts';
import { namedOrganizations } from './memberships.ts';
import { possibleRequests } from './possible-requests.ts';
import { freeParts, isCut, textForm, type WorkBudget } from './sample.ts';
import { type AllowWithDenies, search } from './search.ts';

/** More accounts or organizations of one statement are not tried. */
const MOST_NAMED = 50;

/** Tries the kinds of outsiders, the widest first. */
export class OutsiderSearch {
  /** Why an outsider could get in who was not found. Absent: none could. */
  unjudgedReason: string | undefined;
  readonly #guarded: GuardedPolicy;
  readonly #allowWithDenies: AllowWithDenies;
  readonly #statement: Statement;
  readonly #conditionsByKey: ConditionsByKey;
  readonly #budget: WorkBudget;

  constructor(
    guarded: GuardedPolicy,
    allowWithDenies: AllowWithDenies,
    statement: Statement,
    conditionsByKey: ConditionsByKey,
    budget: WorkBudget,
  ) {
    this.#guarded = guarded;
    this.#allowWithDenies = allowWithDenies;
    this.#statement = statement;
    this.#conditionsByKey = conditionsByKey;
    this.#budget = budget;
  }

  findOutsiders(): readonly Witness[] {
    const found: Witness[] = [];
    for (const { outsider, request } of this.#steps()) {
      found.push({ outsider, request });
      // Whoever else gets in is among them.
      if (outsider.kind === 'anybody' || outsider.kind === 'network') return [{ outsider, request }];
    }
    return found;
  }

  *#steps(): Generator<Witness> {
    const { askedActions, serviceActions = [], tokenActions = [], anonymousActions = [] } = this.#guarded;
    const attempt = (
      outsider: Outsider,
      requester: Requester,
      origin: NetworkOrigin,
      wanted: readonly AskedAction[],
    ): Witness[] => {
      const request = this.#try(requester, origin, wanted);
      return request === undefined ? [] : [{ outsider, request }];
    };
    const origins = [
      ['anybody', 'anywhere'],
      ['network', 'named'],
    ] as const;
    for (const [kind, origin] of this.#isForAll ? origins : []) {
      yield* attempt({ kind }, { kind: 'anybody' }, origin, askedActions);
      yield* attempt({ kind, isAnonymous: true }, { kind: 'anonymous' }, origin, anonymousActions);
    }
    for (const provider of this.#providers()) {
      const shared = sharedProviderOf(provider);
      const outsider: Outsider = { kind: shared === undefined ? 'provider' : 'anybody', provider };
      const stranger: Requester = { kind: 'tenant', provider, isStranger: true };
      const found = attempt(outsider, stranger, 'all', tokenActions);
      yield* found;
      if (found.length > 0 || shared?.hasGuests !== true) continue;
      yield* attempt(outsider, { ...stranger, isGuest: true }, 'all', tokenActions);
    }
    const services = this.#services();
    const organizations = namedOrganizations({
      conditionsByKey: this.#conditionsByKey,
      budget: this.#budget,
    });
    const accounts = this.#accounts();
    if (organizations.length > MOST_NAMED || accounts.length > MOST_NAMED) {
      this.unjudgedReason = 'it names too many accounts or organizations to try them all';
    }
    for (const service of serviceActions.length === 0 ? [] : services) {
      yield* attempt(
        { kind: 'anybody', service },
        { kind: 'service', services: [service], of: 'anybody' },
        'all',
        serviceActions,
      );
    }
    for (const organizationId of organizations.slice(0, MOST_NAMED)) {
      const outsider: Outsider = { kind: 'organization', organizationId };
      if (this.#isForAll) yield* attempt(outsider, { kind: 'member', organizationId }, 'all', askedActions);
      for (const service of serviceActions.length === 0 ? [] : services) {
        const requester: Requester = { kind: 'service', services: [service], of: { organizationId } };
        yield* attempt({ ...outsider, service }, requester, 'all', serviceActions);
      }
    }
    for (const accountId of accounts.slice(0, MOST_NAMED)) {
      if (this.#isForAll || this.#names(accountId)) yield* this.#account(accountId);
      if (accountId === this.#guarded.knownAccounts.accountId) continue;
      for (const service of serviceActions.length === 0 ? [] : services) {
        const requester: Requester = { kind: 'service', services: [service], of: { accountId } };
        yield* attempt({ kind: 'account', accountId, service }, requester, 'all', serviceActions);
      }
    }
  }

  /** An account is admitted as a whole if it is with any name. */
  *#account(accountId: string): Generator<Witness> {
    const { knownAccounts, isForOwnAccount, askedActions } = this.#guarded;
    if (accountId === knownAccounts.accountId && !isForOwnAccount) return;
    for (const kind of ['role/', 'user/']) {
      const requests = plainNames
        .filter((name) => name.startsWith(kind))
        .map((name) => this.#try({ kind: 'account', accountId, name }, 'all', askedActions));
      const [request] = requests;
      if (request === undefined || requests.includes(undefined)) continue;
      yield { outsider: { kind: 'account', accountId }, request };
      return;
    }
    const request = this.#try({ kind: 'account', accountId, name: 'made' }, 'all', askedActions);
    if (request !== undefined) yield { outsider: { kind: 'names', accountId }, request };
  }

  #try(
    requester: Requester,
    origin: NetworkOrigin,
    askedActions: readonly AskedAction[],
  ): AuthorizationRequest | undefined {
    if (askedActions.length === 0) return undefined;
    const { knownAccounts, inVpc } = this.#guarded;
    const possible = possibleRequests({
      requester,
      origin,
      conditionsByKey: this.#conditionsByKey,
      knownAccounts,
      budget: this.#budget,
      inVpc,
    });
    const found = search(this.#allowWithDenies, possible, askedActions, this.#budget);
    if (found.kind === 'unknown') this.unjudgedReason ??= found.reason;
    // Patterns whose samples were not made could admit somebody.
    if (isCut(this.#budget)) this.unjudgedReason ??= 'its patterns take too many steps';
    return found.kind === 'admitted' ? found.request : undefined;
  }

  /** The identity providers of OpenID Connect whose tokens the statement can admit. */
  #providers(): readonly string[] {
    const { accountId, partition } = this.#guarded.knownAccounts;
    // If it admits all, those whose claims it asks for; the account can have them.
    const hosts = [...this.#conditionsByKey.keys()].flatMap((key) => /^(.+\..+):[^:]+$/.exec(key)?.[1] ?? []);
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
    const options = { conditionsByKey: this.#conditionsByKey, budget: this.#budget };
    const asked = ['.amazonaws.com', '.amazonaws.com.cn'].flatMap((domain) =>
      textsOf(samplesFor(options, keys, textForm(freeParts.word, domain))),
    );
    return this.#named('Service', ['apigateway.amazonaws.com', 's3.amazonaws.com', ...asked]);
  }

  /** The principals of a type that the statement names. Some of them, if it admits all. */
  #named(type: PrincipalValue['type'], some: readonly string[]): readonly string[] {
    const { principal } = this.#statement;
    if (principal === undefined) return [];
    if (principal.negated) return some;
    const named = principal.values.filter((each) => each.type === type).map(({ value }) => value);
    return [...new Set(this.#isForAll ? [...named, ...some] : named)];
  }

  /** Whether it is for everybody, or for all but some. Otherwise, strangers are not among its principals. */
  get #isForAll(): boolean {
    const { principal } = this.#statement;
    return (
      principal?.negated === true ||
      principal?.values.some(({ type, value }) => type === 'AWS' && value === '*') === true
    );
  }

  /** Whether one of its principals is of an account. */
  #names(accountId: string): boolean {
    return this.#statement.principal?.values.some(({ value }) => value.includes(accountId)) === true;
  }

  /** The accounts that it can admit. Where it admits everybody, a statement that denies all others names who is left. */
  #accounts(): readonly string[] {
    const { statement, denies } = this.#allowWithDenies;
    const conditions = [...this.#conditionsByKey.values()].flat().map(({ values }) => values);
    const text = JSON.stringify(this.#isForAll ? [statement, denies, conditions] : [statement]);
    const written = text.match(/(?<!\d)\d{12}(?!\d)/g) ?? [];
    return [...new Set([...written, ...this.#pinnedAccounts()])];
  }

  /** The accounts that patterns name with a wildcard that leaves no choice. */
  #pinnedAccounts(): readonly string[] {
    const options = { conditionsByKey: this.#conditionsByKey, budget: this.#budget };
    const arn = textForm(
      `arn:${this.#guarded.knownAccounts.partition}:`,
      freeParts.word,
      '::',
      freeParts.account,
      ':',
      freeParts.name,
    );
    const groups = [
      ...samplesFor(options, ['aws:principalaccount', 'aws:sourceaccount'], textForm(freeParts.account))
        .groups,
      ...samplesFor(options, ['aws:principalarn'], arn).groups,
    ].map((group) => new Set(group.map((each) => (each.includes(':') ? accountOf(each) : each))));
    return groups.filter(({ size }) => size === 1).flatMap((each) => [...each]);
  }
}
