import { findRole } from '../holders.ts';
import { broken, type Link, request, sound } from '../link.ts';
import { callerAccountOf, kindAndName, type Walk } from '../pair.ts';

/** The shortest and the longest session that STS issues, and the longest of a role that a role assumes (role chaining). */
const SHORTEST_SECONDS = 900;
const LONGEST_SECONDS = 43_200;
const LONGEST_CHAINED_SECONDS = 3_600;

/** STS issues a session of the length that the caller asks for. */
export async function sessionOfLength(walk: Walk, invokeRoleArn: string, seconds: number): Promise<Link> {
  const { caller } = walk.pair;
  const { facts } = await findRole(walk, invokeRoleArn);
  return judgeSessionLength({
    seconds,
    roleName: kindAndName(invokeRoleArn),
    maxSeconds: facts?.maxSessionSeconds,
    accountId: callerAccountOf(caller),
    isChained: caller.kind !== 'user',
  });
}

/**
 * Whether STS issues a session of a length. If the caller is a role already, "role chaining limits your session to a maximum of one
 * hour", whatever the role's own maximum is.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
 */
export function judgeSessionLength({
  seconds,
  roleName,
  maxSeconds,
  accountId,
  isChained = true,
}: {
  readonly seconds: number;
  /** e.g. `role invoke` */
  readonly roleName: string;
  /** `MaxSessionDuration` of the role, if it is known. */
  readonly maxSeconds?: number | undefined;
  /** The caller's account. */
  readonly accountId: string;
  /** Whether the caller has the credentials of a role. Default: `true` */
  readonly isChained?: boolean;
}): Link {
  const about = { kind: 'session length', title: `a session of ${roleName} lasts ${seconds} s` } as const;
  const most = isChained ? LONGEST_CHAINED_SECONDS : LONGEST_SECONDS;
  const longest = Math.min(most, maxSeconds ?? most);
  if (seconds >= SHORTEST_SECONDS && seconds <= longest) return sound(about);
  const value = String(seconds < SHORTEST_SECONDS ? SHORTEST_SECONDS : longest);
  const ofRole = maxSeconds === undefined ? '' : `, whatever its MaxSessionDuration (${maxSeconds} s) is`;
  const tooLong = isChained
    ? `The caller has a role's credentials, and a role that is assumed with these (role chaining) gets at most ${LONGEST_CHAINED_SECONDS} s${ofRole}.`
    : `A session lasts at most as long as the role's MaxSessionDuration (${longest} s).`;
  const problem = seconds < SHORTEST_SECONDS ? `STS issues no session under ${SHORTEST_SECONDS} s.` : tooLong;
  return broken(about, problem, [request('DurationSeconds', value, accountId)]);
}
