import type { TraceRecord } from '../../trace/record.ts';
import { createTrace } from '../../trace/store.ts';
import type { AccountMap, MapNode } from '../model.ts';
import { CallStore } from './call-store.ts';
import { arrowsWithUsage, countedSince } from './usage.ts';

const A = '111111111111';
const invoke = `arn:aws:iam::${A}:role/invoke`;
const route = `arn:aws:execute-api:us-east-1:${A}:api/local/GET/items/*`;
const target = `arn:aws:lambda:us-east-1:${A}:function:items`;
const node = (id: string, kind: MapNode['kind']): MapNode => ({ id, kind, accountId: A, name: id });
const map: AccountMap = {
  accounts: [],
  nodes: [node(invoke, 'role'), node(route, 'route'), node(target, 'function')],
  inert: [],
  arrows: [],
};

function call(requestId: string, facts: object, operation = 'GET /items/{id}'): TraceRecord {
  const decision = { consulted: [], decidedBy: [], allowed: true, context: {}, ...facts };
  return {
    time: '2026-01-01T00:00:00.000Z',
    requestId,
    service: 'execute-api',
    operation,
    status: 200,
    durationMs: 1,
    decisions: [decision as unknown as TraceRecord['decisions'][number]],
  };
}
const calls = (id: string, allowed = true) =>
  call(id, {
    principalArn: `arn:aws:sts::${A}:assumed-role/invoke/session`,
    context: { 'aws:PrincipalArn': invoke },
    action: 'execute-api:Invoke',
    resource: `arn:aws:execute-api:us-east-1:${A}:api/local/GET/items/7`,
    allowed,
  });

const arrows = (...records: readonly TraceRecord[]) => {
  const store = new CallStore();
  store.add(records);
  return arrowsWithUsage(map, store.roots);
};

test('a call of a session to a path is an arrow from its role to the route, broken if the latest was refused', () => {
  expect(arrows(calls('1'), calls('2', false))).toEqual([
    {
      from: invoke,
      to: route,
      actions: ['execute-api:Invoke'],
      usage: {
        calls: 2,
        refused: 1,
        isBroken: true,
        latestRequestId: '2',
        refusedCalls: new Set(['2']),
        isLatest: true,
      },
    },
  ]);
  expect(arrows(calls('1', false), calls('2'))[0]?.usage).toMatchObject({ refused: 1, isBroken: false });
});

test('an invocation by API Gateway is an arrow from the route to the function, whatever its version', () => {
  const invoked = call('1', {
    principalArn: 'apigateway.amazonaws.com',
    context: { 'aws:SourceArn': route },
    action: 'lambda:InvokeFunction',
    resource: `${target}:3`,
  });
  expect(arrows(invoked)).toMatchObject([{ from: route, to: target }]);
});

test('the requests of a deployment make no arrows, nor do calls of missing resources', () => {
  const read = call('1', { principalArn: invoke, action: 'iam:GetRole', resource: invoke });
  const elsewhere = call('2', { principalArn: invoke, action: 'sts:AssumeRole', resource: `${invoke}-gone` });
  expect(arrows(read, elsewhere)).toEqual([]);
});

test('the refused calls of an arrow are those that a user began, not the requests that these caused', () => {
  const refused = { ...calls('inner', false), parentRequestId: 'outer' };
  const outer = { ...call('outer', { principalArn: 'x', action: 'lambda:InvokeFunction', resource: 'y' }) };
  const [arrow] = arrows(calls('1'), refused, outer, calls('2', false));
  expect(arrow?.usage).toMatchObject({ calls: 3, refused: 2, refusedCalls: new Set(['outer', '2']) });
});

test('a call of which one decision was denied is one refused call, and not an allowed one', () => {
  const session = { principalArn: `arn:aws:sts::${A}:assumed-role/invoke/session`, resource: invoke };
  const context = { 'aws:PrincipalArn': invoke };
  const assumed = call('1', { ...session, context, action: 'sts:AssumeRole' });
  const tags = call('1', { ...session, context, action: 'sts:TagSession', allowed: false });
  const both = { ...assumed, decisions: [...assumed.decisions, ...tags.decisions] };
  expect(arrows(both)).toMatchObject([
    { actions: ['sts:AssumeRole'], usage: { calls: 1, refused: 1, isBroken: true } },
  ]);
});

const at = (second: number, allowed = true) => ({
  ...calls(String(second), allowed),
  time: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
});
const FIRST = '2026-01-01T00:00:01.000Z';

test('calls that the page has dropped are still counted, since the first one', () => {
  const store = new CallStore(2);
  expect(countedSince(store.roots, store.earlier)).toBeUndefined();
  store.add([at(1, false), at(2), at(3), at(4), at(5)]);
  expect(store.roots).toHaveLength(2);
  expect(countedSince(store.roots, store.earlier)).toBe(FIRST);
  expect(arrowsWithUsage(map, store.roots, store.earlier)[0]?.usage).toMatchObject({
    calls: 5,
    refused: 1,
    isBroken: false,
    latestRequestId: '5',
    // Nothing is left to open.
    refusedCalls: new Set(),
  });
});

test('a page that is opened after thousands of calls shows a permission that only the first of them used', () => {
  const trace = createTrace({ capacity: 10 });
  const isOther = { principalArn: invoke, action: 's3:GetObject', resource: 'arn:aws:s3:::files/a' };
  for (let second = 1; second <= 3_000; second += 1) {
    const record = second <= 2 ? at(second) : { ...at(second), ...call(String(second), isOther) };
    trace.record({ ...record, time: new Date(at(second).time) } as never);
  }
  const store = new CallStore();
  const { calls: earlier, ...since } = trace.earlier();
  store.begin({ ...since, calls: earlier as never });
  store.add(trace.events().map((event) => ({ ...event, time: event.time.toISOString() }) as never));
  expect(countedSince(store.roots, store.earlier)).toBe(FIRST);
  const [arrow] = arrowsWithUsage(map, store.roots, store.earlier);
  expect(arrow).toMatchObject({ from: invoke, to: route, usage: { calls: 2, refused: 0 } });
  expect(arrow?.usage?.latestRequestId).toBeUndefined();
});

test('a connection that begins again counts nothing twice', () => {
  const store = new CallStore();
  store.add([at(1)]);
  store.begin({ since: FIRST, calls: [{ latest: at(1), times: 1 }] });
  expect(arrowsWithUsage(map, store.roots, store.earlier)[0]?.usage?.calls).toBe(1);
});
