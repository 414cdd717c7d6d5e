import { accountOf, parseArn } from '../arn.ts';
import type { Basis, Decision, ImplicitlyDenied, Mismatch } from '../decision/decision.ts';
import { isObject } from '../json.ts';
import { conditionsOf } from './conditions.ts';
import { describeMismatch, isForeignPassRole, isRootAssumingRole, roleIsMissing } from './explanation.ts';
import { isRestriction, relatedStatements } from './related-statements.ts';
import { isChosenByClient, nameOfKey, whyNotTaken } from './request-values.ts';
import { adviceOnKey } from './unmet-conditions.ts';

type Denied = Exclude<Decision, { allowed: true }>;

/** The principal for which execute-api asks if a request is not signed. */
export const ANONYMOUS = 'anonymous';

/** The reason why no change of policies is proposed for a denial, derived from what stands in the way. */
export function whyNoChange(decision: Denied & Partial<Basis>): string {
  if (roleIsMissing(decision)) return 'The role does not exist, so no policy can be changed.';
  const { request } = decision;
  if (decision.principalArn === ANONYMOUS) {
    return decision.action.startsWith('lambda:') ? noChangeForAnonymousUrl : noChangeForAnonymous;
  }
  if (isForeignPassRole(decision)) {
    return `A role can be passed to a service in its own account only. Give a role of account ${accountOf(decision.principalArn)}.`;
  }
  if (isRootAssumingRole(decision)) {
    return 'A root user cannot assume a role, whatever policies say. Use the credentials of a role or a user.';
  }
  if (request?.takesNoPolicy === true && isMissingResourcePolicy(decision)) {
    return `The resource cannot have a policy, so it admits principals of its account only. Assume a role of account ${request.resourceAccountId} that may do this.`;
  }
  if (decision.denial === 'explicit') {
    return whyNotExempt(decision) ?? whyDenied(decision);
  }
  return whyOfOwner(decision) ?? whyOfObstacle(decision) ?? whyOfPrincipal(decision);
}

/** Whatever admits an anonymous request admits everybody under the same conditions. */
const noChangeForAnonymous =
  "The request is anonymous, so a statement that allows it allows everybody. On the API's side, either set the route's authorization to AWS_IAM and deploy, or write the conditions under which everybody may call it into the resource policy and deploy. On the caller's side, sign the request for a route with AWS_IAM, or meet the conditions of the policy.";

/** Two statements for everybody are needed: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html */
const noChangeForAnonymousUrl =
  'The URL of the function has the AuthType NONE, so a statement that allows the request allows everybody. Set the AuthType to AWS_IAM, and sign the request for the service lambda. If everybody may call it, the function\'s policy needs two statements with Principal "*": aws lambda add-permission --function-name <name> --statement-id url --principal "*" --action lambda:InvokeFunctionUrl --function-url-auth-type NONE, and again with --statement-id invoke --action lambda:InvokeFunction --invoked-via-function-url.';

/** Whether an allow is missing in the policy of the resource. */
export function isMissingResourcePolicy(decision: Denied): boolean {
  return decision.denial === 'implicit' && decision.missing === 'resource-based policy';
}

/**
 * A Deny with NotPrincipal exempts a user only if it lists the user and the account, and a session only if it lists the session, its role
 * and the account. It exempts nobody who has a permissions boundary.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 */
function whyNotExempt({ consulted, principalArn, context }: Denied): string | undefined {
  const holder = context['aws:PrincipalArn'];
  const { partition, accountId } = parseArn(principalArn);
  if (typeof holder !== 'string') return undefined;
  const needed = [
    { what: 'the account', names: [`arn:${partition}:iam::${accountId}:root`, accountId] },
    { what: `the ${holder === principalArn ? 'user' : 'role'} ${holder}`, names: [holder] },
    { what: `the session ${principalArn}`, names: [principalArn] },
  ].slice(0, holder === principalArn ? 2 : 3);
  const hasBoundary = consulted.some(({ kind }) => kind === 'permissions boundary');
  for (const { policy, statements } of consulted) {
    for (const { effect, matches, statement, source } of statements) {
      if (effect !== 'Deny' || !matches || !isObject(source.NotPrincipal)) continue;
      const listed = [source.NotPrincipal.AWS].flat();
      const isListed = ({ names }: { readonly names: readonly string[] }) =>
        names.some((name) => listed.includes(name));
      const found = needed.filter(isListed);
      const missing = needed.filter((each) => !isListed(each));
      if (found.length === 0) continue;
      const lacks =
        missing.length > 0
          ? `It lists ${textOf(found)}, but not ${textOf(missing)}: AWS compares each of them.`
          : hasBoundary
            ? 'It lists the principal, which has a permissions boundary: AWS exempts nobody who has one.'
            : undefined;
      if (lacks === undefined) continue;
      return `Statement ${statement} of ${policy} denies everybody whom its NotPrincipal does not list. ${lacks} Its author can deny with Principal "*" and a condition ArnNotEquals on aws:PrincipalArn instead: that exempts a user, or every session of a role.`;
    }
  }
  return undefined;
}

function textOf(principals: readonly { readonly what: string }[]): string {
  return principals.map(({ what }) => what).join(' and ');
}

