/** `high`: somebody can use it now. `medium`: one more mistake, or a change, is needed. `low`: it costs, or hides what happens. */
export type Severity = 'high' | 'medium' | 'low';

type Descriptions = Partial<Record<Severity, string>>;

const descriptions = {
  'trusts-everyone': { high: 'The trust policy or the policy of the API admits any role of any account.' },
  'open-identity-provider': {
    high: 'The trust policy admits every tenant of a shared identity provider, such as every repository on GitHub.',
    medium: 'The trust policy admits everybody with a token of a provider that one organization has.',
  },
  'whole-account': {
    medium: "A policy admits any role of the caller's account, or of a third one.",
    low: 'A policy admits any role of the account of the API.',
  },
  'whole-organization': { medium: 'A policy admits any account of an organization.' },
  'whole-network': { medium: 'A policy admits anybody in a network.' },
  'role-name-pattern': { low: 'A policy admits whoever names roles in an account.' },
  'unneeded-trust': { low: 'A statement of the trust policy admits none of the callers.' },
  'privilege-escalation': {
    high: 'The role, or the caller, may take actions that lead to further permissions, as [pathfinding.cloud](https://pathfinding.cloud) and [cloudsplaining](https://github.com/salesforce/cloudsplaining) list them.',
  },
  'permissions-on-everything': {
    high: 'The role may call every API of its account, or the same routes of every API, or invoke every function.',
    medium: "The caller may assume every role of the API's account, or call every API of it.",
  },
  'unneeded-permissions': { medium: 'The role may do what the call does not need.' },
  'unneeded-routes': {
    low: 'The role, or the policy of the API, allows other routes or stages than the call needs, which --route and --trace name.',
  },
  'no-external-id': {
    medium:
      'The role trusts another account without an external ID, or takes any. There is no finding if both accounts are in one AWS organization, or if the trust policy names the organization.',
  },
  'principal-by-name': { medium: 'The trust ends when the named role is deleted and made again.' },
  'not-principal': {
    medium:
      'A statement denies everybody but a `NotPrincipal`, which exempts a session only if account, role and session are listed, and nobody with a permissions boundary.',
  },
  'deleted-principal': { low: 'The policy has the ID of a role that was deleted.' },
  'open-route': {
    high: 'A function answers a route without an authorizer.',
    medium:
      'A function answers a route without an authorizer. The policy of the API, a VPC endpoint or an API key limits who reaches it.',
  },
  'open-function': {
    high: 'Anybody may invoke the function past the API, or a service may for anybody, such as API Gateway for any API.',
    medium: 'A third account, an organization or a network may invoke the function past the API.',
    low: 'Whoever names roles in an account may invoke the function past the API.',
  },
  'public-function-url': {
    high: 'A URL of the function admits anybody.',
    medium: 'A URL of the function admits outsiders, who are limited, or the permission waits for a URL.',
    low: 'A URL of the function admits whoever names roles in an account.',
  },
  'long-term-keys': { medium: 'The caller is a user, whose access keys do not expire.' },
  'long-session': {
    low: 'The role allows sessions of more than an hour, which a caller that is a role itself cannot get.',
  },
  'no-throttling': { medium: "A route has no limit, so one caller can use up the account's." },
  'no-access-log': { low: 'The stage writes no access log.' },
  'assume-role-each-call': { low: 'Recorded calls show that the role is assumed for each.' },
} satisfies Record<string, Descriptions>;

/** The weaknesses that a review finds. */
export type FindingCode = keyof typeof descriptions;

/** What each finding is about, at each severity that it can have. */
export const findingDescriptions: Readonly<Record<FindingCode, Descriptions>> = descriptions;
