import type { ConditionKeys } from '../decision/principal-context.ts';
import type { Principal, ServicePrincipal } from '../principal.ts';
import type { ConditionsByKey } from './conditions-by-key.ts';
import type { WorkBudget } from './sample.ts';

/* The requests that a kind of stranger can make: for each condition key, the values that it can have. Strangers choose names in their own
accounts, and what they send. Nobody chooses what AWS assigns, such as the ID of an account or of an organization: if a pattern leaves
only one value for it, the pattern names its owner. */

/** Values of some condition keys that come together. */
export interface KeyChoice {
  readonly principal?: Principal | ServicePrincipal;
  readonly context: ConditionKeys;
}

/** Condition keys whose values come together, with all the choices that matter. */
export interface KeyChoices {
  owns(key: string): boolean;
  readonly options: readonly KeyChoice[];
}

/** What is known of the accounts around what is reviewed. */
export interface KnownAccounts {
  /** The account of what is reviewed. */
  readonly accountId: string;
  readonly partition: string;
  /** The accounts of the callers. */
  readonly callerAccounts: readonly string[];
  /** The IDs of the organizations, by account; `undefined` for an account of no organization. Accounts of which nothing is known are absent. */
  readonly organizations: ReadonlyMap<string, string | undefined>;
  /** The tags of what is reviewed. Absent: they are not known. */
  readonly resourceTags?: Readonly<Record<string, string>> | undefined;
  readonly now: Date;
}

/** An action on a resource that somebody asks for. */
export interface AskedAction {
  /** e.g. `execute-api:Invoke` */
  readonly action: string;
  /** ARN. */
  readonly resource: string;
  /** Condition keys that follow from it. */
  readonly context?: Readonly<Record<string, string>> | undefined;
}

/** Who asks. */
export type Requester =
  /** A role or user of an account of which nothing is known. */
  | { readonly kind: 'anybody' }
  /** A role or user of any account of an organization. */
  | { readonly kind: 'member'; readonly organizationId: string }
  /** A role or user of an account. `plain`: with a name that no policy mentions; `made`: with any other that no pattern pins. */
  | { readonly kind: 'account'; readonly accountId: string; readonly name: string | 'made' }
  /** One role or user. `another`: if it acts for a customer of another organization, with the external ID of that one. */
  | {
      readonly kind: 'one';
      readonly arn: string;
      readonly uniqueId?: string | undefined;
      /** Names of its sessions that the policies mention. */
      readonly sessions: readonly string[];
      readonly organization: 'known' | 'another';
    }
  /** A service that acts for somebody: for anybody, for a member of an organization, or for an account. */
  | {
      readonly kind: 'service';
      readonly services: readonly string[];
      readonly of: 'anybody' | { readonly organizationId: string } | { readonly accountId: string };
    }
  /** Somebody with a token of an identity provider. `stranger`: of a tenant that no policy names. */
  | {
      readonly kind: 'tenant';
      readonly provider: string;
      readonly isStranger: boolean;
      /** Somebody whom the provider does not know. */
      readonly isGuest?: boolean;
    }
  /** Somebody who does not sign. */
  | { readonly kind: 'anonymous' };

/** Where a request comes from: from anywhere, from a network that the policies name, or from both. */
export type NetworkOrigin = 'anywhere' | 'named' | 'all';

/** What decides which requests are possible. */
export interface PossibleRequestsOptions {
  readonly requester: Requester;
  readonly origin: NetworkOrigin;
  readonly conditionsByKey: ConditionsByKey;
  readonly knownAccounts: KnownAccounts;
  readonly budget: WorkBudget;
  /** Whether requests come through VPC endpoints only, as those of a private API do. */
  readonly inVpc: boolean;
}

/** The choices of the requests that somebody can make, and the condition keys of which nothing is known. */
export interface PossibleRequests {
  readonly allKeyChoices: readonly KeyChoices[];
  readonly unknownKeys: ReadonlySet<string>;
}
