import type { Basis, Decision, Remedy } from '@cross-account-api/iam';

/** What a link of the chain is about. */
export type LinkKind =
  | 'configuration'
  | 'function role'
  | 'assume role'
  | 'session length'
  | 'signature'
  | 'endpoint'
  | 'VPC endpoint'
  | 'deployment'
  | 'invoke route'
  | 'throttling'
  | 'invoke function';

/** `unread`: what decides about it could not be read. */
export type LinkState = 'holds' | 'breaks' | 'unread';

/** Something that could not be read. */
export interface Unread {
  readonly accountId: string;
  /** What is missing: a permission such as `iam:GetRole on arn:…`, or the option that gives it. */
  readonly permission: string;
}

/** A setting to change, as a call of the AWS SDK or CLI. */
export interface SettingChange {
  readonly change: 'setting';
  /** `apigatewayv2` for HTTP APIs. */
  readonly service: 'apigateway' | 'apigatewayv2';
  readonly operation: 'CreateDeployment' | 'UpdateApi' | 'UpdateRestApi' | 'UpdateStage';
  readonly region: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A change, and the account in which it is made. */
export type Change = (Remedy | SettingChange) & { readonly accountId: string };

/** One link: who does what to what, and whether it holds. */
export interface Link {
  readonly kind: LinkKind;
  readonly title: string;
  readonly state: LinkState;
  /** Absent if there was nothing to decide. */
  readonly decision?: Decision & Basis;
  /** What would let it hold, all of it together. Empty if it does not break, or if no change is known. */
  readonly remedies: readonly Change[];
  /** What an account that could not be read must have. */
  readonly needs?: readonly Change[];
  readonly unread?: readonly Unread[];
  /** Why it does not hold, if that is not a policy's doing. */
  readonly problem?: string;
  /** ARN of the role or function that does not exist, if that is the problem. */
  readonly missing?: string;
  readonly note?: string;
}

/** What is the same for each state of a link. */
export type About = Pick<Link, 'kind' | 'title'>;

/** The whole way from the caller to the functions behind the API. */
export interface Chain {
  /** `breaks` if one link does; else `unread` if one is. */
  readonly state: LinkState;
  readonly links: readonly Link[];
}

/** Puts links together. */
export function chainOf(links: readonly Link[]): Chain {
  const states = new Set(links.map(({ state }) => state));
  const state = (['breaks', 'unread'] as const).find((each) => states.has(each)) ?? 'holds';
  return { state, links };
}

/** A link that holds without a policy's doing. */
export function sound(about: About, note?: string): Link {
  return { ...about, state: 'holds', remedies: [], ...(note !== undefined && { note }) };
}

/** A link that does not hold without a policy's doing. */
export function broken(about: About, problem: string, remedies: readonly Change[] = []): Link {
  return { ...about, state: 'breaks', remedies, problem };
}

/** A link about which nothing can be said. */
export function notRead(about: About, unread: Unread, note?: string): Link {
  return { ...about, state: 'unread', remedies: [], unread: [unread], ...(note !== undefined && { note }) };
}
