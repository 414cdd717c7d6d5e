import { type ArnParts, splitArn } from '../arn.ts';
import { type ArnPattern, arnMatches } from '../language/arn-pattern.ts';
import type { Condition } from '../language/conditions.ts';
import { describePattern, parsePattern, patternMatches } from '../language/pattern.ts';
import type { ActionPattern, Statement } from '../language/policy-language.ts';
import { type RequestContext, requestContext } from '../language/request-context.ts';
import type { AuthorizationRequest, Mismatch } from './decision.ts';
import { type Asking, matchPrincipal, type PrincipalMatch } from './principal-match.ts';

/** A parsed question, to compare with many statements. */
export interface Request extends Asking {
  readonly action: string;
  readonly actionService: string;
  readonly actionName: string;
  readonly resource: string;
  readonly resourceArn: ArnParts | undefined;
  readonly context: RequestContext;
}

/** Parses a question. Throws if the action or the resource is not valid: a decision on it would mean nothing. */
export function toRequest(question: AuthorizationRequest, hasPermissionsBoundary: boolean): Request {
  const { action, resource } = question;
  const [, service, name] = /^([a-z0-9-]+):([A-Za-z0-9]+)$/.exec(action) ?? [];
  if (service === undefined || name === undefined) {
    throw new TypeError(`"${action}" is not an action. Write it as service:Name, e.g. execute-api:Invoke.`);
  }
  const resourceArn = splitArn(resource);
  if (resourceArn === undefined && resource !== '*') {
    throw new TypeError(
      `"${resource}" is not a resource. Write an ARN, or * for an action without resources.`,
    );
  }
  return {
    principal: question.principal,
    hasPermissionsBoundary,
    action,
    actionService: service,
    actionName: name.toLowerCase(),
    resource,
    resourceArn,
    context: requestContext(question.context),
  };
}

/**
 * Compares a statement with a request. A statement without `Principal` matches directly, as in an identity-based policy.
 * @param mismatches receives each element that does not match. Without it, the comparison ends at the first one
 */
export function matchStatement(
  statement: Statement,
  request: Request,
  mismatches?: Mismatch[],
): PrincipalMatch {
  const { principal, action, resource, conditions } = statement;
  let match: PrincipalMatch = 'direct';

  if (
    action !== undefined &&
    action.values.some((value) => actionMatches(value, request)) === action.negated
  ) {
    if (mismatches === undefined) return 'none';
    match = 'none';
    mismatches.push({ element: action.name, expected: list(action.values), actual: request.action });
  }
  if (principal !== undefined) {
    const level = matchPrincipal(principal, statement.effect, request);
    if (level === 'none') {
      if (mismatches === undefined) return 'none';
      mismatches.push({
        element: principal.name,
        expected: principal.values.map(({ value }) => value).join(', ') || '(absent)',
        actual: request.principal.type === 'Service' ? request.principal.service : request.principal.arn,
      });
    }
    match = match === 'none' ? 'none' : level;
  }
  if (resource !== undefined) {
    const { context, resourceArn } = request;
    if (resource.values.some((value) => arnMatches(value, resourceArn, context)) === resource.negated) {
      if (mismatches === undefined) return 'none';
      match = 'none';
      mismatches.push({
        element: resource.name,
        ...expectation(
          resource.values.map((value) => describeArn(value, context)),
          context,
        ),
        actual: request.resource,
      });
    }
  }
  for (const condition of conditions) {
    if (condition.holds(request.context)) continue;
    if (mismatches === undefined) return 'none';
    match = 'none';
    mismatches.push(conditionMismatch(condition, request.context));
  }
  return match;
}

function actionMatches({ match }: ActionPattern, request: Request): boolean {
  if (match === 'any') return true;
  if (match === 'none') return false;
  return (
    match.service === request.actionService && patternMatches(match.name, request.actionName, request.context)
  );
}

function conditionMismatch(condition: Condition, context: RequestContext): Mismatch {
  const actual = context.get(condition.key);
  return {
    element: `condition ${condition.operator} ${condition.key}`,
    ...expectation(
      condition.values.map((value) => describeValue(value, condition, context)),
      context,
    ),
    actual: actual === undefined ? '(absent)' : typeof actual === 'string' ? actual : actual.join(', '),
  };
}

function list(values: readonly { readonly source: string }[]): string {
  return values.map(({ source }) => source).join(', ');
}

/** The expected values, and the variables in them that are not replaced. */
function expectation(
  values: readonly string[],
  context: RequestContext,
): Pick<Mismatch, 'expected' | 'note'> {
  const expected = values.join(', ');
  const left = [...new Set(Array.from(expected.matchAll(/\$\{([^*?$}][^}]*)\}/g), ([, key = '']) => key))];
  if (left.length === 0) return { expected };
  const unset = left.filter((key) => context.get(key) === undefined);
  const [keys, reason] =
    unset.length > 0
      ? [unset, unset.length === 1 ? 'has no value in the request' : 'have no value in the request']
      : [
          left,
          `${left.length === 1 ? 'is' : 'are'} not replaced: a policy has variables only with the Version 2012-10-17, and a Resource only in the last part of its ARN`,
        ];
  return { expected, note: `${keys.map((key) => `\${${key}}`).join(', ')} ${reason}` };
}

function describeArn({ source, parts }: ArnPattern, context: RequestContext): string {
  return typeof parts === 'string' || !source.includes('${')
    ? source
    : parts.map((part) => describePattern(part, context)).join(':');
}

function describeValue(value: string, { variables }: Condition, context: RequestContext): string {
  return variables && value.includes('${')
    ? describePattern(parsePattern(value, { wildcards: true, variables }), context)
    : value;
}
