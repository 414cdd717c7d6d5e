import {
  type IamUser,
  isAccountId,
  type NamedPolicy,
  type OrganizationMembership,
  type PolicyDocument,
  type PolicySource,
  type Principal,
} from '@cross-account-api/iam';
import type { Credential, CredentialStore } from '../core/credential.ts';
import { Lag, type LagOptions } from '../core/lag.ts';
import { Groups } from './groups.ts';
import type { Group, Holder, Role, User } from './holders.ts';
import { ManagedPolicies, type ManagedPolicy } from './managed-policies.ts';
import { OidcProviders } from './oidc-providers.ts';
import {
  membershipOf,
  type Organization,
  type OrganizationInput,
  parseOrganization,
} from './organization.ts';
import { PrincipalBinding } from './principal-binding.ts';
import { Roles } from './roles.ts';
import {
  assumedRolePrincipal,
  type NewSession,
  type Session,
  type SessionEnd,
  Sessions,
} from './sessions.ts';
import { type AccessKeyPair, Users } from './users.ts';

/** The credentials of a session. */
export type TemporaryCredential = Credential & Required<Pick<Credential, 'sessionToken' | 'expiresAt'>>;

/** Options of {@link Directory}. */
export interface DirectoryOptions extends LagOptions {
  /** Twelve-digit account IDs: the only accounts that exist. */
  readonly accountIds: readonly string[];
  readonly organization?: OrganizationInput | undefined;
  /** The keys of the administrators, by account. Default: new ones. */
  readonly administratorKeys?: ((accountId: string) => AccessKeyPair | undefined) | undefined;
}

/** The accounts with their users, roles and policies, and the sessions of STS. Finds the signer and the policies that apply now. */
export class Directory implements CredentialStore, PolicySource {
  readonly accountIds: readonly string[];
  readonly managedPolicies: ManagedPolicies;
  readonly roles: Roles;
  readonly users: Users;
  readonly groups: Groups;
  readonly oidcProviders: OidcProviders;
  readonly principals = new PrincipalBinding({
    uniqueId: (arn) => (this.roles.findByArn(arn) ?? this.users.findByArn(arn))?.uniqueId,
    arn: (uniqueId) => this.#byUniqueId.get(uniqueId)?.arn,
    hasAccount: (accountId) => this.accountIds.includes(accountId),
  });
  readonly #sessions: Sessions;
  readonly #byUniqueId = new Map<string, Holder>();
  readonly #lag: Lag<Holder>;
  readonly #administrators: ReadonlyMap<string, Credential>;
  #organization: Organization | undefined;
  /** The document of a managed policy for authorization: a change takes effect after the propagation delay. */
  readonly #seenDocument = (policy: ManagedPolicy) => this.managedPolicies.seen(policy);

