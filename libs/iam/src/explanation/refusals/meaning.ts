import { parseArn } from '../../arn.ts';
import type { PolicyKind } from '../../decision/decision.ts';
import { defined } from '../../defined.ts';
import type { NotAuthorized, Refusal } from './read-refusal.ts';
import type { RefusalWords } from './refusal-words.ts';
import { denialsOfSts, refusalWords } from './words.ts';

/** The meaning of a refusal, for a person. */
export type RefusalMeaning = Pick<RefusalWords, 'means' | 'advice' | 'tellsCause' | 'source'>;

const DENIALS = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html';
const ASSUMING_ROLES = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html';

/** The owner of each kind of policy. */
const owners: Readonly<Record<PolicyKind, 'principal' | 'resource' | 'organization' | 'endpoint'>> = {
  'identity-based policy': 'principal',
  'permissions boundary': 'principal',
  'session policy': 'principal',
  'service control policy': 'organization',
  'resource-based policy': 'resource',
  'role trust policy': 'resource',
  'resource control policy': 'organization',
  'VPC endpoint policy': 'endpoint',
};

/**
 * The meaning of a refusal.
 * @param accountIds the accounts that are known. API Gateway masks all but the last four digits of its account
 */
export function meaningOf(refusal: Refusal, accountIds: readonly string[] = []): RefusalMeaning {
  if (refusal.form !== 'not authorized') {
    const { means, advice, adviceFor, tellsCause, source } = refusalWords[refusal.form];
    const named = refusal.named === undefined ? undefined : adviceFor?.(refusal.named);
    return { means, advice: named ?? advice, tellsCause, ...defined({ source }) };
  }
  const source = refusal.action.startsWith('sts:AssumeRole') ? ASSUMING_ROLES : DENIALS;
  return { source, ...meaningOfDenial(refusal, accountIds) };
}

function meaningOfDenial(refusal: NotAuthorized, accountIds: readonly string[]): RefusalMeaning {
  const { principal, action, denial, policy } = refusal;
  if (principal === 'anonymous' && action === 'execute-api:Invoke') return meaningWithoutSignature(refusal);
  const own = principal === undefined ? undefined : parseArn(principal).accountId || undefined;
  const accounts = {
    own: own === undefined ? "the caller's account" : `account ${own}`,
    resource: accountOfResource(refusal, own === undefined ? accountIds : [...accountIds, own]),
  };
  if (action === 'sts:AssumeRole' && isNoRole(refusal)) return foreignKind;
  const part = denialsOfSts[action];
  if (part !== undefined) return { ...part, tellsCause: policy !== undefined };
  if (policy !== undefined) return meaningOfKind(refusal, policy, accounts);
  if (denial === 'explicit') return { ...unnamedDeny(accounts), tellsCause: false };
  return { means: unnamedPolicy(refusal, accounts), advice: [], tellsCause: false };
}

function isNoRole({ resource: arn = '' }: NotAuthorized): boolean {
  const { service, resource } = parseArn(arn);
  return (service === 'iam' || service === 'sts') && !resource.startsWith('role/');
}

const foreignKind: RefusalMeaning = {
  means: 'The ARN that AssumeRole got is not that of a role. Users, groups and sessions cannot be assumed.',
  advice: [
    'Give the ARN of a role, arn:aws:iam::<account>:role/<name>, whose trust policy admits the caller.',
  ],
  tellsCause: true,
};

/** A 403 for a request that API Gateway did not authenticate: its route is open, or has another authorizer. */
function meaningWithoutSignature({ denial }: NotAuthorized): RefusalMeaning {
  const reason =
    denial === 'explicit'
      ? "a statement of the API's resource policy, or of the VPC endpoint's, denies it"
      : "the API's resource policy does not allow it, or the VPC endpoint's does not";
  return {
    means: `API Gateway took the request as unsigned, and ${reason}. The route has authorizationType NONE, or an authorizer: there, a signature counts for nothing.`,
    advice: [
      'If IAM is meant to decide: set authorizationType AWS_IAM on the route, deploy the API, and sign the request.',
      'If the route is meant to be open: let the API\'s resource policy allow Principal "*" under the conditions that the caller meets (aws:SourceIp, aws:SourceVpce), and deploy the API.',
    ],
    tellsCause: false,
  };
}

