import type { PolicyDocument } from '@cross-account-api/iam';
import type { StoredPolicy } from './policy-documents.ts';

/** What roles and users have in common: policies, a boundary, tags. */
export interface PolicyHolder {
  readonly accountId: string;
  /** `AROA…` or `AIDA…`. An entity that is deleted and created again has another one. */
  readonly uniqueId: string;
  readonly path: string;
  readonly name: string;
  readonly arn: string;
  readonly createdAt: Date;
  /** By policy name. */
  readonly inlinePolicies: ReadonlyMap<string, StoredPolicy>;
  /** ARNs of managed policies, in the order in which they were attached. */
  readonly attachedPolicies: ReadonlySet<string>;
  /** The ARN of a managed policy. */
  readonly permissionsBoundary: string | undefined;
  readonly tags: ReadonlyMap<string, string>;
}

/** An IAM role. Only the directory changes it. */
export interface Role extends PolicyHolder {
  readonly kind: 'role';
  /** Principals bound to unique IDs; {@link Roles.trustPolicy} shows them. */
  readonly boundTrust: PolicyDocument;
  readonly description: string | undefined;
  /** Seconds, 3,600 to 43,200. */
  readonly maxSessionDuration: number;
}

/** An IAM user. Only the directory changes it. */
export interface User extends PolicyHolder {
  readonly kind: 'user';
}

/** A long-term access key of a user. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly userId: string;
  readonly createdAt: Date;
}

/** One version of a managed policy. */
export interface PolicyVersion extends StoredPolicy {
  /** `v1`, `v2`, … */
  readonly versionId: string;
  readonly createdAt: Date;
}

/** A customer managed policy, or one that AWS manages. */
export interface ManagedPolicy {
  readonly arn: string;
  readonly uniqueId: string;
  /** `aws` for those that AWS manages. */
  readonly accountId: string;
  readonly path: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly versions: ReadonlyMap<string, PolicyVersion>;
  readonly defaultVersionId: string;
}

/** A type whose members can be assigned and whose collections can be changed, for the directory itself. */
export type Mutable<T> = {
  -readonly [K in keyof T]: T[K] extends ReadonlyMap<infer Key, infer Value>
    ? Map<Key, Value>
    : T[K] extends ReadonlySet<infer Member>
      ? Set<Member>
      : T[K];
};
