import { createHmac, hash } from 'node:crypto';
import { createSignedFetch } from '@cross-account-api/signed-fetch';
import aws4 from 'aws4';
import { createSigner } from '../../libs/signed-fetch/src/sign.ts';
import { readNumber, runCommand } from '../lib/command-line.ts';
import { type Figure, figure, ratios, reportFigures, spreadOf } from '../lib/figures.ts';

/** The number of runs of a contender before the next one's turn. */
const BATCH = 100;

await runCommand(
  'bench:signing',
  'Times what signed-fetch costs: the signature of a POST with an 800-byte session token, and a call without the network. Compares both with the three hashes that a signature needs at least. Exit code 1: a target was missed.',
  {
    rounds: { type: 'string', value: 'N', description: `Rounds of ${BATCH} runs of each (default 200)` },
    json: { type: 'boolean', description: 'Prints one JSON document instead' },
  },
  async ({ json = false, rounds }) => {
    const count = readNumber('rounds', rounds, { default: 200, min: 10, max: 100_000 });
    return reportFigures(await measure(count), json);
  },
);

/** Measures in rounds, for the ratios. */
async function measure(rounds: number): Promise<Figure[]> {
  const all = contenders();
  // Lets V8 optimize all of them.
  for (let round = 0; round < 20; round += 1) for (const run of Object.values(all)) await time(run);
  const times: Record<keyof typeof all, number[]> = {
    hashes: [],
    sign: [],
    aws4: [],
    response: [],
    call: [],
  };
  for (let round = 0; round < rounds; round += 1) {
    for (const name of Object.keys(all) as (keyof typeof all)[]) times[name].push(await time(all[name]));
  }
  const { hashes, sign, response, call } = times;
  // The time of the stub does not belong to the client.
  const stub = spreadOf(response).median;
  const overhead = call.map((value) => value - stub);
  return [
    figure(
      'three hashes',
      'µs',
      hashes,
      undefined,
      'of body and canonical request, and an HMAC with a key of bytes',
    ),
    figure('aws4', 'µs', times.aws4, undefined),
    figure('a signature', 'µs', sign, undefined),
    figure(
      'a call',
      'µs',
      overhead,
      undefined,
      'api.json() in an invocation, signature included, without fetch',
    ),
    figure(
      'signature ÷ three hashes',
      '×',
      ratios(sign, hashes),
      { atMost: 2.55 },
      '25 µs where the hashes take 9.8 µs',
    ),
    figure(
      'call ÷ three hashes',
      '×',
      ratios(overhead, hashes),
      { atMost: 4.59 },
      '45 µs where the hashes take 9.8 µs',
    ),
  ];
}

/** The duration of one run of a batch, in µs. */
async function time(run: () => unknown): Promise<number> {
  const start = performance.now();
  for (let turn = 0; turn < BATCH; turn += 1) await run();
  return ((performance.now() - start) / BATCH) * 1_000;
}

function contenders() {
  const host = 'abc123.execute-api.eu-west-1.amazonaws.com';
  const href = `https://${host}/dev/messages`;
  const credentials = {
    accessKeyId: 'ASIAEXAMPLE123456789',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    sessionToken: 'T'.repeat(800),
  };
  const json = { foo: 'bar', note: 'n'.repeat(100) };
  const text = JSON.stringify(json);
  const body = Buffer.from(text);
  const idempotencyKey = '0b0ad4bc-38a6-44f5-9ef8-4f3d1ea3d7d6';
  const headers = {
    accept: 'application/json',
    'content-type': 'application/json',
    'idempotency-key': idempotencyKey,
    'user-agent': 'bench',
  };
  const request = { method: 'POST', href, headers, body };

  const digest = '0'.repeat(64);
  const canonical = `POST\n/dev/messages\n\naccept:application/json\nhost:${host}\nidempotency-key:${idempotencyKey}\nx-amz-date:20261124T120000Z\nx-amz-security-token:${credentials.sessionToken}\n\naccept;host;idempotency-key;x-amz-date;x-amz-security-token\n${digest}`;
  const toSign = `AWS4-HMAC-SHA256\n20261124T120000Z\n20261124/eu-west-1/execute-api/aws4_request\n${digest}`;
  const key = Buffer.alloc(32, 1);

  const sign = createSigner('eu-west-1');
  const respond = async () =>
    new Response('{"ok":true}', { headers: { 'x-amzn-requestid': idempotencyKey } });
  const api = createSignedFetch({ baseUrl: `https://${host}/dev`, credentials, fetch: respond });
  const end = Date.now() + 3_600_000;
  const bound = api.bind({
    remainingTimeInMillis: () => end - Date.now(),
    signal: new AbortController().signal,
  });
  return {
    hashes: () => {
      hash('sha256', body);
      hash('sha256', canonical);
      return createHmac('sha256', key).update(toSign).digest('hex');
    },
    sign: () => sign(request, credentials, Date.now()),
    aws4: () =>
      aws4.sign(
        {
          method: 'POST',
          host,
          path: '/dev/messages',
          service: 'execute-api',
          region: 'eu-west-1',
          headers: { ...headers },
          body: text,
        },
        credentials,
      ),
    response: async () => {
      const reader = (await respond()).body?.getReader();
      while ((await reader?.read())?.done === false);
    },
    call: () => bound.json('/messages', { json, idempotencyKey }),
  };
}
