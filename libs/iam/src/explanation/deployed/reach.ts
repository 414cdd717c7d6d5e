import { accountNamed, parseArn, parseIamArn, splitArn } from '../../arn.ts';
import { type ArnPattern, arnMatches, parseResourcePattern } from '../../language/arn-pattern.ts';
import { patternMatches } from '../../language/pattern.ts';
import { loadPolicy, type Statement } from '../../language/policy-language.ts';
import type { RequestContext } from '../../language/request-context.ts';
import type { NamedPolicy } from '../../principal.ts';

/** A resource that principals may use. */
export interface ReachTarget {
  /** ARN. */
  readonly id: string;
  readonly accountId: string;
  /** Its resource-based policy, or the trust policy of a role. */
  readonly policy: NamedPolicy | undefined;
}

/** A principal that may use resources. */
export interface ReachSource {
  /** ARN of a user or a role. */
  readonly arn: string;
  readonly accountId: string;
  /** `AROA…` or `AIDA…` */
  readonly uniqueId: string;
  /** Its identity-based policies. */
  readonly policies: readonly NamedPolicy[];
}

/**
 * Some resources, found when they are asked for. Also yields `undefined` for each resource that was compared and is none of them, so that
 * whoever asks can stop, or let other work go on.
 */
export interface Candidates {
  /** The most that are yielded. */
  readonly size: number;
  [Symbol.iterator](): Iterator<string | undefined>;
}

interface Indexed {
  readonly id: string;
  /** The part of the ARN after the account. */
  readonly resource: string;
  readonly accountId: string;
  /** Names in the `Principal` of statements that allow the action. */
  readonly admits: ReadonlySet<string>;
}

const EVERYONE = '*';
const noContext: RequestContext = { get: () => undefined };

/**
 * Finds the resources that a principal can possibly use, without a decision on each pair. It compares the statements that allow, by
 * principal, action and resource, and ignores conditions, denies and boundaries. So each pair that is allowed is found, and some
 * that are denied. For patterns that begin as few resources do, a search takes about as many steps as it has results.
 */
export class ReachIndex {
  readonly #actions: readonly string[];
  readonly #demandsPolicy: boolean;
  readonly #byId: readonly Indexed[];
  readonly #byResource: readonly Indexed[];
  readonly #byName = new Map<string, Indexed[]>();

  /** @param options `demandsPolicy`: whether the policy of the resource must allow, as the trust policy of a role must */
  constructor(
    actions: readonly string[],
    targets: readonly ReachTarget[],
    options: { readonly demandsPolicy?: boolean } = {},
  ) {
    this.#actions = actions;
    this.#demandsPolicy = options.demandsPolicy ?? false;
    const indexed = targets.map(({ id, accountId, policy }): Indexed => {
      const admits = new Set(policy === undefined ? [] : allowing(policy, actions).flatMap(namesIn));
      return { id, accountId, resource: parseArn(id).resource, admits };
    });
    this.#byId = indexed.toSorted((a, b) => compare(a.id, b.id));
    this.#byResource = indexed.toSorted((a, b) => compare(a.resource, b.resource));
    for (const one of indexed) {
      for (const name of one.admits) {
        const known = this.#byName.get(name);
        if (known === undefined) this.#byName.set(name, [one]);
        else known.push(one);
      }
    }
  }

  /** The resources that a principal can possibly use. Throws if a policy cannot be read. */
  candidates(source: ReachSource): Candidates {
    const { accountId, arn, uniqueId } = source;
    const role = parseArn(arn).name;
    const names = [arn, uniqueId, `session ${accountId} ${role}`];
    const granted = this.#grantedBy(source.policies);
    const named = names.map((name) => this.#byName.get(name) ?? []);
    const everyone = this.#byName.get(EVERYONE) ?? [];
    const ofAccount = this.#byName.get(accountId) ?? [];
    const isOwn = (one: Indexed) => one.accountId === accountId;
    // Within an account, one of both policies is enough, except for a role, whose trust policy must allow.
    const lists: Part[] = [
      ...[...named, everyone].map(
        (list): Part => ({ list, matches: (one) => isOwn(one) || granted.has(one) }),
      ),
      ...(this.#demandsPolicy
        ? this.#both(ofAccount, granted, accountId)
        : [
            ...granted.ranges.map(
              ({ list, pattern }): Part => ({
                list,
                matches: (one) =>
                  matches(pattern, one) && (isOwn(one) || admits(one, [...names, EVERYONE, accountId])),
              }),
            ),
          ]),
    ];
    return {
      size: lists.reduce((sum, { list }) => sum + list.length, 0),
      *[Symbol.iterator]() {
        const seen = new Set<string>();
        for (const part of lists) {
          for (const one of part.list) {
            const isNew = !seen.has(one.id) && part.matches(one);
            if (isNew) seen.add(one.id);
            yield isNew ? one.id : undefined;
          }
        }
      },
    };
  }

  /** The resources that admit the account and that an identity-based policy grants, found from the shorter side. */
  #both(ofAccount: readonly Indexed[], granted: Granted, accountId: string): Part[] {
    const fromGranted = granted.ranges.reduce((sum, { list }) => sum + list.length, 0);
    if (ofAccount.length <= fromGranted) {
      return [{ list: ofAccount, matches: (one) => granted.has(one) }];
    }
    return granted.ranges.map(({ list, pattern }) => ({
      list,
      matches: (one) => matches(pattern, one) && one.admits.has(accountId),
    }));
  }

