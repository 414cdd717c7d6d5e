import { parseArn } from '../../arn.ts';
import type { Basis, Decision } from '../../decision/decision.ts';
import { type ConditionKeys, resourceTagKeys } from '../../decision/principal-context.ts';
import type { NamedPolicy } from '../../principal.ts';
import { type Remedy, smallestChange } from '../remedy.ts';
import type { PolicyReader } from './policy-reader.ts';
import {
  type Circumstances,
  contextOf,
  decideAs,
  exactRole,
  findPrincipal,
  UnknownPrincipalError,
} from './principals.ts';
import {
  isTokenAction,
  notJudgedOf,
  type TokenAction,
  type UnseenCondition,
  verdictOnToken,
} from './token-trust.ts';

/** A person's question. */
export interface AskedQuestion {
  /** ARN of a role, session, user, root user or identity provider, or a service's name. */
  readonly principal: string;
  /** e.g. `execute-api:Invoke` */
  readonly action: string;
  /** ARN, or `*`. */
  readonly resource: string;
  /** The region of the request, if the resource has none. */
  readonly region: string;
}

/** The answer to a question, with notes for the reader. */
export interface QuestionAnswer {
  readonly decision: Decision & Basis;
  /** The changes that would allow it, together. Empty if it is allowed, or if no change is known. */
  readonly remedies: readonly Remedy[];
  readonly notes: readonly string[];
  /** Present if the answer depends on a token that nobody sees. Then the decision is the one without what the token has. */
  readonly undecided?: readonly UnseenCondition[];
}

/**
 * Decides whether a principal may do something, by the deployed policies.
 * @throws UnknownPrincipalError, or a TypeError for an action or a resource that is not valid
 */
export async function answerQuestion(
  asked: AskedQuestion,
  reader: PolicyReader,
  circumstances: Circumstances,
): Promise<QuestionAnswer> {
  const { decision, facts, own } = await decideQuestion(asked, reader, circumstances);
  if (isTokenAction(asked.action)) return answerAboutToken(asked.action, decision, facts);
  const remedies = facts.exists ? smallestChange(decision).remedies : [];
  const changesUnread =
    !facts.policyIsRead &&
    remedies.some((remedy) => remedy.change === 'add statement' && remedy.kind === 'resource-based policy');
  const ownAccount = `The resource names no account: the principal's own (${own}) is assumed.`;
  const isAssumed = parseArn(asked.resource).accountId === '' && own !== '';
  return {
    decision,
    remedies: changesUnread ? [] : remedies,
    notes: [facts.note, isAssumed ? ownAccount : undefined].filter((note) => note !== undefined),
  };
}

/** @throws UnknownPrincipalError if the principal has no token that STS takes for the role */
function answerAboutToken(
  action: TokenAction,
  decision: Decision & Basis,
  { exists, note, policy }: ResourceFacts,
): QuestionAnswer {
  const { principal } = decision.request;
  if (principal.type !== 'Service') {
    throw new UnknownPrincipalError(
      `${principal.arn} has credentials of AWS, and ${action} takes a token of an identity provider. Give the ARN of the provider, e.g. arn:aws:iam::111111111111:${action === 'sts:AssumeRoleWithSAML' ? 'saml-provider/corp' : 'oidc-provider/token.actions.githubusercontent.com'}, and with --context what the token has.`,
    );
  }
  const { outcome, reason, unseen } = verdictOnToken(decision);
  if (reason !== undefined) throw new UnknownPrincipalError(`${principal.service}: ${reason}`);
  const notes = [...(note === undefined ? [] : [note]), ...notJudgedOf(action, policy)];
  if (exists && outcome === 'depends') return { decision, remedies: [], notes, undecided: unseen };
  return { decision, remedies: exists ? smallestChange(decision).remedies : [], notes };
}

/**
 * Decides as {@link answerQuestion}, without the search for a change.
 * @throws UnknownPrincipalError, or a TypeError for an action or a resource that is not valid
 */
export async function decideQuestion(
  asked: AskedQuestion,
  reader: PolicyReader,
  circumstances: Circumstances,
): Promise<{
  readonly decision: Decision & Basis;
  readonly facts: ResourceFacts;
  /** The principal's account; empty for a service. */
  readonly own: string;
}> {
  const { action, resource } = asked;
  const known = await findPrincipal(asked.principal, reader, circumstances);
  const { principal } = known;
  const facts = await readResource(action, resource, reader);
  const { region, accountId } = parseArn(resource);
  const own = principal.type === 'Service' ? '' : principal.accountId;
  const decision = await decideAs(
    known,
    {
      principal,
      action,
      resource,
      resourceAccountId: accountId || own,
      context: contextOf(principal, region || asked.region, circumstances, facts.context),
      resourcePolicy: facts.policy,
      ...(facts.takesNoPolicy && { takesNoPolicy: true }),
    },
    reader,
  );
  return { decision, facts, own };
}

/** The policy of a resource. Returns `undefined` if the resource has no policy, or if this kind of policy is not read. */
export async function resourcePolicyOf(
  action: string,
  resource: string,
  reader: PolicyReader,
): Promise<NamedPolicy | undefined> {
  return (await readResource(action, resource, reader)).policy;
}

/** The facts about a resource. */
export interface ResourceFacts {
  /** `false` if the resource was looked for and does not exist: no policy allows its use. */
  readonly exists: boolean;
  /** Whether the resource's own policy was read. If not, a change of it cannot be proven. */
  readonly policyIsRead: boolean;
  readonly policy?: NamedPolicy | undefined;
  /** Whether it cannot have a policy. */
  readonly takesNoPolicy?: boolean;
  readonly context?: ConditionKeys;
  readonly note?: string;
}

const unread = { exists: true, policyIsRead: false } as const;
const servicesWithUnreadPolicies = ['s3', 'sqs', 'sns', 'kms', 'secretsmanager', 'dynamodb'];

/** Finds a resource and its own policy. */
export async function readResource(
  action: string,
  resource: string,
  reader: PolicyReader,
): Promise<ResourceFacts> {
  const { service, accountId, region, resource: path } = parseArn(resource);
  if (service === 'iam' && path.startsWith('role/')) {
    const role = await exactRole(reader, resource);
    if (role === undefined) return missing(`role ${resource}`);
    // The trust policy of a role decides only about actions of STS.
    const policy = action.startsWith('sts:') ? role.trust : undefined;
    return { ...withPolicy(policy), context: resourceTagKeys(Object.entries(role.tags), 'iam') };
  }
  if (service === 'lambda') {
    const policy = await reader.functionPolicy(resource);
    const isFunction = /^function:[^*]+$/.test(path);
    if (policy === undefined && isFunction && (await reader.function(resource)) === undefined) {
      return missing(`function ${resource}`);
    }
    return withPolicy(policy);
  }
  if (service === 'execute-api') {
    const apiId = path.split('/')[0] ?? '';
    const api = await reader.api({ accountId, region, apiId });
    return api === undefined
      ? missing(`API ${apiId} in account ${accountId}, region ${region}`)
      : { ...withPolicy(api.policy), takesNoPolicy: api.protocol === 'HTTP' };
  }
  if (!servicesWithUnreadPolicies.includes(service)) return unread;
  return {
    ...unread,
    note: `Resource policies of ${service} are not read: identity policies alone decide here.`,
  };
}

function withPolicy(policy: NamedPolicy | undefined): ResourceFacts {
  return { exists: true, policyIsRead: true, policy };
}

function missing(what: string): ResourceFacts {
  return { exists: false, policyIsRead: false, note: `There is no ${what}.` };
}
