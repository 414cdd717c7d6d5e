import { installVirtualTime } from '../lib/virtual-time.ts';
import { SimulatedEnvironment } from './environment.ts';
import type { SimulatedInvocation } from './lambda.ts';
import type { Sent } from './network.ts';
import { Observer } from './observer.ts';

test('a record that the network repeats after its deletion, and deletes again, was forgotten the first time', () => {
  const time = installVirtualTime<SimulatedEnvironment>(0, 1);
  try {
    let now = 0;
    const observer = new Observer(() => now, { timeoutMs: 10_000, marginMs: 500 });
    const environment = new SimulatedEnvironment('messages#1', 'api', {
      time,
      nextInvocation: () => 0,
      nextStep: () => undefined,
      trace: () => {},
    });
    const invocation: SimulatedInvocation = { id: '1', environment, deadline: 5_000, stalledBefore: 0 };
    const sent = { from: environment, headers: {}, body: '' };
    const request: Sent = { ...sent, link: 'api', kind: 'api keyed', method: 'POST', url: '', shown: '' };
    observer.apiInvoked(invocation, 'request-1', '', '', request, 1, 5_000);
    const asks = (kind: Sent['kind']) => observer.asksTable({ ...request, link: 'table', kind }, invocation);
    const put = asks('keys PutItem');
    const deletion = asks('keys DeleteItem');
    for (const [at, carryOut] of [
      [100, () => put.stored({})],
      [200, () => deletion.stored(undefined)],
      [1_100, () => put.stored({})],
      [1_200, () => deletion.stored(undefined)],
    ] as const) {
      now = at;
      carryOut();
    }
    expect(observer.observed.api).toMatchObject([{ forgottenAt: 200, recordedAgain: true }]);
  } finally {
    time.uninstall();
  }
});
