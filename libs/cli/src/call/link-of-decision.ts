import { type Basis, type Decision, type PolicyKind, parseArn } from '@cross-account-api/iam';
import { decideAfter, neededChanges, type Obstacle, type Remedy } from '@cross-account-api/iam/explanation';
import type { About, Link, Unread } from './link.ts';

/** A change of a policy or of the request, and the account in which it is made. */
type Proposed = Remedy & { readonly accountId: string };

/** The sides of a decision that could not be read. */
export interface UnreadSides {
  /** The policies of the principal. */
  readonly principal?: Unread | undefined;
  /** The policy of the resource. */
  readonly resource?: Unread | undefined;
  /** Accounts whose AWS organization is unknown. */
  readonly organizations?: ReadonlySet<string> | undefined;
  /** Whether the request surely does not come through a VPC endpoint. */
  readonly isPublic?: boolean | undefined;
  /** The account of the VPC endpoint through which the request comes. */
  readonly endpointAccountId?: string | undefined;
}

/**
 * Makes a link of a decision. It breaks only if a policy that was read is at fault. The needs of an account that was not read
 * are listed instead.
 */
export function linkOfDecision(about: About, decision: Decision & Basis, sides: UnreadSides = {}): Link {
  const { principal, resource } = sides;
  const isSame = principal?.permission === resource?.permission && principal?.failure === resource?.failure;
  const unread = (isSame ? [resource] : [principal, resource]).filter((side) => side !== undefined);
  const base = { ...about, decision, remedies: [], ...(unread.length > 0 && { unread }) };
  if (decision.allowed) return { ...base, state: unread.length === 0 ? 'holds' : 'unread' };

  const unknown = unknownKeys(decision, sides);
  const needed = neededChanges(decision);
  const all = needed.remedies.map((remedy) => ({ ...remedy, accountId: accountOf(remedy, decision, sides) }));
  const changes = needed.obstacles.length === 0 ? all : [];
  const isNeeded = (change: Proposed) =>
    change.change === 'add statement' && sideOf(change.kind, sides) !== undefined;
  const needs = changes.filter(isNeeded).map(withoutDocument);
  const remedies = changes.filter((change) => !isNeeded(change));
  const named = needs.length === 0 ? base : { ...base, needs };
  if (remedies.length > 0) {
    // A side that was not read may already have what it needs. What breaks the link then is what the other side lacks.
    const atFault = needs.length === 0 ? decision : decideAfter(decision, needs);
    return { ...named, decision: atFault, state: 'breaks', remedies };
  }
  if (needs.length > 0) return { ...named, state: 'unread' };
  if (unknown.length > 0) return { ...base, state: 'unread', problem: dependsOn(unknown) };
  const isUnreadSide = decision.denial === 'implicit' && sideOf(decision.missing, sides) !== undefined;
  if (isUnreadSide) return { ...base, state: 'unread' };
  return { ...base, state: 'breaks', ...behind(needed.obstacles, all, isNeeded) };
}

/** A change of a policy that was not read. The whole policy with the statement is not known. */
function withoutDocument(change: Proposed): Proposed {
  if (change.change !== 'add statement') return change;
  const { document: _, ...others } = change;
  return others;
}

/** The obstacles of a link, and what is needed in addition to their removal. */
function behind(
  obstacles: readonly Obstacle[],
  changes: readonly Proposed[],
  isNeeded: (change: Proposed) => boolean,
): Pick<Link, 'obstacles' | 'remedies' | 'needs'> {
  const needs = changes.filter(isNeeded).map(withoutDocument);
  return {
    obstacles,
    remedies: changes.filter((change) => !isNeeded(change)),
    ...(needs.length > 0 && { needs }),
  };
}

/** The account in which a change is made. */
function accountOf(
  remedy: Remedy,
  { request: { principal, resourceAccountId } }: Basis,
  { endpointAccountId }: UnreadSides,
): string {
  const ofPrincipal = principal.type === 'Service' ? resourceAccountId : principal.accountId;
  if (remedy.change === 'request') return ofPrincipal;
  if (remedy.kind === 'VPC endpoint policy') return endpointAccountId ?? ofPrincipal;
  return isOfResource(remedy.kind) ? resourceAccountId : ofPrincipal;
}

function isOfResource(kind: PolicyKind): boolean {
  return kind === 'resource-based policy' || kind === 'role trust policy';
}

function sideOf(kind: PolicyKind, { principal, resource }: UnreadSides): Unread | undefined {
  if (isOfResource(kind)) return resource;
  return kind === 'identity-based policy' || kind === 'permissions boundary' ? principal : undefined;
}

/** Keys that only a request has: its origin and its parameters. */
const ofRequest = /^aws:(SourceIp|SourceVpc|SourceVpcArn|VpcSourceIp|UserAgent|Referer|PrincipalOrgPaths)$/i;
/** Keys that a request has if it comes through a VPC endpoint. */
const ofEndpoint = /^aws:(SourceVpce|Vpce(Account|OrgID|OrgPaths))$/i;
const ofOrganization = /^aws:PrincipalOrgID$/i;
const ofPrincipal = /^aws:(PrincipalTag\/.*|userid)$/i;
const ofResource = /^(aws|iam):ResourceTag\//i;

/** The condition keys that only a request has, that the consulted statements ask for and that the question lacks. */
export function keysOfRequest(decision: Decision): string[] {
  const asked = decision.consulted.flatMap(({ statements }) =>
    statements.filter(({ mismatches }) => mismatches.every(({ element }) => /^condition /.test(element))),
  );
  return asked
    .flatMap(({ source }) => keysOf(source.Condition))
    .filter((key) => ofRequest.test(key) && !hasKey(decision.context, key));
}

/** The unknown condition keys on which a denial depends. Empty if it also depends on something else. */
function unknownKeys(
  decision: Exclude<Decision & Basis, { allowed: true }>,
  { principal, resource, organizations, isPublic = false }: UnreadSides,
): string[] {
  const account = parseArn(decision.principalArn).accountId;
  const isUnknown = (key: string) =>
    !hasKey(decision.context, key) &&
    (ofRequest.test(key) ||
      (ofOrganization.test(key) && (principal !== undefined || organizations?.has(account) === true)) ||
      (ofPrincipal.test(key) && principal !== undefined) ||
      (ofResource.test(key) && resource !== undefined) ||
      (ofEndpoint.test(key) && !isPublic));
  if (decision.denial === 'implicit') {
    const mismatches = decision.nearest?.mismatches ?? [];
    const keys = mismatches.map(({ element }) => /^condition \S+ (.+)$/.exec(element)?.[1] ?? '');
    return keys.every(isUnknown) ? keys : [];
  }
  const denying = decision.consulted.flatMap(({ statements }) =>
    statements.filter(({ effect, matches }) => effect === 'Deny' && matches),
  );
  const keys = denying.map(({ source }) => keysOf(source.Condition).filter(isUnknown));
  return keys.every(({ length }) => length > 0) ? [...new Set(keys.flat())] : [];
}

function hasKey(context: Decision['context'], key: string): boolean {
  return Object.keys(context).some((each) => each.toLowerCase() === key.toLowerCase());
}

function keysOf(condition: unknown): string[] {
  const entries = typeof condition === 'object' && condition !== null ? Object.values(condition) : [];
  return entries.flatMap((keys) => (typeof keys === 'object' && keys !== null ? Object.keys(keys) : []));
}

function dependsOn(keys: readonly string[]): string {
  const options = keys.map((key) => `--context ${key}=…`).join(' ');
  return `A condition asks for what is not known here: ${keys.join(', ')}. Give the value that the request has: ${options}`;
}
