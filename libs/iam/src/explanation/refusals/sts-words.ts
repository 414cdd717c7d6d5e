import type { RefusalWords } from './refusal-words.ts';

/** What STS says of the session that is asked for. Policies do not decide it. */
export const stsWords = {
  'role chaining': {
    says: /exceeds the 1 hour session limit for roles assumed by role chaining/i,
    means:
      'The caller has credentials of a role, as every function does. A role that is assumed with these gets at most 3600 s, whatever its MaxSessionDuration is.',
    advice: ['Ask for DurationSeconds 3600 or less, and assume the role again when the session ends.'],
    tellsCause: true,
  },
  'session maximum': {
    says: /requested durationseconds exceeds the maxsessionduration set for this role/i,
    means:
      'The caller asks for a longer session than the role allows (MaxSessionDuration, 3600 s by default).',
    advice: [
      'Ask for a shorter one, or raise MaxSessionDuration of the role: aws iam update-role --role-name <role> --max-session-duration <seconds>',
    ],
    tellsCause: true,
  },
  duration: {
    says: /value '?(\w*)'? at 'durationSeconds' failed to satisfy constraint/i,
    means: 'STS issues sessions of 900 s to 43200 s.',
    advice: [
      'Ask for DurationSeconds in this range, and of 3600 at most if the caller has credentials of a role.',
    ],
    tellsCause: true,
  },
  'session name': {
    says: /value '?([^']*)'? at 'roleSessionName' failed to satisfy constraint/i,
    means: 'The session name has characters that STS does not take, or fewer than 2 or more than 64 of them.',
    advice: ['Use letters, digits and any of = , . @ _ - in RoleSessionName.'],
    tellsCause: true,
  },
  'session policy': {
    says: /at 'policy' failed to satisfy constraint|managed session policy \S+ does not exist/i,
    means:
      "AssumeRole got a session policy that is longer than 2048 characters, or a managed one that the role's account does not have.",
    advice: ["Shorten it, or give the ARNs of managed policies (PolicyArns) of the role's own account."],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html',
  },
  'session tags': {
    says: /duplicate tag keys found|transitive tag keys? (?:can't|must)|prefixed tag key names are not allowed/i,
    means:
      "AssumeRole got session tags that it does not take: a key twice (in whatever case), one that begins with aws:, or a transitive one that is missing among the tags or that the caller's own session has already.",
    advice: [
      "Name each key once, and each transitive key among the tags. A transitive tag of the caller's session goes with every further session: leave it out.",
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html',
  },
  'region disabled': {
    says: /sts is not activated in this region(?: for account: ?(\d{12}))?|\bRegionDisabled(?!.*is not activated)/i,
    means: 'STS is switched off in this region for the account, or the account has not enabled the region.',
    advice: [
      "Ask STS in another region, such as the caller's own, or let the account's administrator activate it: IAM console, account settings.",
    ],
    tellsCause: true,
  },
  'root user': {
    says: /roles may not be assumed by root accounts/i,
    means: 'The caller has the credentials of a root user, which cannot assume roles.',
    advice: ['Use the credentials of a role or a user.'],
    tellsCause: true,
  },
} as const satisfies Readonly<Record<string, RefusalWords>>;
