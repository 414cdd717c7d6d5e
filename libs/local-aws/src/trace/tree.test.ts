import { stripVTControlCharacters } from 'node:util';
import type { Decision } from '@cross-account-api/iam';
import type { TraceEvent } from './event.ts';
import { traceTree } from './steps.ts';
import { renderTraceTree } from './tree.ts';

const plain = (text: string) => text;
const palette = { allowed: plain, denied: plain, strong: plain, faint: plain };
const options = { palette, width: 80 };
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
  consulted: [{ kind: 'role trust policy', policy: 'trust policy of role invoke', statements: [] }],
  nearest: {
    ...statement,
    mismatches: [{ element: 'condition StringEquals sts:ExternalId', expected: 'a', actual: 'b' }],
  },
};

test('a tree has all requests that a request caused, at any depth, and no others', () => {
  const events = [
    event({ requestId: 'c', parentRequestId: 'b', operation: 'PutItem' }),
    event({ requestId: 'b', parentRequestId: 'a', operation: 'POST /messages' }),
    event({ requestId: 'a', operation: 'Invoke' }),
    event({ requestId: 'x', operation: 'Invoke' }),
  ];
  const tree = traceTree(events, 'a');
  expect(tree?.event.requestId).toBe('a');
  expect(tree?.children.map((child) => child.event.requestId)).toEqual(['b']);
  expect(tree?.children[0]?.children.map((child) => child.event.requestId)).toEqual(['c']);
  expect(traceTree(events, 'gone')).toBeUndefined();
});

test('an allowed step names who, what and the statement', () => {
  const tree = traceTree([event({ requestId: 'a', operation: 'AssumeRole', decisions: [allowed] })], 'a');
  const text = renderTraceTree(tree!, options).join('\n');
  expect(text).toContain('✔ 1. sts AssumeRole  account 222222222222, 200, 1 ms');
  expect(text).toContain('as role/caller');
  expect(text).toContain('allowed sts:AssumeRole on role/invoke of 111111111111');
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
  const text = renderTraceTree(traceTree([refused], 'a')!, options).join('\n');
  expect(text).toContain('✘ 1. sts AssumeRole');
  expect(text).toContain('403 AccessDenied');
  expect(text).toContain('no role trust policy allows it');
  expect(text).toContain('condition StringEquals sts:ExternalId: expected "a", got "b"');
});

test('a request that a service makes on its own behalf is a separate step', () => {
  const service = { ...allowed, principalArn: 'apigateway.amazonaws.com', action: 'lambda:InvokeFunction' };
  const tree = traceTree(
    [event({ requestId: 'a', operation: 'GET /x', decisions: [allowed, service] })],
    'a',
  );
  expect(renderTraceTree(tree!, options).join('\n')).toContain('✔ 2. lambda InvokeFunction');
});

const name = (length: number) => `cross-account-${'x'.repeat(length)}`;
const long = traceTree(
  [
    event({ requestId: 'a', service: 'lambda', operation: 'Invoke', durationMs: 251 }),
    event({
      requestId: 'b',
      parentRequestId: 'a',
      service: 'execute-api',
      operation: 'POST /messages',
      accountId: '111111111111',
      decisions: [
        {
          ...allowed,
          resource: `arn:aws:execute-api:us-east-1:111111111111:abc/local/POST/${name(20)}`,
          decidedBy: [{ ...statement, statement: name(100), policy: `inline policy ${name(30)}` }],
        },
      ],
    }),
  ],
  'a',
)!;

test.each([40, 80, 120])(
  'in %d columns no line is longer than that, and lines break between words',
  (width) => {
    const lines = renderTraceTree(long, { palette, width });
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
    const words = renderTraceTree(long, { palette, width: 1_000 }).join(' ').split(/\s+/);
    for (const word of lines.join(' ').split(/\s+/)) {
      const [start = '', end = ''] = word.split('…');
      expect(
        words.some((whole) =>
          word.includes('…') ? whole.startsWith(start) && whole.endsWith(end) : whole === word,
        ),
      ).toBe(true);
    }
  },
);

test('colours do not count as columns', () => {
  const colour = (text: string) => `\u001b[32m${text}\u001b[39m`;
  const coloured = renderTraceTree(long, {
    palette: { allowed: colour, denied: colour, strong: colour, faint: colour },
    width: 80,
  });
  expect(coloured.map((line) => stripVTControlCharacters(line))).toEqual(renderTraceTree(long, options));
});

test('the last line sums up the tree', () => {
  expect(renderTraceTree(long, { palette, width: 120 }).at(-1)).toBe(
    '2 calls, all allowed. Account 222222222222 reached the API of account 111111111111 in 251 ms.',
  );
  const refused = event({ requestId: 'a', operation: 'AssumeRole', status: 403, errorCode: 'AccessDenied' });
  expect(renderTraceTree(traceTree([refused], 'a')!, { palette, width: 120 }).at(-1)).toBe(
    '1 call, 1 failed. The innermost: sts AssumeRole (account 222222222222, 403 AccessDenied, 1 ms).',
  );
});

test('an invocation whose function failed is no success', () => {
  const tree = traceTree(
    [event({ requestId: 'a', service: 'lambda', operation: 'Invoke', functionError: 'Unhandled' })],
    'a',
  );
  const lines = renderTraceTree(tree!, options);
  expect(lines[0]).toBe('✘ 1. lambda Invoke  account 222222222222, 200, the function failed, 1 ms');
  expect(lines.slice(-2).join(' ')).toMatch(/^1 call, 1 failed\./);
});

test('a write of the init phase whose condition was not met is no call: its function has a line about it', () => {
  const route = event({
    requestId: 'b',
    parentRequestId: 'a',
    service: 'execute-api',
    operation: 'POST /orders',
  });
  const write = { parentRequestId: 'b', service: 'dynamodb', operation: 'PutItem' };
  const unmet = { status: 400, errorCode: 'ConditionalCheckFailedException' };
  const render = (given: Partial<TraceEvent>) => {
    const events = [
      event({ requestId: 'c', ...write, ...unmet, ...given }),
      event({ requestId: 'd', ...write }),
      route,
      event({ requestId: 'a', service: 'lambda', operation: 'Invoke' }),
    ];
    return renderTraceTree(traceTree(events, 'a') as NonNullable<ReturnType<typeof traceTree>>, options).join(
      '\n',
    );
  };
  const warmed = render({ phase: 'init' });
  expect(warmed).toMatch(/its function opened a connection, and wrote nothing:\s+dynamodb PutItem/);
  expect(warmed).toContain('3 calls, all allowed.');
  expect(render({})).toContain('4 calls, 1 failed. The innermost: dynamodb PutItem');
  expect(render({ phase: 'init', errorCode: 'AccessDeniedException' })).toContain('4 calls, 1 failed.');
});
