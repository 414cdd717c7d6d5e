import { UsageError } from '../../command-line.ts';
import { readFunctions } from '../../project/functions.ts';
import { workInPairProject } from '../../project/pair.testing.ts';
import { functionOption, readLogsRequest } from './command.ts';

workInPairProject();

test('the log of a function is read in the folder of its service', () => {
  const functions = readFunctions();
  expect(readLogsRequest({ function: 'parcels' }, functions)).toEqual({
    folder: 'services/api',
    args: ['logs', '--function', 'parcels', '--stage', 'local'],
  });
  const { folder, args } = readLogsRequest(
    { function: 'caller', stage: 'dev', tail: true, since: '2h', filter: 'ERROR' },
    functions,
  );
  expect(folder).toBe('services/caller');
  expect(args.join(' ')).toBe('logs --function caller --stage dev --tail --startTime 2h --filter ERROR');
});

test.each([
  [undefined, 'Name the function with --function. There is parcels, parcel, sender, caller.'],
  ['parcles', '--function parcles: no service has this function. There is parcels, parcel, sender, caller.'],
])('instead of the function %s, the functions that there are are named', (name, message) => {
  expect(() => readLogsRequest({ ...(name && { function: name }) }, readFunctions())).toThrow(
    new UsageError(message),
  );
});

test('a name that two services have is made clear by the service', () => {
  const functions = readFunctions();
  const [caller] = functions.filter(({ key }) => key === 'caller');
  if (caller === undefined) throw new Error('The pair has a caller.');
  const two = [...functions, { ...caller, folder: 'services/billing' }];
  expect(() => readLogsRequest({ function: 'caller' }, two)).toThrow(
    '--function caller: more than one service has this function. There is caller:caller, billing:caller.',
  );
  expect(readLogsRequest({ function: 'billing:caller' }, two).folder).toBe('services/billing');
  expect(two.map((each) => functionOption(each, two))).toEqual([
    ...['parcels', 'parcel', 'sender'],
    ...['caller:caller', 'billing:caller'],
  ]);
});

test('a wrong stage is refused before anything runs', () => {
  expect(() => readLogsRequest({ function: 'caller', stage: '1' }, readFunctions())).toThrow('--stage 1');
});
