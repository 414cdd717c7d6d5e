import type { Decision } from '../authorization/decision.ts';
import type { TraceEvent } from '../pipeline/trace.ts';
import { chainOf, renderChain } from './chain.ts';

const plain = (text: string) => text;
const palette = { allowed: plain, denied: plain, strong: plain, faint: plain };
const caller = 'arn:aws:sts::222222222222:assumed-role/caller/caller';

function event(given: Partial<TraceEvent> & Pick<TraceEvent, 'requestId' | 'operation'>): TraceEvent {
  return {
    time: new Date(0),
    service: 'sts',
    principal: caller,
    accountId: '222222222222',
    decisions: [],
    status: 200,
    durationMs: 1,
    ...given,
  };
}

const statement = {
  kind: 'identity-based policy',
  policy: 'inline policy p of role caller',
  statement: 'AssumeInvokeRole',
  effect: 'Allow',
} as const;
const asked = {
  principalArn: caller,
  action: 'sts:AssumeRole',
  resource: 'arn:aws:iam::111111111111:role/invoke',
  context: {},
  consulted: [],
};
const allowed: Decision = { ...asked, allowed: true, decidedBy: [statement] };
const denied: Decision = {
  ...asked,
  allowed: false,
  denial: 'implicit',
  missing: 'role trust policy',
  nearest: {
    ...statement,
    mismatches: [{ element: 'condition StringEquals sts:ExternalId', expected: 'a', actual: 'b' }],
  },
};

test('a chain holds what a request caused, at any depth, and nothing else', () => {
  const events = [
    event({ requestId: 'c', parentRequestId: 'b', operation: 'PutItem' }),
    event({ requestId: 'b', parentRequestId: 'a', operation: 'POST /messages' }),
    event({ requestId: 'a', operation: 'Invoke' }),
    event({ requestId: 'x', operation: 'Invoke' }),
  ];
  const chain = chainOf(events, 'a');
  expect(chain?.event.requestId).toBe('a');
  expect(chain?.children.map((child) => child.event.requestId)).toEqual(['b']);
  expect(chain?.children[0]?.children.map((child) => child.event.requestId)).toEqual(['c']);
  expect(chainOf(events, 'gone')).toBeUndefined();
});

test('events that name each other as parents do not go on for ever', () => {
  const events = [
    event({ requestId: 'a', parentRequestId: 'b', operation: 'Invoke' }),
    event({ requestId: 'b', parentRequestId: 'a', operation: 'Invoke' }),
  ];
  expect(chainOf(events, 'a')?.children[0]?.children).toEqual([]);
});

test('an allowed step names who, what and the statement', () => {
  const chain = chainOf([event({ requestId: 'a', operation: 'AssumeRole', decisions: [allowed] })], 'a');
  const text = renderChain(chain!, palette).join('\n');
  expect(text).toContain('✔ 1. sts AssumeRole role/invoke');
  expect(text).toContain(`as ${caller}`);
  expect(text).toContain('by statement AssumeInvokeRole of inline policy p of role caller');
});

test('a denied step names what is missing and what about the nearest statement differs', () => {
  const refused = event({
    requestId: 'a',
    operation: 'AssumeRole',
    decisions: [denied],
    status: 403,
    errorCode: 'AccessDenied',
  });
  const text = renderChain(chainOf([refused], 'a')!, palette).join('\n');
  expect(text).toContain('✘ 1. sts AssumeRole');
  expect(text).toContain('403 AccessDenied');
  expect(text).toContain('no role trust policy allows it');
  expect(text).toContain('condition StringEquals sts:ExternalId: expected "a", got "b"');
});

test('what a service does on its own account is a step of its own', () => {
  const service = { ...allowed, principalArn: 'apigateway.amazonaws.com', action: 'lambda:InvokeFunction' };
  const chain = chainOf([event({ requestId: 'a', operation: 'GET /x', decisions: [allowed, service] })], 'a');
  expect(renderChain(chain!, palette).join('\n')).toContain('✔ 2. lambda:InvokeFunction');
});
