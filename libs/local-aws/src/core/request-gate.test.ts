import { RequestGate } from './request-gate.ts';

const caused = () => true;
const fromOutside = () => false;
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('requests pass at once, several at a time', async () => {
  const gate = new RequestGate();
  const first = Promise.withResolvers<string>();
  const slow = gate.pass(fromOutside, () => first.promise);
  await expect(gate.pass(fromOutside, async () => 'second')).resolves.toBe('second');
  first.resolve('first');
  await expect(slow).resolves.toBe('first');
});

test('the work waits for the requests in flight and for those that they cause, and all others wait for the work', async () => {
  const gate = new RequestGate();
  const log: string[] = [];
  const outer = Promise.withResolvers<void>();
  const invocation = gate.pass(fromOutside, async () => {
    await outer.promise;
    log.push('invocation');
  });
  const done = gate.alone(async () => void log.push('work'));
  const later = gate.pass(fromOutside, async () => void log.push('later'));
  await turn();
  await gate.pass(caused, async () => void log.push('caused'));
  expect(log).toEqual(['caused']);
  outer.resolve();
  await Promise.all([invocation, done, later]);
  expect(log).toEqual(['caused', 'invocation', 'work', 'later']);
});

test('a request is dropped if what made it ends with the work', async () => {
  const gate = new RequestGate();
  const work = Promise.withResolvers<void>();
  const done = gate.alone(() => work.promise);
  await turn();
  const handled = jest.fn(async () => 'handled');
  await expect(gate.pass(caused, handled)).resolves.toBeUndefined();
  expect(handled).not.toHaveBeenCalled();
  work.resolve();
  await done;
  await expect(gate.pass(caused, handled)).resolves.toBe('handled');
});

test('two pieces of work run one after the other, and the gate opens after an error', async () => {
  const gate = new RequestGate();
  const log: string[] = [];
  const failing = gate.alone(async () => {
    log.push('first');
    await turn();
    throw new Error('failed');
  });
  const second = gate.alone(async () => void log.push('second'));
  await expect(failing).rejects.toThrow('failed');
  await second;
  expect(log).toEqual(['first', 'second']);
  await expect(gate.pass(fromOutside, async () => 'open')).resolves.toBe('open');
});
