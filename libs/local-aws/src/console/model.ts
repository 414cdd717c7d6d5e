import type { Decision, RemedyText, RoleUse } from '@cross-account-api/iam';
import type { Explanation } from '../explain/refusal.ts';
import type { FaultReport } from '../faults/index.ts';
import type { Deployed } from '../services/index.ts';
import type { TraceRecord } from '../trace/record.ts';

/** What the console knows of the local AWS that it shows. */
export interface Instance {
  readonly instanceId: string;
  readonly url: string;
  readonly region: string;
  readonly accounts: readonly { readonly accountId: string; readonly profile: string }[];
  /** Whether calls that AWS would refuse are let through. */
  readonly soft: boolean;
}

/** What the event stream says, one JSON document a line. */
export type StreamEvent =
  | { readonly type: 'hello'; readonly instance: Instance }
  /** Calls in the order in which they were answered. */
  | { readonly type: 'calls'; readonly calls: readonly TraceRecord[] };

/** A decision, and what would change it. */
export interface ExplainedDecision {
  readonly decision: Decision;
  /** The decision in a few words. */
  readonly verdict: string;
  /** All of them together let it through. */
  readonly remedies: readonly RemedyText[];
  /** Why there is no remedy for a denial. */
  readonly noRemedy?: string;
}

/** All about one call. Its decisions hold every policy that was consulted. */
export interface CallDetails
  extends Pick<Explanation, 'event' | 'refused' | 'reason' | 'advice' | 'succeeded' | 'signature'>,
    Partial<ExplainedDecision> {}

/** The kind of a node of the map. */
export type NodeKind = 'user' | 'role' | 'function' | 'route' | 'table';

/** Somebody or something in an account. */
export interface MapNode {
  /** Its ARN. A route has `*` for the values of its parameters. */
  readonly id: string;
  readonly kind: NodeKind;
  readonly accountId: string;
  readonly name: string;
  /** The name and stage of a route's API. */
  readonly api?: string;
  /** The ARN of the role as which a function runs. */
  readonly roleArn?: string;
}

/** Who may do what to what, or should and may not. */
export interface MapArrow extends ExplainedDecision {
  readonly from: string;
  readonly to: string;
  readonly actions: readonly string[];
  /** Condition keys that the request must have, e.g. `sts:ExternalId`. */
  readonly needs: Readonly<Record<string, string>>;
}

/** The accounts, and who may do what in them. */
export interface AccountMap {
  readonly accounts: Instance['accounts'];
  readonly inert: ReturnType<Deployed['inertResources']>;
  readonly nodes: readonly MapNode[];
  readonly arrows: readonly MapArrow[];
}

/** The answer to a question. */
export interface Answer extends ExplainedDecision {
  readonly notes: readonly string[];
}

/** What became of an invocation. */
export interface InvocationAnswer {
  readonly status: number;
  readonly requestId: string;
  readonly functionError?: string;
  /** What the function returned, or AWS's error. */
  readonly payload: string;
}

/** The fault plan in force. */
export type Faults = FaultReport;

/** What a saved page has in place of a server. */
export interface Recording {
  readonly savedAt: string;
  readonly instance: Instance;
  readonly map: AccountMap;
  readonly roles: readonly RoleUse[];
  readonly calls: readonly CallDetails[];
}
