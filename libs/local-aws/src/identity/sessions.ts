import { randomBytes } from 'node:crypto';
import type { AssumedRole, NamedPolicy } from '@cross-account-api/iam';
import { type Clock, wholeSecond } from '../core/clock.ts';
import { defined } from '../core/defined.ts';
import type { Role, User } from './holders.ts';
import { newSecretAccessKey, newUniqueId } from './identifiers.ts';

/** Stored temporary credentials, and the facts of a session that its role or user does not have. */
export interface Session {
  /** Empty for a session of a user. */
  readonly sessionName: string;
  /** Passed and inherited session tags. */
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
  readonly sessionPolicies: readonly NamedPolicy[];
  readonly sourceIdentity?: string;
  /** The access key that called AssumeRole; absent if a service assumed the role. */
  readonly issuedTo?: string;
  readonly sourceFunctionArn?: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** The unique ID of the role or user. Its deletion ends the session. */
  readonly holderId: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** The properties of a new session of a role, or of a user. Default: no tags and no session policies. */
export interface NewSession
  extends Partial<Pick<Session, 'tags' | 'transitiveTagKeys' | 'sessionPolicies'>>,
    Pick<Session, 'sessionName' | 'sourceIdentity' | 'issuedTo' | 'sourceFunctionArn'> {
  readonly role: Pick<Role | User, 'uniqueId'>;
  readonly durationSeconds: number;
}

/** The way a session ends: after `expire`, its requests fail with ExpiredToken; `revoke` makes its token invalid. */
export type SessionEnd = 'expire' | 'revoke';

/** The first characters of session tokens of the real STS. */
const TOKEN_PREFIX = 'IQoJb3JpZ2luX2Vj';
/** Expired sessions are kept for this time, so their requests fail with ExpiredToken. */
const REMEMBERED_MS = 24 * 3_600_000;
const PURGE_INTERVAL_MS = 60_000;
/** From this number of sessions on (about 60 MB), expired ones are dropped. */
const ROOM = 50_000;

/** The sessions of all accounts: the live ones, and the expired ones while there is room. */
export class Sessions {
  readonly #clock: Clock;
  readonly #byAccessKey = new Map<string, Session>();
  #nextPurge = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(input: NewSession): Session {
    this.#makeRoom();
    const issuedAt = wholeSecond(this.#clock.now());
    const { role, durationSeconds, ...traits } = input;
    const session: Session = {
      tags: {},
      transitiveTagKeys: [],
      sessionPolicies: [],
      ...traits,
      holderId: role.uniqueId,
      accessKeyId: newUniqueId('ASIA'),
      secretAccessKey: newSecretAccessKey(),
      sessionToken: TOKEN_PREFIX + randomBytes(240).toString('base64'),
      issuedAt,
      expiresAt: new Date(issuedAt.getTime() + durationSeconds * 1000),
    };
    this.#byAccessKey.set(session.accessKeyId, session);
    return session;
  }

  find(accessKeyId: string): Session | undefined {
    return this.#byAccessKey.get(accessKeyId);
  }

  /** Ends the sessions of a role or user. @returns the number of sessions that it ended */
  endAll(holderId: string, how: SessionEnd): number {
    const ofHolder = [...this.#byAccessKey.values()].filter((session) => session.holderId === holderId);
    return ofHolder.filter(({ accessKeyId }) => this.end(accessKeyId, how)).length;
  }

  /** Ends one session. @returns whether it did: an expired session cannot expire again */
  end(accessKeyId: string, how: SessionEnd): boolean {
    const session = this.#byAccessKey.get(accessKeyId);
    if (session === undefined) return false;
    if (how === 'revoke') return this.#byAccessKey.delete(accessKeyId);
    const now = wholeSecond(this.#clock.now());
    if (session.expiresAt <= now) return false;
    this.#byAccessKey.set(accessKeyId, { ...session, expiresAt: now });
    return true;
  }

  #makeRoom(): void {
    const now = this.#clock.now().getTime();
    if (now < this.#nextPurge) return;
    this.#nextPurge = now + PURGE_INTERVAL_MS;
    const time = this.#byAccessKey.size < ROOM ? now - REMEMBERED_MS : now;
    for (const { accessKeyId, expiresAt } of this.#byAccessKey.values()) {
      if (expiresAt.getTime() <= time) this.#byAccessKey.delete(accessKeyId);
    }
  }
}

/** The principal of a role's session. Its tags are the role's current tags, overridden by the session's. */
export function assumedRolePrincipal(role: Role, session: Session): AssumedRole {
  const { sessionName, issuedAt, sessionPolicies, transitiveTagKeys } = session;
  const { sourceIdentity, issuedTo, sourceFunctionArn } = session;
  return {
    type: 'AssumedRole',
    accountId: role.accountId,
    arn: `arn:aws:sts::${role.accountId}:assumed-role/${role.name}/${sessionName}`,
    principalArn: role.arn,
    userId: `${role.uniqueId}:${sessionName}`,
    tags: overrideTags(Object.fromEntries(role.tags), session.tags),
    roleName: role.name,
    roleId: role.uniqueId,
    sessionName,
    issuedAt,
    sessionPolicies,
    transitiveTagKeys,
    ...defined({ sourceIdentity, issuedTo, sourceFunctionArn }),
  };
}

/** Merges tags. Keys are compared without regard to case, and the overriding tag's spelling wins. */
export function overrideTags(
  tags: Readonly<Record<string, string>>,
  overriding: Readonly<Record<string, string>>,
): Record<string, string> {
  const overridden = new Set(Object.keys(overriding).map((key) => key.toLowerCase()));
  const kept = Object.entries(tags).filter(([key]) => !overridden.has(key.toLowerCase()));
  return Object.fromEntries([...kept, ...Object.entries(overriding)]);
}
