import type { AuthorizationRequest } from '../decision/decision.ts';
import type { NamedPolicy } from '../principal.ts';
import type { AskedAction, KnownAccounts } from './kinds.ts';
import type { OrganizationPolicies } from './search.ts';

/** A policy, with what it guards and against whom. */
export interface GuardedPolicy extends OrganizationPolicies {
  readonly policy: NamedPolicy;
  readonly knownAccounts: KnownAccounts;
  /** What principals of AWS accounts would ask for. */
  readonly askedActions: readonly AskedAction[];
  /** What services would ask for. Absent: they are not asked about. */
  readonly serviceActions?: readonly AskedAction[];
  /** What people with a token of an identity provider would ask for. */
  readonly tokenActions?: readonly AskedAction[];
  /** What clients without a signature would ask for. */
  readonly anonymousActions?: readonly AskedAction[];
  /** Whether its own account needs the policy, as for the trust policy of a role. Otherwise it adds nothing to identity-based policies. */
  readonly isForOwnAccount: boolean;
  /** Whether requests come through VPC endpoints only. */
  readonly inVpc: boolean;
}

/** A kind of outsider that a statement admits. */
export type Outsider =
  /** Anybody: with an account, with a token of a shared identity provider, through a service, or without a signature. */
  | {
      readonly kind: 'anybody';
      readonly service?: string;
      readonly provider?: string;
      readonly isAnonymous?: true;
    }
  /** Anybody in a network. */
  | { readonly kind: 'network'; readonly isAnonymous?: true }
  | { readonly kind: 'organization'; readonly organizationId: string; readonly service?: string }
  /** Every role and user of an account, or every resource of it for which a service acts. */
  | { readonly kind: 'account'; readonly accountId: string; readonly service?: string }
  /** Whoever gives a role or user of an account a name that a pattern matches. */
  | { readonly kind: 'names'; readonly accountId: string; readonly service?: string }
  /** Everybody with a token of an identity provider that one organization has. */
  | { readonly kind: 'provider'; readonly provider: string };

/** An outsider, with a request that is allowed. */
export interface Witness {
  readonly outsider: Outsider;
  readonly request: AuthorizationRequest;
}
