import type { AuthorizationQuestion, Decision } from '../authorization/decision.ts';
import { type ConditionKeys, decide, type Remedy, remediesFor } from '../authorization/index.ts';
import type { NamedPolicy } from '../core/principal.ts';
import type { PolicyReader } from './policy-reader.ts';
import {
  type Circumstances,
  contextOf,
  exactRole,
  findPrincipal,
  parseArn,
  tagContext,
} from './principals.ts';

/** What a person asks. */
export interface AskedQuestion {
  /** ARN of a role, session, user or root, or a service's name. */
  readonly principal: string;
  /** e.g. `execute-api:Invoke` */
  readonly action: string;
  /** ARN, or `*`. */
  readonly resource: string;
  /** Where the request goes to, if the resource does not say. */
  readonly region: string;
}

/** The answer, and what a reader has to know about it. */
export interface QuestionAnswer {
  readonly decision: Decision;
  /** What would let it through, all of it together. Empty where it is allowed, and where nothing is known. */
  readonly remedies: readonly Remedy[];
  readonly notes: readonly string[];
}

/**
 * Answers whether a principal may do something, by the policies that are deployed.
 * @throws UnknownPrincipalError where the principal does not exist
 * @throws {TypeError} for an action or resource that is none
 */
export async function answerQuestion(
  { principal: name, action, resource, region }: AskedQuestion,
  reader: PolicyReader,
  circumstances: Circumstances,
): Promise<QuestionAnswer> {
  const { principal, policies, boundary } = await findPrincipal(name, reader, circumstances);
  const attached = await resourceFacts(action, resource, reader);
  const own = principal.type === 'Service' ? '' : principal.accountId;
  const stated = parseArn(resource).accountId;
  const notes = [...attached.notes];
  if (stated === '' && own !== '') {
    notes.push(`The resource names no account: it is taken to be the principal's own (${own}).`);
  }
  const question: AuthorizationQuestion = {
    principal,
    action,
    resource,
    resourceAccountId: stated === '' ? own : stated,
    context: contextOf(principal, parseArn(resource).region || region, circumstances, attached.context),
    ...(attached.policy === undefined ? {} : { resourcePolicy: attached.policy }),
  };
  const decision = decide(question, { identity: policies, boundary, serviceControl: [] });
  const remedies = attached.exists ? remediesFor(decision) : [];
  const untested = remedies.some(
    (remedy) => remedy.change === 'add statement' && remedy.kind === 'resource-based policy',
  );
  return { decision, remedies: untested && !attached.policyIsRead ? [] : remedies, notes };
}

interface ResourceFacts {
  /** `false` where the resource was looked for and does not exist: no policy lets anybody use it. */
  readonly exists: boolean;
  /** Whether the resource's own policy was read. Nothing can be proven on one that was not. */
  readonly policyIsRead: boolean;
  readonly policy?: NamedPolicy;
  readonly context?: ConditionKeys;
  readonly notes: readonly string[];
}

const unread = { exists: true, policyIsRead: false } as const;

/** The policy that is attached to a resource, where its service has such policies and they are read here. */
async function resourceFacts(action: string, resource: string, reader: PolicyReader): Promise<ResourceFacts> {
  const { service, accountId, region, resource: path } = parseArn(resource);
  switch (service) {
    case 'iam': {
      if (!path.startsWith('role/')) return { ...unread, notes: [] };
      const role = await exactRole(reader, resource);
      if (role === undefined)
        return { exists: false, policyIsRead: false, notes: [`There is no role ${resource}.`] };
      // A trust policy is asked about assuming the role alone.
      const policy = action.startsWith('sts:') ? { policy: role.trust } : {};
      return {
        exists: true,
        policyIsRead: true,
        ...policy,
        context: tagContext(role.tags, 'iam'),
        notes: [],
      };
    }
    case 'lambda': {
      const policy = await reader.functionPolicy(resource);
      if (policy !== undefined || !/^function:[^*]+$/.test(path)) return withPolicy(policy);
      if ((await reader.function(resource)) !== undefined) return withPolicy(undefined);
      return { exists: false, policyIsRead: false, notes: [`There is no function ${resource}.`] };
    }
    case 'execute-api': {
      const apiId = path.split('/')[0] ?? '';
      const api = await reader.api({ accountId, region, apiId });
      return api === undefined
        ? {
            exists: false,
            policyIsRead: false,
            notes: [`There is no API ${apiId} in account ${accountId}, region ${region}.`],
          }
        : withPolicy(api.policy);
    }
    case 's3':
    case 'sqs':
    case 'sns':
    case 'kms':
    case 'secretsmanager':
    case 'dynamodb':
      return {
        ...unread,
        notes: [`Resource policies of ${service} are not read: identity policies alone decide here.`],
      };
    default:
      return { ...unread, notes: [] };
  }
}

function withPolicy(policy: NamedPolicy | undefined): ResourceFacts {
  return { exists: true, policyIsRead: true, ...(policy === undefined ? {} : { policy }), notes: [] };
}
