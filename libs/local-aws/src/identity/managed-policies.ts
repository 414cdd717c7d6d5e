import type { PolicyDocument } from '@cross-account-api/iam';
import type { Clock } from '../core/clock.ts';
import { Lag, type LagOptions } from '../core/lag.ts';
import awsManagedPolicies from './aws-managed-policies.json' with { type: 'json' };
import { accessDenied, deleteConflict, entityAlreadyExists, limitExceeded, noSuchEntity } from './errors.ts';
import { iamArn, newUniqueId } from './identifiers.ts';
import { policySize, type StoredPolicy, storePolicy } from './policy-documents.ts';

const POLICY_BYTES = 6_144;
const VERSIONS = 5;

/** One version of a managed policy. */
export interface PolicyVersion extends StoredPolicy {
  readonly versionId: string;
  readonly createdAt: Date;
}

/** A customer managed or AWS managed policy. Only the directory changes it. */
export interface ManagedPolicy {
  readonly arn: string;
  readonly uniqueId: string;
  /** `aws` for an AWS managed policy. */
  readonly accountId: string;
  readonly path: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly createdAt: Date;
  readonly tags: Readonly<Record<string, string>>;
  updatedAt: Date;
  readonly versions: Map<string, PolicyVersion>;
  defaultVersion: PolicyVersion;
  /** Numbers of deleted versions are not used again. */
  versionsMade: number;
}

