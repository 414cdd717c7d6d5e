import type { AuthorizationQuestion } from '../authorization/decision.ts';
import type { ConditionKeys } from '../authorization/index.ts';
import type { NamedPolicy } from '../core/principal.ts';
import { type Answer, answer } from './changes.ts';
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
export interface QuestionAnswer extends Answer {
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
  return { ...answer(question, { identity: policies, boundary, serviceControl: [] }), notes };
}

interface ResourceFacts {
  readonly policy?: NamedPolicy;
  readonly context?: ConditionKeys;
  readonly notes: readonly string[];
}

/** The policy that is attached to a resource, where its service has such policies and they are read here. */
async function resourceFacts(action: string, resource: string, reader: PolicyReader): Promise<ResourceFacts> {
  const { service, accountId, region, resource: path } = parseArn(resource);
  switch (service) {
    case 'iam': {
      if (!path.startsWith('role/')) return { notes: [] };
      const role = await exactRole(reader, resource);
      if (role === undefined) {
        return { notes: [`There is no role ${resource}: what does not exist trusts nobody.`] };
      }
      // A trust policy is asked about assuming the role alone.
      const policy = action.startsWith('sts:') ? { policy: role.trust } : {};
      return { ...policy, context: tagContext(role.tags, 'iam'), notes: [] };
    }
    case 'lambda':
      return withPolicy(await reader.functionPolicy(resource));
    case 'execute-api': {
      const apiId = path.split('/')[0] ?? '';
      const api = await reader.api({ accountId, region, apiId });
      return api === undefined
        ? { notes: [`There is no API ${apiId} in account ${accountId}, region ${region}.`] }
        : withPolicy(api.policy);
    }
    case 's3':
    case 'sqs':
    case 'sns':
    case 'kms':
    case 'secretsmanager':
    case 'dynamodb':
      return {
        notes: [`Resource policies of ${service} are not read: identity policies alone decide here.`],
      };
    default:
      return { notes: [] };
  }
}

function withPolicy(policy: NamedPolicy | undefined): ResourceFacts {
  return { ...(policy === undefined ? {} : { policy }), notes: [] };
}
