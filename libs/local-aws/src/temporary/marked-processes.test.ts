import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fc from 'fast-check';
import { endMarkedFamily, familyOf, type ListedProcess, PROCESS_MARK, parsePs } from './marked-processes.ts';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const SLEEP = ['-e', 'setInterval(() => {}, 1000)'];
function startSleeper(mark: string): ChildProcess {
  const child = spawn(process.execPath, SLEEP, { stdio: 'ignore', env: { [PROCESS_MARK]: mark } });
  children.push(child);
  return child;
}
const endings = (...all: ChildProcess[]) => all.map(({ exitCode, signalCode }) => exitCode ?? signalCode);

const OWN = 10;
const listed = (pid: number, parent: number, group: number, isMarked = false): ListedProcess => ({
  pid,
  parent,
  group,
  isMarked,
});

test.each([
  ['a marked process', [listed(20, 1, 20, true), listed(30, 1, 30)], { groups: [20], pids: [] }],
  ['what shares its group', [listed(20, 1, 20, true), listed(21, 1, 20)], { groups: [20], pids: [] }],
  [
    'its descendants with their groups',
    [listed(41, 40, 40), listed(40, 20, 40), listed(20, 1, 20, true)],
    { groups: [20, 40], pids: [] },
  ],
  [
    'a marked process in the group of local AWS, without the group',
    [listed(20, 11, OWN, true), listed(11, 1, OWN)],
    { groups: [], pids: [20] },
  ],
  ['nothing if nothing is marked', [listed(20, 1, 20), listed(21, 20, 20)], { groups: [], pids: [] }],
])('the family has %s', (_, processes, expected) => {
  const { groups, pids } = familyOf(processes, OWN);
  expect({ groups: [...groups].sort(), pids }).toEqual(expected);
});

test('a family never has the group of local AWS, and has a marked process in some way', () => {
  const id = fc.integer({ min: 2, max: 30 });
  const processes = fc.uniqueArray(fc.record({ pid: id, parent: id, group: id, isMarked: fc.boolean() }), {
    selector: ({ pid }) => pid,
  });
  fc.assert(
    fc.property(processes, id, (all, own) => {
      const { groups, pids } = familyOf(all, own);
      expect(groups).not.toContain(own);
      for (const { pid, group, isMarked } of all) {
        if (isMarked) expect(groups.includes(group) || pids.includes(pid)).toBe(true);
      }
      if (!all.some(({ isMarked }) => isMarked)) expect([...groups, ...pids]).toEqual([]);
    }),
  );
});

test('a process with another mark, or with the mark only in its command line, does not end', async () => {
  const mark = '/tmp/local-aws-lambda-abcde1/1';
  const commandLine = spawn(process.execPath, [...SLEEP, `${PROCESS_MARK}=${mark}`], {
    stdio: 'ignore',
    env: {},
  });
  children.push(commandLine);
  const others = [startSleeper('/tmp/local-aws-lambda-abcde2/1'), startSleeper(`x${mark}`), commandLine];
  const own = startSleeper(mark);
  const ended = once(own, 'exit');
  await endMarkedFamily(mark);
  expect((await ended)[1]).toBe('SIGKILL');
  expect(endings(...others)).toEqual([null, null, null]);
});

test('processes end on a machine that is so busy that the search for them takes all the time', async () => {
  const mark = '/tmp/local-aws-lambda-abcde3/1';
  const own = startSleeper(mark);
  const ended = once(own, 'exit');
  let now = 0;
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => {
    now += 60_000;
    return now;
  });
  await endMarkedFamily(mark);
  clock.mockRestore();
  expect((await ended)[1]).toBe('SIGKILL');
});

test('searches at the same time find each its own processes', async () => {
  const marks = ['/tmp/local-aws-lambda-abcde4/1', '/tmp/local-aws-lambda-abcde4/2'];
  const own = marks.map(startSleeper);
  const ended = own.map((one) => once(one, 'exit'));
  const other = startSleeper('/tmp/local-aws-lambda-abcde4/3');
  await Promise.all(marks.map((mark) => endMarkedFamily(mark)));
  expect((await Promise.all(ended)).map(([, signal]) => signal)).toEqual(['SIGKILL', 'SIGKILL']);
  expect(endings(other)).toEqual([null]);
});

test('the list of ps is read: numbers, and the command with its environment', () => {
  const text =
    '/usr/local/bin/node -e x HOME=/Users/me LOCAL_AWS_ENVIRONMENT=/var/folders/x/local-aws-lambda-abcdef/1 A=b';
  expect(parsePs(`    1     0     1 /sbin/launchd\n 4242     1  4240 ${text}\n\n`)).toEqual([
    { pid: 1, parent: 0, group: 1, environment: '/sbin/launchd' },
    { pid: 4242, parent: 1, group: 4240, environment: text },
  ]);
});