/**
 * The customer managed policies of all accounts, and the AWS managed policies that `cdk bootstrap` attaches or that the Serverless
 * Framework and its plugins name for Lambda, API Gateway and X-Ray. Others are refused by name. On AWS, `ReadOnlyAccess` names 400
 * services; here, it names those of local AWS.
 * Source: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
export class ManagedPolicies {
  readonly #isUsed: (arn: string) => boolean;
  readonly #clock: Clock;
  readonly #lag: Lag<PolicyDocument>;
  readonly #byArn = new Map<string, ManagedPolicy>();

  /** @param isUsed whether a policy is attached to a role or user, or is its permissions boundary */
  constructor(lag: LagOptions, isUsed: (arn: string) => boolean) {
    this.#isUsed = isUsed;
    this.#clock = lag.clock;
    this.#lag = new Lag(lag);
    const createdAt = new Date('2015-02-06T18:39:46Z');
    for (const { path, name, description, document } of awsManagedPolicies) {
      const stored = storePolicy(JSON.stringify(document, null, 4), 'identity');
      this.#add({ accountId: 'aws', path, name, description, createdAt, tags: {} }, stored);
    }
  }

  /** A policy that this account can use: one of its customer managed policies, or an AWS managed policy. */
  find(accountId: string, arn: string): ManagedPolicy | undefined {
    const policy = this.#byArn.get(arn);
    return policy?.accountId === accountId || policy?.accountId === 'aws' ? policy : undefined;
  }

  get(accountId: string, arn: string): ManagedPolicy {
    const policy = this.find(accountId, arn);
    if (policy !== undefined) return policy;
    throw noSuchEntity(`Policy ${arn} was not found.${this.hint(arn)}`);
  }

  /** For the ARN of an AWS managed policy, a sentence that lists those of local AWS. Otherwise empty. */
  hint(arn: string): string {
    if (!isOfAws(arn)) return '';
    const names = awsManagedPolicies.map(({ path, name }) => path.slice(1) + name).join(', ');
    return ` Of the policies that AWS manages, local AWS has: ${names}. Put other permissions into an inline or customer managed policy.`;
  }

  list(accountId: string): readonly ManagedPolicy[] {
    return [...this.#byArn.values()].filter((policy) => this.find(accountId, policy.arn));
  }

  /** The document for authorization: a new version takes effect after the propagation delay. */
  seen(policy: ManagedPolicy): PolicyDocument {
    const { document } = policy.defaultVersion;
    return this.#lag.seen(policy.arn, document) ?? document;
  }

  create(
    accountId: string,
    input: {
      readonly name: string;
      readonly path?: string | undefined;
      readonly description?: string | undefined;
      readonly document: string | object;
      readonly tags?: Readonly<Record<string, string>> | undefined;
    },
  ): ManagedPolicy {
    const { name, path = '/', description, document, tags = {} } = input;
    const own = [...this.#byArn.values()].filter((policy) => policy.accountId === accountId);
    if (own.some((policy) => policy.name.toLowerCase() === name.toLowerCase())) {
      throw entityAlreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`);
    }
    const createdAt = this.#clock.now();
    return this.#add({ accountId, path, name, description, createdAt, tags }, storeLimited(document));
  }

  delete(accountId: string, arn: string): void {
    const policy = this.#own(accountId, arn);
    if (this.#isUsed(arn)) throw deleteConflict('Cannot delete a policy attached to entities.');
    if (policy.versions.size > 1) {
      throw deleteConflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      );
    }
    this.#byArn.delete(arn);
  }

  createVersion(
    accountId: string,
    arn: string,
    document: string | object,
    setAsDefault: boolean,
  ): PolicyVersion {
    const policy = this.#own(accountId, arn);
    if (policy.versions.size >= VERSIONS) {
      throw limitExceeded(
        `A managed policy can have up to ${VERSIONS} versions. Before you create a new version, you must delete an existing version.`,
      );
    }
    const stored = storeLimited(document);
    policy.versionsMade += 1;
    const version = { ...stored, versionId: `v${policy.versionsMade}`, createdAt: this.#clock.now() };
    policy.versions.set(version.versionId, version);
    policy.updatedAt = version.createdAt;
    if (setAsDefault) {
      this.#lag.changing(arn, () => policy.defaultVersion.document);
      policy.defaultVersion = version;
    }
    return version;
  }

  version(accountId: string, arn: string, versionId: string): PolicyVersion {
    const version = this.get(accountId, arn).versions.get(versionId);
    if (version !== undefined) return version;
    throw noSuchEntity(`Policy ${arn} version ${versionId} does not exist or is not attachable.`);
  }

  deleteVersion(accountId: string, arn: string, versionId: string): void {
    const policy = this.#own(accountId, arn);
    if (this.version(accountId, arn, versionId) === policy.defaultVersion) {
      throw deleteConflict('Cannot delete the default version of a policy.');
    }
    policy.versions.delete(versionId);
  }

  #add(
    facts: Pick<ManagedPolicy, 'accountId' | 'path' | 'name' | 'description' | 'createdAt' | 'tags'>,
    stored: StoredPolicy,
  ): ManagedPolicy {
    const { accountId, path, name, createdAt } = facts;
    const first = { ...stored, versionId: 'v1', createdAt };
    const policy: ManagedPolicy = {
      ...facts,
      arn: iamArn(accountId, 'policy', path, name),
      uniqueId: newUniqueId('ANPA'),
      updatedAt: createdAt,
      versions: new Map([['v1', first]]),
      defaultVersion: first,
      versionsMade: 1,
    };
    this.#byArn.set(policy.arn, policy);
    return policy;
  }

  /** A customer managed policy, which the account may change. Refuses all AWS managed policies, also those that local AWS lacks. */
  #own(accountId: string, arn: string): ManagedPolicy {
    const policy = this.#byArn.get(arn);
    if (isOfAws(arn)) throw accessDenied('Policy is outside your own account.');
    if (policy?.accountId !== accountId) throw noSuchEntity(`Policy ${arn} was not found.`);
    return policy;
  }
}

function isOfAws(arn: string): boolean {
  return arn.startsWith('arn:aws:iam::aws:policy/');
}

function storeLimited(document: string | object): StoredPolicy {
  const stored = storePolicy(document, 'identity');
  if (policySize(stored) > POLICY_BYTES) {
    throw limitExceeded(`Cannot exceed quota for PolicySize: ${POLICY_BYTES}`);
  }
  return stored;
}
