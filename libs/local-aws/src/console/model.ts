import type { Decision } from '@cross-account-api/iam';
import type { RemedyText, RoleUse } from '@cross-account-api/iam/explanation';
import type { Explanation } from '../explain/refusal.ts';
import type { FaultReport } from '../faults/index.ts';
import type { TraceRecord } from '../trace/record.ts';
import type { EarlierCalls } from '../trace/tally.ts';

/** The facts about the local AWS that the console shows. */
export interface Instance {
  readonly instanceId: string;
  readonly url: string;
  readonly region: string;
  readonly accounts: readonly { readonly accountId: string; readonly profile: string }[];
  /** Whether local AWS lets calls through that AWS would refuse. */
  readonly soft: boolean;
}

/** The lines of the event stream, one JSON document each. */
export type StreamEvent =
  | { readonly type: 'hello'; readonly instance: Instance }
  /** The calls before all others: local AWS only has their counts. */
  | { readonly type: 'earlier'; readonly earlier: EarlierCalls<TraceRecord> }
  /** Calls in the order in which they were answered. */
  | { readonly type: 'calls'; readonly calls: readonly TraceRecord[] };

/** A decision, and the changes that would reverse it. */
export interface ExplainedDecision {
  readonly decision: Decision;
  /** The decision in a few words. */
  readonly verdict: string;
  /** Together, they would allow the request. */
  readonly remedies: readonly RemedyText[];
  /** The reason why a denial has no remedy. */
  readonly noRemedy?: string;
}

/** All details of one call. Its decisions hold every consulted policy. */
export interface CallDetails
  extends Pick<Explanation, 'event' | 'refused' | 'reason' | 'advice' | 'succeeded' | 'signature'>,
    Partial<ExplainedDecision> {}

/** A resource of a stack that has no effect here. `type` is the name of its type. */
export interface InertResource {
  readonly accountId: string;
  readonly stackName: string;
  readonly logicalId: string;
  readonly type: string;
}

/** The kind of a node of the map. */
export type NodeKind = 'user' | 'role' | 'function' | 'route' | 'table';

/** A principal or a resource in an account. */
export interface MapNode {
  /** Its ARN. In a route's ARN, `*` replaces the values of parameters. */
  readonly id: string;
  readonly kind: NodeKind;
  readonly accountId: string;
  readonly name: string;
  /** Its name in the template of its stack, e.g. `messages`, `MessagesTable`. */
  readonly logicalName?: string;
  /** The name and stage of a route's API. */
  readonly api?: string;
  /** Present on a route that anybody may call. */
  readonly isOpen?: true;
  /** The ARN of the role as which a function runs. */
  readonly roleArn?: string;
}

/** Actions of one node on another: allowed, or needed but denied. Its decision is explained when it is asked for. */
export interface MapArrow {
  readonly from: string;
  readonly to: string;
  readonly actions: readonly string[];
  readonly allowed: boolean;
  /** The decision in a few words. */
  readonly verdict: string;
  /** The statements that allow it. */
  readonly through: readonly string[];
  /** Condition keys that the request must have, e.g. `sts:ExternalId`. */
  readonly needs: Readonly<Record<string, string>>;
}

/** The accounts, with the permitted actions in them. */
export interface AccountMap {
  readonly accounts: Instance['accounts'];
  readonly inert: readonly InertResource[];
  readonly nodes: readonly MapNode[];
  readonly arrows: readonly MapArrow[];
  /** The number of pairs of principal and resource that may have an arrow, but were not looked at. */
  readonly unseenPairs: number;
}

/** The ends of an arrow. */
export type ArrowEnds = Pick<MapArrow, 'from' | 'to'>;

/** The answer to a question. */
export interface ConsoleAnswer extends ExplainedDecision {
  readonly notes: readonly string[];
}

/** The result of an invocation. */
export interface InvocationAnswer {
  readonly status: number;
  readonly requestId: string;
  readonly functionError?: string;
  /** The function's return value, or AWS's error. */
  readonly payload: string;
}

/** The fault plan in force. */
export type Faults = FaultReport;

/** The data of a saved page, in place of a server. */
export interface Recording {
  readonly savedAt: string;
  readonly instance: Instance;
  readonly map: AccountMap;
  /** The decisions behind the first arrows of the map, in its order. `null`: the arrow was gone when the page was saved. */
  readonly arrows: readonly (ExplainedDecision | null)[];
  /** The number of older calls that the page does not have. */
  readonly omittedCalls: number;
  /** The counts of the calls that the page does not have. */
  readonly earlier: EarlierCalls<TraceRecord>;
  readonly roles: readonly RoleUse[];
  readonly calls: readonly CallDetails[];
}
