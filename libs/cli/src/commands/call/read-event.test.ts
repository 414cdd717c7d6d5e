import { execFileSync } from 'node:child_process';
import { UsageError } from '../../command-line.ts';
import { readContract } from '../../project/contract.ts';
import { pairProject, workInPairProject } from '../../project/pair.testing.ts';
import { readEvent } from './read-event.ts';

workInPairProject();

const { operations } = readContract(pairProject);
const id = '6f1c7d3e-2b4a-4c58-9d0e-8a7b6c5d4e3f';

test('the event has the operation, its input and its key', () => {
  expect(readEvent({ operation: 'getSender' }, operations).event).toEqual({ operation: 'getSender' });
  expect(
    readEvent({ operation: 'postParcel', input: '{"body":{"a":1}}', key: 'k' }, operations),
  ).toMatchObject({
    operation: { path: '/parcels' },
    event: { operation: 'postParcel', input: { body: { a: 1 } }, idempotencyKey: 'k' },
  });
});

test('without an operation, or with another one, the operations are listed', () => {
  for (const operation of [undefined, 'getSendr']) {
    const read = () => readEvent({ operation }, operations);
    expect(read).toThrow(UsageError);
    expect(read).toThrow('  postParcel  POST /parcels\n  getParcel   GET /parcels/{id}\n');
  }
});

test('missing input is named, with the command for the contract’s example, which the shell reads as it is', () => {
  let message = '';
  try {
    readEvent({ operation: 'getParcel', input: '{"query":{"fields":"body"}}' }, operations);
  } catch (error) {
    message = String(error);
  }
  expect(message).toContain('getParcel needs id in --input');
  const [, command = ''] = /For example: npm run call -- (.*)$/.exec(message) ?? [];
  const [operation, , input] = execFileSync('sh', ['-c', `printf '%s\\0' ${command}`], {
    encoding: 'utf8',
  }).split('\0');
  expect(readEvent({ operation, input }, operations).event).toEqual({
    operation: 'getParcel',
    input: { id, query: { fields: 'body' } },
  });
});

test('an event of the user is passed on as it is', () => {
  expect(readEvent({ event: '{"orderId":"42"}' }, [])).toEqual({ event: { orderId: '42' } });
  expect(readEvent({ event: 'null' }, [])).toEqual({ event: null });
});

test.each([
  [{ event: '{a:1}' }, '--event {a:1}: must be JSON'],
  [
    { event: '{}', operation: 'getSender' },
    '--event is the whole event that the function gets. Leave out getSender.',
  ],
  [{ event: '{}', input: '{}' }, 'Leave out --input.'],
  [{ event: '{}', input: '' }, 'Leave out --input.'],
  [{ event: '{}', key: 'k' }, 'Leave out --key.'],
  [{ operation: 'postParcel' }, 'postParcel needs body'],
  [{ operation: 'getSender', input: '{a:1}' }, '--input {a:1}: must be JSON'],
  [{ operation: 'getSender', input: '[1]' }, '--input [1]: must be a JSON object'],
  [{ operation: 'getSender', key: 'k' }, '--key k: getSender remembers no keys'],
])('%j is refused before anything is sent', (asked, message) => {
  expect(() => readEvent(asked, operations)).toThrow(UsageError);
  expect(() => readEvent(asked, operations)).toThrow(message);
});

test('a required parameter of the query and a required header are named', () => {
  const operation = {
    name: 'list',
    method: 'GET',
    path: '/list',
    takesBody: false,
    takesKey: false,
    requiredQuery: ['page'],
    requiredHeaders: ['If-Match'],
    example: { pathParameters: {}, query: {}, body: undefined },
  };
  expect(() => readEvent({ operation: 'list' }, [operation])).toThrow(
    'list needs query.page, headers.If-Match',
  );
  const input = '{"query":{"page":1},"headers":{"if-match":"a"}}';
  expect(readEvent({ operation: 'list', input }, [operation]).event).toEqual({
    operation: 'list',
    input: JSON.parse(input),
  });
});