  constructor(options: DirectoryOptions) {
    const { clock, accountIds } = options;
    for (const accountId of accountIds) {
      if (!isAccountId(accountId)) {
        throw new Error(`An account ID must have twelve digits, not ${JSON.stringify(accountId)}.`);
      }
    }
    this.accountIds = accountIds;
    this.#sessions = new Sessions(clock);
    this.oidcProviders = new OidcProviders(() => clock.now());
    this.#lag = new Lag(options);
    this.managedPolicies = new ManagedPolicies(options, (arn) =>
      [...this.#byUniqueId.values()].some(
        (holder) => holder.attachedPolicies.has(arn) || holder.permissionsBoundary === arn,
      ),
    );
    const dependencies = {
      clock,
      policies: this.managedPolicies,
      principals: this.principals,
      onChanging: (holder: Holder) => this.#lag.changing(holder.uniqueId, () => copyOf(holder)),
      onCreate: (holder: Holder) => {
        this.#lag.changing(holder.uniqueId, () => undefined);
        this.#byUniqueId.set(holder.uniqueId, holder);
        this.principals.principalsChanged();
      },
      onDelete: ({ uniqueId }: Holder) => {
        this.#byUniqueId.delete(uniqueId);
        this.#sessions.endAll(uniqueId, 'revoke');
        this.principals.principalsChanged();
      },
    };
    this.users = new Users(dependencies);
    this.roles = new Roles(dependencies);
    this.groups = new Groups(dependencies);
    this.setOrganization(options.organization);
    this.#administrators = new Map(
      accountIds.map((accountId) => [
        accountId,
        this.#administrator(accountId, options.administratorKeys?.(accountId)),
      ]),
    );
  }

  /** The long-term credential that the administrator was created with. */
  administrator(accountId: string): Credential {
    const credential = this.#administrators.get(accountId);
    if (credential !== undefined) return credential;
    throw new Error(`There is no account ${accountId}; there are ${this.accountIds.join(', ')}.`);
  }

  /** The credential with this access key, and its current principal. Finds expired credentials for a day. */
  findCredential(accessKeyId: string): Credential | undefined {
    const session = this.#sessions.find(accessKeyId);
    if (session !== undefined) return this.#sessionCredential(session);
    const accessKey = this.users.findAccessKey(accessKeyId);
    if (accessKey === undefined) return undefined;
    const { secretAccessKey, userId } = accessKey;
    const user = this.#byUniqueId.get(userId);
    return user?.kind === 'user'
      ? { accessKeyId, secretAccessKey, principal: userPrincipal(user) }
      : undefined;
  }

  /** Issues temporary credentials. The caller must have authorized the request. */
  beginSession(input: NewSession): TemporaryCredential {
    const credential = this.#sessionCredential(this.#sessions.begin(input));
    if (credential !== undefined) return credential;
    throw new Error(`A session cannot begin: its role ${input.role.uniqueId} does not exist.`);
  }

  /** Ends all sessions of a role. @returns the number of sessions that it ended */
  endSessions(roleArn: string, how: SessionEnd): number {
    const role = this.roles.findByArn(roleArn);
    if (role === undefined) throw new Error(`There is no role ${roleArn}.`);
    return this.#sessions.endAll(role.uniqueId, how);
  }

  endSession(accessKeyId: string, how: SessionEnd): boolean {
    return this.#sessions.end(accessKeyId, how);
  }

  /** The identity-based policies of a principal: inline first, then managed, then those of a user's groups. A root user has none. */
  identityPolicies(principal: Principal): readonly NamedPolicy[] {
    const holder = this.#seen(principal);
    if (holder === undefined) return [];
    const groups = this.groups
      .list(principal.accountId)
      .map((group) => this.#lag.seen(group.uniqueId, group))
      .filter((group): group is Group => group?.kind === 'group' && group.members.has(holder.uniqueId));
    return [holder, ...groups].flatMap((each) => this.#policiesOf(each, this.#seenDocument));
  }

  permissionsBoundary(principal: Principal): NamedPolicy | undefined {
    const holder = this.#seen(principal);
    return holder && this.boundaryOf(holder, this.#seenDocument);
  }

  /** The role whose trust policy decides on AssumeRole. Changes take effect after the propagation delay. */
  assumableRole(arn: string): Role | undefined {
    const role = this.roles.findByArn(arn);
    const seen = role && this.#lag.seen(role.uniqueId, role);
    return seen?.kind === 'role' ? seen : undefined;
  }

  /** The policies of a role or user: inline first, then managed, then those of the user's groups. */
  policiesOf(holder: Role | User): NamedPolicy[] {
    const groups = holder.kind === 'user' ? this.groups.of(holder) : [];
    return [holder, ...groups].flatMap((each) => this.#policiesOf(each, presentDocument));
  }

  #policiesOf(holder: Holder, documentOf: (policy: ManagedPolicy) => PolicyDocument): NamedPolicy[] {
    const { kind, name, inlinePolicies, attachedPolicies } = holder;
    const inline = [...inlinePolicies].map(([policy, { document }]) => ({
      name: `inline policy ${policy} of ${kind} ${name}`,
      document,
    }));
    const managed = [...attachedPolicies].flatMap((arn) => this.#managed(holder, arn, documentOf) ?? []);
    return [...inline, ...managed];
  }

  /** The permissions boundary of a role or user. @param documentOf default: the document of the default version */
  boundaryOf(holder: Holder, documentOf = presentDocument): NamedPolicy | undefined {
    const { permissionsBoundary: arn } = holder;
    return arn === undefined ? undefined : this.#managed(holder, arn, documentOf);
  }

  organizationOf(accountId: string): OrganizationMembership | undefined {
    return membershipOf(this.#organization, accountId);
  }

  /** Replaces the organization; `undefined` removes it. */
  setOrganization(organization: OrganizationInput | undefined): void {
    this.#organization = organization && parseOrganization(organization, { accountIds: this.accountIds });
  }

  /** The role or user of a principal, for authorization: changes take effect after the propagation delay. */
  #seen(principal: Principal): Holder | undefined {
    const uniqueId = principal.type === 'AssumedRole' ? principal.roleId : principal.userId;
    return this.#lag.seen(uniqueId, this.#byUniqueId.get(uniqueId));
  }

  /** @returns `undefined` if the policy was detached and deleted meanwhile */
  #managed(
    { accountId }: Holder,
    arn: string,
    documentOf: (policy: ManagedPolicy) => PolicyDocument,
  ): NamedPolicy | undefined {
    const policy = this.managedPolicies.find(accountId, arn);
    return policy && { name: arn, document: documentOf(policy) };
  }

  #sessionCredential(session: Session): TemporaryCredential | undefined {
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt, holderId, issuedAt } = session;
    const holder = this.#byUniqueId.get(holderId);
    if (holder === undefined || holder.kind === 'group') return undefined;
    const principal =
      holder.kind === 'role' ? assumedRolePrincipal(holder, session) : { ...userPrincipal(holder), issuedAt };
    return { accessKeyId, secretAccessKey, sessionToken, expiresAt, principal };
  }

  #administrator(accountId: string, keys?: AccessKeyPair): Credential {
    const name = 'administrator';
    const user = this.users.create(accountId, { name });
    this.users.attachPolicy(accountId, name, 'arn:aws:iam::aws:policy/AdministratorAccess');
    const { accessKeyId, secretAccessKey } = this.users.createAccessKey(accountId, name, keys);
    return { accessKeyId, secretAccessKey, principal: userPrincipal(user) };
  }
}

const presentDocument = (policy: ManagedPolicy) => policy.defaultVersion.document;

function userPrincipal(user: User): IamUser {
  return {
    type: 'User',
    accountId: user.accountId,
    arn: user.arn,
    principalArn: user.arn,
    userId: user.uniqueId,
    userName: user.name,
    tags: Object.fromEntries(user.tags),
  };
}

/** A snapshot that later changes do not affect. */
function copyOf(holder: Holder): Holder {
  const policies = {
    inlinePolicies: new Map(holder.inlinePolicies),
    attachedPolicies: new Set(holder.attachedPolicies),
  };
  if (holder.kind !== 'group') return { ...holder, ...policies };
  return { ...holder, ...policies, members: new Set(holder.members) };
}
