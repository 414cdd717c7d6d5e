import { createSignedFetch } from '@cross-account-api/signed-fetch';
import { AwsClient } from 'aws4fetch';
import type { WarmCosts, WarmRequest } from './warm.ts';

/** Calls of a batch, after which the other client has its turn. */
const BATCH = 300;

/** The first batches are not measured: V8 still compiles. */
const WARM_UP = 8;

const credentials = {
  accessKeyId: 'ASIAEXAMPLE123456789',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'T'.repeat(800),
};
const message = { foo: 'bar', note: 'n'.repeat(100) };

/** Of two clients, a call that posts JSON and reads JSON. */
function clients({
  baseUrl,
  region,
}: WarmRequest): readonly [() => Promise<unknown>, () => Promise<unknown>] {
  const api = createSignedFetch({ baseUrl, region, credentials });
  const end = Date.now() + 3_600_000;
  const bound = api.bind({
    remainingTimeInMillis: () => end - Date.now(),
    signal: new AbortController().signal,
  });
  const peer = new AwsClient({ ...credentials, region, service: 'execute-api' });
  return [
    () => bound.json('/messages', { json: message }),
    async () => {
      const response = await peer.fetch(`${baseUrl}/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(message),
      });
      if (!response.ok) throw new Error(`The API answered ${response.status}.`);
      return response.json();
    },
  ];
}

/** The CPU time, in µs, and the allocated bytes of a call of a batch. The bytes are right if no garbage was collected in between. */
async function costs(call: () => Promise<unknown>, inFlight: number): Promise<[number, number]> {
  globalThis.gc?.();
  const memory = process.memoryUsage().heapUsed;
  const start = process.cpuUsage();
  let left = BATCH;
  const worker = async () => {
    for (; left > 0; left -= 1) await call();
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const { user, system } = process.cpuUsage(start);
  return [(user + system) / BATCH, (process.memoryUsage().heapUsed - memory) / BATCH];
}

process.once('message', async (request: WarmRequest) => {
  const calls = clients(request);
  const rounds: WarmCosts[] = [];
  for (let round = -WARM_UP; round < request.rounds; round += 1) {
    const [ours, peer] = [await costs(calls[0], request.inFlight), await costs(calls[1], request.inFlight)];
    if (round >= 0) rounds.push({ cpuMicroseconds: [ours[0], peer[0]], bytes: [ours[1], peer[1]] });
  }
  process.send?.(rounds, () => process.exit());
});
