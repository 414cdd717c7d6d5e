import { A, type Exchange, type Running, startRunning } from './running.testing.ts';
import { sign } from './sign.testing.ts';

let running: Running;
beforeAll(async () => {
  running = await startRunning();
});
afterAll(async () => {
  await running.close();
  expect(running.defects).toEqual([]);
});

/** Sends a request with a parameter that was added after signing. */
function sendTampered(): Promise<Exchange> {
  const request = sign(
    {
      host: 'sts.us-east-1.amazonaws.com',
      path: '/?Action=GetCallerIdentity&Version=2011-06-15',
      service: 'sts',
      date: running.now(),
    },
    running.administrator(A),
  );
  return running.send({ ...request, path: `${request.path}&x=1` });
}

test('the mistake is found in each of a few wrong signatures at once, but not in each of hundreds', async () => {
  const few = await Promise.all(Array.from({ length: 10 }, sendTampered));
  const added = { mistakes: ['A parameter was added after signing.'] };
  expect(few.map(({ event }) => event.clientMistake)).toEqual(few.map(() => expect.objectContaining(added)));

  const many = await Promise.all(Array.from({ length: 300 }, sendTampered));
  expect(new Set(many.map(({ error }) => error.type))).toEqual(new Set(['SignatureDoesNotMatch']));
  const skipped = many.filter(({ event }) => event.clientMistake === 'not sought');
  expect(skipped.length).toBeGreaterThan(0);
  const others = many.filter((exchange) => !skipped.includes(exchange));
  expect(others.map(({ event }) => event.clientMistake)).toEqual(
    others.map(() => expect.objectContaining(added)),
  );
});

test.each([
  ['lambda', 5, '/2015-03-31/functions/', ''],
  ['logs', 5, '/', 'Logs_20140328.DescribeLogGroups'],
  ['ssm', 5, '/', 'AmazonSSM.GetParameter'],
  ['cloudformation', 5, '/?Action=ListStacks&Version=2010-05-15', ''],
  ['sts', 15, '/?Action=GetCallerIdentity&Version=2011-06-15', ''],
  ['dynamodb', 15, '/', 'DynamoDB_20120810.ListTables'],
])('a signature for %s is valid for %d minutes', async (service, minutes, path, target) => {
  const aged = (seconds: number) =>
    running.call(
      {
        host: `${service}.us-east-1.amazonaws.com`,
        path,
        service,
        ...(target !== '' && { method: 'POST', headers: { 'X-Amz-Target': target }, body: '{}' }),
        date: new Date(running.now().getTime() - seconds * 1000),
      },
      running.administrator(A),
    );
  const refused = await aged(minutes * 60 + 30);
  expect(refused.error.message).toMatch(new RegExp(`^Signature expired: .* - ${minutes} min\\.\\)$`));
  const young = await aged(minutes * 60 - 30);
  expect(young.error.message ?? '').not.toContain('Signature expired');
});
