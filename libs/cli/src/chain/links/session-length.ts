import { broken, type Link, request, sound } from '../link.ts';

/** The shortest session that STS issues, and the longest of a role that a role assumes (role chaining). */
const SHORTEST_SECONDS = 900;

const LONGEST_CHAINED_SECONDS = 3_600;

/**
 * Whether STS issues a session of a length. The caller is a role already: "role chaining limits your session to a maximum of one
 * hour", whatever the role's own maximum is.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
 */
export function judgeSessionLength({
  seconds,
  roleName,
  maxSeconds,
  accountId,
}: {
  readonly seconds: number;
  /** e.g. `role invoke` */
  readonly roleName: string;
  /** `MaxSessionDuration` of the role, if it is known. */
  readonly maxSeconds?: number | undefined;
  /** The caller's account. */
  readonly accountId: string;
}): Link {
  const about = { kind: 'session length', title: `a session of ${roleName} lasts ${seconds} s` } as const;
  const longest = Math.min(LONGEST_CHAINED_SECONDS, maxSeconds ?? LONGEST_CHAINED_SECONDS);
  if (seconds >= SHORTEST_SECONDS && seconds <= longest) return sound(about);
  const value = String(seconds < SHORTEST_SECONDS ? SHORTEST_SECONDS : longest);
  const limit =
    seconds < SHORTEST_SECONDS
      ? `STS issues no session under ${SHORTEST_SECONDS} s.`
      : `The caller has a role's credentials, and a role that is assumed with these (role chaining) gets at most ${LONGEST_CHAINED_SECONDS} s${maxSeconds === undefined ? '' : `, whatever its MaxSessionDuration (${maxSeconds} s) is`}.`;
  return broken(about, limit, [request('DurationSeconds', value, accountId)]);
}