  #grantedBy(policies: readonly NamedPolicy[]): Granted {
    const patterns = policies.flatMap((policy) => allowing(policy, this.#actions).flatMap(resourcesIn));
    const ranges = patterns.map((pattern) => ({ pattern, list: this.#range(pattern) }));
    return { ranges, has: (one) => patterns.some((pattern) => matches(pattern, one)) };
  }

  /** The resources whose ARN, or the last part of it, begins as the pattern does: the shorter list of both. */
  #range({ source, parts }: ArnPattern): readonly Indexed[] {
    if (parts === 'any') return this.#byId;
    const resource = parts === 'none' ? '' : (parts[5]?.source ?? '');
    const byId = startingWith(this.#byId, ({ id }) => id, literalStart(source));
    const byResource = startingWith(this.#byResource, (one) => one.resource, literalStart(resource));
    return byId.length <= byResource.length ? byId : byResource;
  }
}

interface Granted {
  readonly ranges: readonly { readonly pattern: ArnPattern; readonly list: readonly Indexed[] }[];
  has(one: Indexed): boolean;
}

interface Part {
  readonly list: readonly Indexed[];
  readonly matches: (one: Indexed) => boolean;
}

function admits(one: Indexed, names: readonly string[]): boolean {
  return names.some((name) => one.admits.has(name));
}

function matches(pattern: ArnPattern, { id }: Indexed): boolean {
  return arnMatches(pattern, splitArn(id), noContext);
}

/** The statements of a policy that allow one of the actions. */
function allowing({ document }: NamedPolicy, actions: readonly string[]): Statement[] {
  return loadPolicy(document).statements.filter(
    ({ effect, action }) =>
      effect === 'Allow' && (action === undefined || actions.some((each) => covers(action, each))),
  );
}

function covers({ values, negated }: NonNullable<Statement['action']>, asked: string): boolean {
  const [service = '', name = ''] = asked.toLowerCase().split(':');
  const isListed = values.some(
    ({ match }) =>
      match === 'any' ||
      (match !== 'none' && match.service === service && patternMatches(match.name, name, noContext)),
  );
  return isListed !== negated;
}

const anyResource = parseResourcePattern('*', false);

/** The resources of a statement. A variable matches any text. */
function resourcesIn({ resource }: Statement): ArnPattern[] {
  if (resource === undefined || resource.negated) return [anyResource];
  return resource.values.map(({ source }) =>
    parseResourcePattern(source.replace(/\$\{[^}]*\}/g, '*'), false),
  );
}

/** The names under which a principal can be admitted: an account's ID, an ARN, a unique ID, a role's session, or everyone. */
function namesIn({ principal }: Statement): string[] {
  if (principal === undefined) return [];
  if (principal.negated) return [EVERYONE];
  return principal.values.flatMap(({ type, value }) => {
    if (type !== 'AWS') return [];
    const account = accountNamed(value);
    if (account !== undefined) return account;
    const named = parseIamArn(value);
    return named?.kind === 'assumed-role' ? `session ${named.accountId} ${named.name}` : value;
  });
}

/** The text before the first wildcard. */
function literalStart(source: string): string {
  return source.slice(0, /[*?]/.exec(source)?.index);
}

/** The part of a sorted list whose texts begin with `start`. */
function startingWith(
  sorted: readonly Indexed[],
  textOf: (one: Indexed) => string,
  start: string,
): readonly Indexed[] {
  if (start === '') return sorted;
  const from = firstIndex(sorted, (one) => textOf(one) >= start);
  const to = firstIndex(sorted, (one) => textOf(one) >= start && !textOf(one).startsWith(start));
  return sorted.slice(from, to);
}

/** The first index for which `isReached` holds, by halving. It holds for no earlier and for all later ones. */
function firstIndex(sorted: readonly Indexed[], isReached: (one: Indexed) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const one = sorted[middle];
    if (one !== undefined && isReached(one)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
