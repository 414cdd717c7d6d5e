import type { ConditionKeys } from '../decision/principal-context.ts';
import type { Principal, ServicePrincipal } from '../principal.ts';
import type { Mentions } from './mentions.ts';
import type { Meter } from './sample.ts';

/* The requests that a kind of stranger can make: for each condition key, the values that it can have. Strangers choose names in their own
accounts, and what they send. Nobody chooses what AWS assigns, such as the ID of an account or of an organization: if a pattern leaves
only one value for it, the pattern names its owner. */

/** Values that come together. */
export interface Option {
  readonly principal?: Principal | ServicePrincipal;
  readonly context: ConditionKeys;
}

/** Condition keys whose values come together, in all the ways that matter. */
export interface Dimension {
  owns(key: string): boolean;
  readonly options: readonly Option[];
}

/** The world of a review. */
export interface Zone {
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

/** What somebody asks for. */
export interface Wish {
  /** e.g. `execute-api:Invoke` */
  readonly action: string;
  /** ARN. */
  readonly resource: string;
  /** Condition keys that follow from it. */
  readonly context?: Readonly<Record<string, string>> | undefined;
}

/** Who asks. */
export type Who =
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
export type Place = 'anywhere' | 'named' | 'all';

/** What a world is made of. */
export interface WorldOptions {
  readonly who: Who;
  readonly place: Place;
  readonly mentions: Mentions;
  readonly zone: Zone;
  readonly meter: Meter;
  /** Whether requests come through VPC endpoints only, as those of a private API do. */
  readonly inVpc: boolean;
}

/** The dimensions of the requests that somebody can make, and the condition keys of which nothing is known. */
export interface World {
  readonly dimensions: readonly Dimension[];
  readonly unknownKeys: ReadonlySet<string>;
}
