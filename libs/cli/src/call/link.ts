import type { Basis, Decision } from '@cross-account-api/iam';
import type { Obstacle, Remedy } from '@cross-account-api/iam/explanation';
import type { Unread } from '../aws/find.ts';

export type { Unread } from '../aws/find.ts';

/** The subject of a link. */
export type LinkKind =
  | 'configuration'
  | 'function state'
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

/** `unread`: a policy or resource that decides about it could not be read. */
export type LinkState = 'holds' | 'breaks' | 'unread';

/** The exit code of a command that judges a chain. */
export const exitCodeOf = { holds: 0, breaks: 1, unread: 2 } as const satisfies Readonly<
  Record<LinkState, number>
>;

/** A setting to change, as a call of the AWS SDK or CLI. */
export interface SettingChange {
  readonly change: 'setting';
  /** `apigatewayv2` for HTTP APIs. */
  readonly service: 'apigateway' | 'apigatewayv2' | 'lambda';
  readonly operation:
    | 'CreateDeployment'
    | 'DeleteFunctionConcurrency'
    | 'UpdateApi'
    | 'UpdateRestApi'
    | 'UpdateStage';
  readonly region: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A change, and the account in which it is made. */
export type Change = (Remedy | SettingChange) & { readonly accountId: string };

/** One link of the chain, and whether it holds. */
export interface Link {
  readonly kind: LinkKind;
  readonly title: string;
  readonly state: LinkState;
  /** Absent if there was nothing to decide. */
  readonly decision?: Decision & Basis;
  /** The changes that together let it hold, once the obstacles are gone. Empty if it does not break, or if no change is known. */
  readonly remedies: readonly Change[];
  /** What denies it, and no change is proposed for. Absent if the remedies are enough. */
  readonly obstacles?: readonly Obstacle[];
  /** The statements or settings that an account needs that could not be read. */
  readonly needs?: readonly Change[];
  readonly unread?: readonly Unread[];
  /** The reason why it does not hold, if no policy is the reason. */
  readonly problem?: string;
  /** ARN of the role or function that does not exist, if that is the problem. */
  readonly missing?: string;
  readonly note?: string;
}

/** The fields that do not depend on the state of a link. */
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

/** A link that holds without a decision on policies. */
export function sound(about: About, note?: string): Link {
  return { ...about, state: 'holds', remedies: [], ...(note !== undefined && { note }) };
}

/** A link that breaks for another reason than a policy. */
export function broken(about: About, problem: string, remedies: readonly Change[] = []): Link {
  return { ...about, state: 'breaks', remedies, problem };
}

/** A link that could not be judged. */
export function notRead(about: About, unread: Unread, note?: string): Link {
  return { ...about, state: 'unread', remedies: [], unread: [unread], ...(note !== undefined && { note }) };
}

/** A change of what the caller sends. */
export function request(key: string, value: string, accountId: string): Change {
  return { change: 'request', key, value, accountId };
}
