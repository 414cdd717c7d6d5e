import type { NamedPolicy, Principal, ServicePrincipal } from '../principal.ts';
import type { ApplicablePolicies } from './policy-source.ts';

/** The role of a policy in a decision, in the words of AWS's errors. */
export type PolicyKind =
  | 'identity-based policy'
  | 'resource-based policy'
  | 'role trust policy'
  | 'session policy'
  | 'permissions boundary'
  | 'VPC endpoint policy'
  | 'service control policy'
  | 'resource control policy';

/** A request to decide on: may this principal perform this action on this resource, in this context? */
export interface AuthorizationRequest {
  readonly principal: Principal | ServicePrincipal;
  /** e.g. `execute-api:Invoke` */
  readonly action: string;
  /** ARN, or `*` for actions without resource-level permissions. */
  readonly resource: string;
  readonly resourceAccountId: string;
  /** Condition keys and values as AWS spells them, e.g. `{ 'sts:ExternalId': 'a' }`. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
  /** The policy attached to the resource: trust policy, bucket policy, function policy, API resource policy. */
  readonly resourcePolicy?: NamedPolicy | undefined;
  /** The resource cannot have a policy, such as an HTTP API. No remedy adds one. */
  readonly takesNoPolicy?: true;
}

/** A statement that took part in a decision. */
export interface StatementReference {
  readonly kind: PolicyKind;
  readonly policy: string;
  /** Absent if the policy has none, such as an inline policy, or if it is not known. */
  readonly policyArn?: string | undefined;
  /** The statement's `Sid`, or its 1-based position as `#1`. */
  readonly statement: string;
  readonly effect: 'Allow' | 'Deny';
}

/** The reason why a statement did not apply. */
export interface Mismatch {
  /** `Principal`, `Action`, `Resource`, or `condition StringEquals sts:ExternalId`. */
  readonly element: string;
  /** The value in the statement; `'(absent)'` for a `Principal` that the statement lacks. */
  readonly expected: string;
  /** The value in the request; `'(absent)'` for a missing context key. */
  readonly actual: string;
  /** The reason why a variable in the expected value is not replaced, e.g. `${aws:username} has no value in the request`. */
  readonly note?: string;
}

/** The nearest statement that would have allowed the request, with its mismatches. */
export interface NearMiss extends StatementReference {
  readonly mismatches: readonly Mismatch[];
}

/** A policy that was consulted, statement by statement. */
export interface ConsultedPolicy {
  readonly kind: PolicyKind;
  readonly policy: string;
  readonly version?: string;
  readonly statements: readonly {
    readonly statement: string;
    readonly effect: 'Allow' | 'Deny';
    readonly matches: boolean;
    readonly mismatches: readonly Mismatch[];
    /** The unchanged statement of the policy. */
    readonly source: Readonly<Record<string, unknown>>;
  }[];
}

interface DecisionBase {
  /** The ARN that errors show: a session's own ARN, not its role's. */
  readonly principalArn: string;
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | readonly string[]>>;
  /** Every policy that counts for the request, statement by statement. Computed when it is first read. */
  readonly consulted: readonly ConsultedPolicy[];
}

/** Allowed, with the statements: of identity and resource policy, if both were needed. */
export interface Allowed extends DecisionBase {
  readonly allowed: true;
  readonly decidedBy: readonly StatementReference[];
}

/** Denied by a `Deny` statement. */
export interface ExplicitlyDenied extends DecisionBase {
  readonly allowed: false;
  readonly denial: 'explicit';
  readonly decidedBy: readonly StatementReference[];
}

/** Denied because a policy that must allow the request does not. */
export interface ImplicitlyDenied extends DecisionBase {
  readonly allowed: false;
  readonly denial: 'implicit';
  /** The kind of policy in which an allow is missing. */
  readonly missing: PolicyKind;
  readonly nearest?: NearMiss;
}

/** The answer to an {@link AuthorizationRequest}, computed once: error, trace and explanation use it. */
export type Decision = Allowed | ExplicitlyDenied | ImplicitlyDenied;

/** The input of a decision. With it, the decision can be repeated. */
export interface Basis {
  readonly request: AuthorizationRequest;
  /** The policies that applied. The request has the resource's policy and the session policies. */
  readonly policies: ApplicablePolicies;
}

/** Decides requests by the current policies. */
export interface Authorizer {
  decide(question: AuthorizationRequest): Promise<Decision>;
}
