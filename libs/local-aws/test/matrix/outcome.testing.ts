import { decisionLine } from '../../../iam/src/authorization.testing.ts';
import type { Exchange } from '../running.testing.ts';

const denials: Readonly<Record<string, string>> = {
  'identity-based policy': 'in an identity-based policy',
  'resource-based policy': 'in a resource-based policy',
  'session policy': 'in a session policy',
  'permissions boundary': 'in a permissions boundary',
  'service control policy': 'in a service control policy',
  'resource control policy': 'in a resource control policy',
};

/** The end of AWS's error message for a decision line. @param policyArn of the policy that denies, if it has one */
export function reasonOf(line: string, action: string, policyArn?: string): string {
  const [, how = '', kind = ''] =
    /^(denied|missing): ((?:identity-based|resource-based|session|service control|resource control) policy|permissions boundary)/.exec(
      line,
    ) ?? [];
  return how === 'denied'
    ? `with an explicit deny ${denials[kind]}${policyArn === undefined ? '' : `: ${policyArn}`}`
    : `because no ${kind} allows the ${action} action`;
}

/** Checks the answer and the decision of a call of a MOCK route against a decision line. */
export function expectInvocation(
  { answer, error, event }: Exchange,
  line: string,
  who: { readonly arn: string },
  resource: string,
): void {
  const nearest = line.includes('(');
  const decision = event.decisions.at(-1);
  expect(decisionLine(decision, { nearest })).toBe(line);
  expect(event).toMatchObject({ status: answer.status, principal: who.arn, service: 'execute-api' });
  expect(answer.headers['x-amzn-requestid']).toBe(event.requestId);
  if (line.startsWith('allowed')) {
    expect([answer.status, answer.body]).toEqual([200, '{"mock":true}']);
    return;
  }
  // If a path ends in a slash, the path without it must be allowed too.
  expect([resource, resource.replace(/\/$/, '')]).toContain(decision?.resource);
  // AWS names the policy that denies within the account of the API.
  const isOwn = who.arn.includes('::111111111111:');
  const denying = decision !== undefined && 'decidedBy' in decision ? decision.decidedBy[0] : undefined;
  const policyArn = isOwn ? denying?.policyArn : undefined;
  const masked = decision?.resource.replace(':111111111111:', ':********1111:');
  expect([answer.status, error.type, answer.body]).toEqual([
    403,
    'AccessDeniedException',
    JSON.stringify({
      Message: `User: ${who.arn} is not authorized to perform: execute-api:Invoke on resource: ${masked} ${reasonOf(line, 'execute-api:Invoke', policyArn)}`,
    }),
  ]);
}
