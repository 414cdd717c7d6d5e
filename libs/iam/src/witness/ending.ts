import { isArn } from '../arn.ts';
import { UnreadablePolicyError } from '../decision/layer.ts';
import { loadPolicy, PolicySyntaxError, type Statement } from '../language/policy-language.ts';
import type { Guard, Witness } from './guard.ts';
import type { Who, Wish } from './kinds.ts';
import { Ladder } from './ladder.ts';
import { isOfItsKind, type Mentions, mentionsIn } from './mentions.ts';
import { unknownPrincipal } from './positive-control.ts';
import { wishesAbout, withoutVariables } from './resources.ts';
import { isCut, type Meter, meterOf } from './sample.ts';
import { type Found, isAbout, type Opening, search } from './search.ts';
import { worldOf } from './world.ts';

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
    (resource === '*' || isArn(resource)) &&
    statement !== undefined &&
    isAbout(statement, { action: action.replace(/^[^:]+/, (service) => service.toLowerCase()), resource });
  const isUnderstood = [...actions, 'x:X'].some((action) =>
    [...resources, 'arn:aws:x:::x', role].some((resource) => isOne(action, resource)),
  );
  return isUnderstood
    ? { kind: 'elsewhere' }
    : { kind: 'unread', reason: 'no request can be made of its actions and resources' };
}
