import { broken, type Change, type Link, sound } from './link.ts';

/** The region and service in the credential scope of a signature. */
export interface SignedFor {
  readonly region: string;
  /** e.g. `execute-api` */
  readonly service: string;
}

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

/**
 * Whether a signature names the API's region and service.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
 */
export function judgeSignature({ region, service }: SignedFor, apiRegion: string, accountId: string): Link {
  const about = { kind: 'signature', title: `the caller signs for ${region}/${service}` } as const;
  const right = `${apiRegion}/execute-api`;
  if (`${region}/${service}` === right) return sound(about);
  return broken(
    about,
    `The API is in ${apiRegion}, and its service is execute-api: API Gateway refuses any other credential scope with 403 InvalidSignatureException.`,
    [request('credential scope', right, accountId)],
  );
}

function request(key: string, value: string, accountId: string): Change {
  return { change: 'request', key, value, accountId };
}
