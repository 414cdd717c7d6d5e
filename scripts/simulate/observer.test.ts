import { installVirtualTime } from '../lib/virtual-time.ts';
import { SimulatedEnvironment } from './environment.ts';
import type { SimulatedInvocation } from './lambda.ts';
import type { Sent } from './network.ts';
import { Observer } from './observer.ts';

/** Sends requests from an environment whose clock is 27 minutes late, at times in milliseconds, each with a correction of the clock. */
function send(requests: readonly { at: number; correctionMs: number; isRefused?: true }[]) {
  const time = installVirtualTime<SimulatedEnvironment>(0, 1);
  try {
    let now = 0;
    const observer = new Observer(() => now, { timeoutMs: 10_000, marginMs: 500 });
    const environment = new SimulatedEnvironment('billing#1', 'caller', {
      time,
      nextInvocation: () => 0,
      nextStep: () => undefined,
      trace: () => {},
    });
    environment.clockOffsetMs = -1_620_000;
    environment.now = () => now;
    for (const { at, correctionMs, isRefused } of requests) {
      now = Date.UTC(2026, 0, 1) + at;
      const signed = new Date(now + environment.clockOffsetMs + correctionMs).toISOString();
      const headers = { 'x-amz-date': `${signed.replaceAll(/[:-]|\.\d{3}/g, '').slice(0, -1)}Z` };
      const sent = { from: environment, headers, body: '', method: 'POST', url: '', shown: '' };
      const watch = observer.callsApi(
        { ...sent, link: 'api', kind: 'api keyed' },
        undefined,
        undefined,
        false,
      );
      const refusal = { 'x-amzn-errortype': 'InvalidSignatureException' };
      if (isRefused) watch.settled({ status: 403, headers: refusal, body: Buffer.from('') });
    }
    return observer.observed.oldSignatures;
  } finally {
    time.uninstall();
  }
}

/** A response that was late on its way gives the first call a correction that is 1.4 s behind that of the second one. */
const TWO_CORRECTIONS = [
  { at: 920, correctionMs: 0, isRefused: true },
  { at: 2_066, correctionMs: 1_618_233 },
  { at: 6_388, correctionMs: 0, isRefused: true },
  { at: 6_403, correctionMs: 1_619_612 },
  { at: 7_154, correctionMs: 1_619_612 },
] as const;

test('calls that try corrections with little between them sign for their own times', () => {
  expect(send([...TWO_CORRECTIONS, { at: 7_286, correctionMs: 1_618_233 }])).toEqual([]);
});

test('a signature that is older than both corrections is an old one', () => {
  const old = { at: 12_000, correctionMs: 1_618_233 - 4_000 };
  expect(send([...TWO_CORRECTIONS, old])).toMatchObject([{ environment: 'billing#1' }]);
});

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
