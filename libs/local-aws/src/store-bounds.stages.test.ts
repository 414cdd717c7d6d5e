import { expectLinear } from '../../iam/src/count-steps.testing.ts';
import { systemClock as clock } from './core/clock.ts';
import { Directory } from './identity/directory.ts';
import { LogStore } from './services/logs/store.ts';
import { BucketStore } from './services/s3/store.ts';
import { ParameterStore } from './services/ssm/store.ts';
import { createCallLog } from './trace/call-log.ts';
import type { TraceEvent } from './trace/event.ts';
import { traceTree } from './trace/steps.ts';
import { createTrace } from './trace/store.ts';
import { renderTraceTree } from './trace/tree.ts';

const accountId = '111111111111';
const scope = { accountId, region: 'us-east-1' };
const plain = (text: string) => text;
const palette = { allowed: plain, denied: plain, strong: plain, faint: plain };

function event(requestId: string, parentRequestId?: string): TraceEvent {
  return {
    ...{ time: new Date(0), requestId, service: 'lambda', operation: 'Invoke', status: 200 },
    ...(parentRequestId !== undefined && { parentRequestId }),
    decisions: [],
    durationMs: 1,
  };
}
/** A call that has caused many others, each of which is answered before it. */
const wide = (size: number) => [
  ...Array.from({ length: size }, (_, index) => event(`child${index}`, 'root')),
  event('root'),
];
/** A chain of calls, the innermost first. */
const deep = (size: number) =>
  Array.from({ length: size }, (_, index) =>
    event(`call${size - index - 1}`, index === size - 1 ? undefined : `call${size - index - 2}`),
  );

test.each([
  ['wide', wide],
  ['deep', deep],
])('the terminal prints a %s tree of calls in steps in proportion to them', async (_form, eventsOf) => {
  await expectLinear(400, (size) => {
    const lines: string[] = [];
    const log = createCallLog({ palette, width: () => 100, print: (line) => lines.push(line) });
    const events = eventsOf(size);
    return () => {
      for (const each of events) log.record(each);
      expect(lines.length).toBeGreaterThanOrEqual(size);
      // The tree stops indenting.
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(140);
    };
  });
});

test.each([
  ['wide', wide, 'root'],
  ['deep', deep, 'call0'],
])('explain shows a %s tree of calls in steps in proportion to them', async (_form, eventsOf, root) => {
  await expectLinear(300, (size) => {
    const events = eventsOf(size);
    return () => {
      const tree = traceTree(events, root);
      expect(tree).toBeDefined();
      if (tree !== undefined) renderTraceTree(tree, { palette, width: 100 });
    };
  });
});

test('the trace takes steps in proportion to the calls, also when the oldest go', async () => {
  await expectLinear(1_000, (size) => {
    const trace = createTrace({ capacity: 100, bytes: 10_000 });
    return () => {
      for (let index = 0; index < size; index += 1) trace.record(event(`r${index}`));
    };
  });
});

test('roles, their policies and their sessions take steps in proportion to their number', async () => {
  await expectLinear(200, (size) => {
    const directory = new Directory({
      clock,
      lagMs: () => undefined,
      accountIds: [accountId],
      organization: undefined,
    });
    const Statement = { Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:AssumeRole' };
    const trustPolicy = { Version: '2012-10-17', Statement };
    const document = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } };
    return () => {
      for (let index = 0; index < size; index += 1) {
        const role = directory.roles.create(accountId, { name: `role${index}`, trustPolicy });
        directory.roles.putPolicy(accountId, role.name, 'own', document);
        const { accessKeyId } = directory.beginSession({ role, sessionName: 's', durationSeconds: 900 });
        expect(directory.findCredential(accessKeyId)).toBeDefined();
      }
      expect(directory.roles.list(accountId)).toHaveLength(size);
    };
  });
});

test('objects and parameters take steps in proportion to their number', async () => {
  await expectLinear(500, (size) => {
    const buckets = new BucketStore(clock);
    const parameters = new ParameterStore(clock);
    const bucket = buckets.create(scope, 'bucket');
    return () => {
      for (let index = 0; index < size; index += 1) {
        const key = `key${index}`;
        buckets.put(bucket, { key, body: Buffer.from(key), contentType: 'text/plain', headers: {} });
        expect(buckets.object('bucket', key).key).toBe(key);
        parameters.put(scope, key, { type: 'String', value: key, tier: 'Standard' }, true);
      }
      expect(parameters.list(scope)).toHaveLength(size);
    };
  });
});

test('lines of logs are written in steps in proportion to them, also when the oldest go', async () => {
  await expectLinear(2_000, (size) => {
    const store = new LogStore(clock, { mostBytes: 100_000, report: () => {} });
    const groups = ['one', 'other'].map((name) => store.createGroup(scope, name)!);
    return () => {
      for (let timestamp = 0; timestamp < size; timestamp += 1) {
        store.write(groups[timestamp % 2]!, 'a', [{ timestamp, message: 'x'.repeat(100) }]);
      }
    };
  });
});
