import { installVirtualTime, type VirtualTime } from '../lib/virtual-time.ts';
import { type Machine, SimulatedEnvironment } from './environment.ts';
import type { HostEffect } from './plan.ts';

let time: VirtualTime<SimulatedEnvironment>;
let environment: SimulatedEnvironment;
let effects: (HostEffect | undefined)[];
let ran: [name: string, clock: number][];

beforeEach(() => {
  time = installVirtualTime<SimulatedEnvironment>(0);
  effects = [];
  ran = [];
  const machine: Machine = {
    time,
    nextInvocation: () => 0,
    nextStep: () => effects.shift(),
    trace: () => {},
  };
  environment = new SimulatedEnvironment('a#1', 'api', machine);
});
afterEach(() => time.uninstall());

const note = (name: string) => () => void ran.push([name, Date.now()]);
const inside = (at: number, work: () => void) => time.at(at, work, environment);

test('a frozen process gets the events of the freeze when it resumes, by its own clock', async () => {
  inside(10, () => setTimeout(note('timer'), 20));
  time.at(15, () => environment.freeze());
  time.at(100, () => environment.resume(-5, note('invocation'), false));
  await time.runUntil(200);
  expect(ran).toEqual([
    ['invocation', 95],
    ['timer', 96],
  ]);
});

test('a timer that came in a freeze can still be cleared', async () => {
  let timer: NodeJS.Timeout;
  inside(10, () => {
    timer = setTimeout(note('timer'), 20);
  });
  time.at(15, () => environment.freeze());
  time.at(100, () => environment.resume(0, () => clearTimeout(timer), false));
  await time.runUntil(200);
  expect(ran).toEqual([]);
});

test('a stall delays all that follows, also within one step of the event loop', async () => {
  inside(10, () => {
    effects = [{ type: 'stall', ms: 50 }];
    note('stalled')();
    setTimeout(note('timer'), 5);
  });
  inside(20, note('event'));
  await time.runUntil(200);
  expect(ran).toEqual([
    ['stalled', 60],
    ['event', 60],
    ['timer', 65],
  ]);
});

test('a process may stand still until its time is almost over, and beyond', async () => {
  inside(10, () => {
    environment.begins(100);
    effects = [{ type: 'stall to deadline', leftMs: 30 }];
    note('stalled')();
  });
  inside(20, () => {
    effects = [{ type: 'stall to deadline', leftMs: -5 }];
    note('stalled again')();
  });
  await time.runUntil(200);
  expect(ran).toEqual([
    ['stalled', 70],
    ['stalled again', 105],
  ]);
});

test('a dead process runs nothing more, and has a reason', async () => {
  const reasons: string[] = [];
  environment.onDeath((reason) => reasons.push(reason));
  inside(10, () => {
    effects = [{ type: 'kill' }];
    Date.now();
  });
  inside(20, note('event'));
  await time.runUntil(200);
  expect([ran, reasons, environment.isDead]).toEqual([[], ['it was killed'], true]);
});