/** A Deny, with the conditions under which it denies. */
function whyDenied({ consulted, context }: Denied): string {
  const denying = consulted.flatMap(({ statements }) =>
    statements.filter(({ effect, matches }) => effect === 'Deny' && matches),
  );
  const conditions = denying.flatMap((statement) => conditionsOf(statement, context));
  const met = conditions.map(
    ({ operator, key, expected, actual }) =>
      `${operator} ${key} "${expected}"${actual === '(absent)' ? ' (it is absent)' : ` (the request has "${actual}")`}`,
  );
  const when = met.length === 0 ? '' : `, and its conditions are met: ${[...new Set(met)].join('; ')}`;
  return `The statement denies on purpose${when}. Its author decides whether it is meant for this request.`;
}

/** The owner of the policy in which an allow is missing, if it is not an owner of the accounts. */
function whyOfOwner({ missing, consulted }: ImplicitlyDenied): string | undefined {
  if (missing === 'service control policy' || missing === 'resource control policy') {
    return `The allow is missing in a ${missing} of the organization. Its administrators change it.`;
  }
  const boundary = consulted.find(({ kind }) => kind === 'permissions boundary')?.policy;
  return missing === 'permissions boundary' && boundary?.includes(':aws:policy/')
    ? `The permissions boundary ${boundary} is a policy of AWS, which nobody can change. Give the role or user another boundary.`
    : undefined;
}

/** The conditions and negated elements of a statement about the request that exclude it: of the nearest one, if it has any. */
function whyOfObstacle(decision: ImplicitlyDenied): string | undefined {
  const { nearest } = decision;
  const excluding = relatedStatements(decision)
    .map(({ statement, policy, mismatches }) => ({
      statement,
      policy,
      restrictions: mismatches.filter(isRestriction),
      isAlone: mismatches.every(isRestriction),
    }))
    .filter(({ restrictions }) => restrictions.length > 0);
  const found =
    excluding.find(
      ({ statement, policy, isAlone }) =>
        isAlone && statement === nearest?.statement && policy === nearest.policy,
    ) ??
    excluding.find(({ isAlone }) => isAlone) ??
    excluding[0];
  if (found === undefined) return undefined;
  const { statement, policy, restrictions, isAlone } = found;
  const advice = new Set(restrictions.map((each) => adviceFor(each, isAlone, decision)));
  return `Statement ${statement} of ${policy} excludes the request: ${restrictions.map(describeMismatch).join('; ')}. ${[...advice].join(' ')}`;
}

function adviceFor(mismatch: Mismatch, isAlone: boolean, decision: ImplicitlyDenied): string {
  const { element, expected, actual } = mismatch;
  if (element.startsWith('Not')) {
    return `A statement that allows it would bypass the ${element}. The author of the policy decides whether the ${element} is meant for this request.`;
  }
  const key = element.split(' ').at(-1) ?? '';
  // A pattern, or what a value must not be, can be met by other values than the one that is written.
  const isExact = /^condition StringEquals(IgnoreCase)? /.test(element);
  const rule = expected.split(', ').map((value) => whyNotTaken(key, value));
  if (isExact && rule[0] !== undefined && !rule.includes(undefined)) {
    return `STS takes ${rule[0]} for it, so no request can have the value: change the condition.`;
  }
  if (lacksPath(expected, actual)) {
    return `The two differ in the path of the role or user only: correct the ARN in the condition.`;
  }
  if (!isAlone) {
    return 'The statement is about another principal or resource, too. Its author decides whether this request is meant.';
  }
  if (isChosenByClient(key) && /^condition Null /.test(element) && expected === 'true') {
    return `Send the request without ${nameOfKey(key)}.`;
  }
  const known = adviceOnKey(mismatch, decision);
  const bypass = 'A statement without the condition would bypass it.';
  return known === undefined
    ? `${bypass} Meet the condition, or let the author of the policy decide.`
    : `${known} ${bypass} The author of the policy decides.`;
}

/** Whether one of the expected ARNs is the actual one with another path. */
function lacksPath(expected: string, actual: string): boolean {
  const withoutPath = (arn: string) => arn.replace(/:(role|user)\/(?:.*\/)?/, ':$1/');
  return (
    /:iam::\d{12}:(role|user)\//.test(actual) &&
    expected.split(', ').some((each) => each !== actual && withoutPath(each) === withoutPath(actual))
  );
}

/** Nothing excludes the request, and no statement can admit this principal alone. */
function whyOfPrincipal({ principalArn, action, missing, context }: ImplicitlyDenied): string {
  if (!principalArn.startsWith('arn:')) {
    return `A statement that allows it would let ${principalArn} act for any of its customers, because it is not known for which resource of this account it acts. Add the permission with the ARN of that resource as the condition aws:SourceArn.`;
  }
  return action.startsWith('lambda:') && missing === 'resource-based policy'
    ? `The policy of a function can have no condition on a role, and a role that it names is bound by its ID: it is lost when the role is created again. If that is acceptable, the owner of the function admits it: aws lambda add-permission --function-name <name> --statement-id <ID> --action ${action} --principal ${context['aws:PrincipalArn'] ?? principalArn}${urlOption(context)}`
    : `The statements about it have conditions that one statement cannot hold together. The author of the ${missing} decides.`;
}

/** The option of `add-permission` that binds a statement to the URL of a function. */
function urlOption(context: Denied['context']): string {
  const authType = context['lambda:FunctionUrlAuthType'];
  if (authType !== undefined) return ` --function-url-auth-type ${authType}`;
  return isViaUrl(context) ? ' --invoked-via-function-url' : '';
}

/** Whether a function is invoked by its URL. */
export function isViaUrl(context: Denied['context']): boolean {
  return context['lambda:InvokedViaFunctionUrl'] === 'true';
}