interface Accounts {
  /** The caller's account, or words for it. */
  readonly own: string;
  /** The resource's account, masked or not; or words for it. */
  readonly resource: string;
}

function unnamedPolicy({ action }: NotAuthorized, { own, resource }: Accounts): string {
  const first = `AWS does not say which policy is at fault. It needs one of ${own} that allows ${action} to the caller`;
  if (action.startsWith('sts:AssumeRole')) {
    return `${first}, and the trust policy of the role in ${resource}, with all its conditions; or the role does not exist.`;
  }
  return own === resource ? `${first}.` : `${first} and, if ${resource} is another one, one of the resource.`;
}

/** A deny of a policy that the message does not name. */
function unnamedDeny({ own, resource }: Accounts): Pick<RefusalMeaning, 'means' | 'advice'> {
  return {
    means:
      'A statement with Effect Deny is about the request. AWS does not say in which policy it is. No further Allow helps.',
    advice: [
      `For ${own}: look for it in the identity-based policies of the role or user, its groups, its permissions boundary, and the session policy that is given to AssumeRole.`,
      `For ${resource}: look for it in the policy of the resource, and in that of a VPC endpoint on the way.`,
      'AWS organization: its service control policies deny to principals of an account, its resource control policies deny access to resources of an account. The management account shows both.',
    ],
  };
}

/** The command that shows the policy that a message names. */
function showPolicy(arn: string): string {
  const { service, accountId } = parseArn(arn);
  const id = arn.split('/').at(-1);
  return service === 'organizations'
    ? `Read it in the management account ${accountId}, or in one to which it has delegated that: aws organizations describe-policy --policy-id ${id}`
    : `Read it: aws iam get-policy --policy-arn ${arn} names its default version, and aws iam get-policy-version --policy-arn ${arn} --version-id <version> shows it.`;
}

function meaningOfKind(
  { denial, action, policyArn }: NotAuthorized,
  policy: PolicyKind,
  { own, resource }: Accounts,
): RefusalMeaning {
  const verb = denial === 'explicit' ? 'denies it' : 'does not allow it';
  const where = {
    principal: `in ${own}, of the role or user that made the request`,
    resource: `in ${resource}, of the resource`,
    organization: 'of the AWS organization: its administrators change it, for the account or a unit above it',
    endpoint: 'of the VPC endpoint, in the account of the VPC',
  }[owners[policy]];
  const advice = [
    policyArn !== undefined && showPolicy(policyArn),
    policy === 'session policy' && 'It was given to AssumeRole: change the program that assumes the role.',
    policy === 'resource-based policy' &&
      action === 'execute-api:Invoke' &&
      "A change of an API's resource policy takes effect when the API is deployed again.",
  ].filter((each) => each !== false);
  const named = policyArn === undefined ? policy : `${policy} ${policyArn}`;
  return { means: `The ${named} ${verb}. It is ${where}.`, advice, tellsCause: true };
}

function accountOfResource({ resource = '' }: NotAuthorized, accountIds: readonly string[]): string {
  const named = parseArn(resource).accountId;
  if (named === '') return "the resource's account";
  return `account ${unmasked(named, accountIds) ?? named}`;
}

/**
 * The account that a masked one is, among those that are known.
 * @param masked with all twelve digits, or with asterisks before the last ones: `********1111`
 * @returns `undefined` if none fits
 */
export function unmasked(masked: string, accountIds: readonly (string | undefined)[]): string | undefined {
  const end = masked.replaceAll('*', '');
  return accountIds.find((each) => each !== undefined && end !== '' && each.endsWith(end));
}
