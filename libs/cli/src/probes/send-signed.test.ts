import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { PlainAgent } from './plain-agent.testing.ts';
import { prepare, send } from './send-signed.ts';

const api = {
  url: 'https://abc.execute-api.eu-west-1.amazonaws.com/dev',
  region: 'eu-west-1',
  now: new Date('2026-01-02T03:04:05Z'),
};
const keys = { accessKeyId: 'AKIA', secretAccessKey: 'secret', sessionToken: 'token' };
const request = { method: 'GET', path: '/sender', query: 'a=1', headers: { 'x-verify': '1' } };

test('a request is signed for the region and the time, with the session token', async () => {
  const { url, headers } = await prepare({ kind: 'send', request }, api, keys);
  expect(url).toBe('https://abc.execute-api.eu-west-1.amazonaws.com/dev/sender?a=1');
  expect(headers).toMatchObject({
    authorization: expect.stringContaining('Credential=AKIA/20260102/eu-west-1/execute-api/aws4_request'),
    'x-amz-date': '20260102T030405Z',
    'x-amz-security-token': 'token',
  });
});

test('a change after signing does not change the signature', async () => {
  const legal = await prepare({ kind: 'send', request }, api, keys);
  const tampered = { method: 'POST', query: 'a=2', headers: { 'x-verify': '2' }, body: 'x' };
  const { method, url, headers, body } = await prepare({ kind: 'send', request, tampered }, api, keys);
  expect({ method, url, body }).toEqual({ method: 'POST', url: legal.url.replace('a=1', 'a=2'), body: 'x' });
  expect(headers).toEqual({ ...legal.headers, 'x-verify': '2' });
});

test.each([
  ['region', { region: 'us-west-2' }, 'authorization', '/20260102/us-west-2/'],
  ['time', { ageMinutes: 10 }, 'x-amz-date', '20260102T025405Z'],
  ['session token', { sessionToken: 'malformed' }, 'x-amz-security-token', 'malformed'],
])('a signature with another %s has that instead', async (_what, fault, header, value) => {
  const { headers } = await prepare({ kind: 'send', request, fault }, api, keys);
  expect(headers[header]).toContain(value);
});

test('a request without keys goes out unsigned, to the stage that is asked for', async () => {
  expect(await prepare({ kind: 'send', request, stage: 'other' }, api, undefined)).toEqual({
    method: 'GET',
    url: 'https://abc.execute-api.eu-west-1.amazonaws.com/other/sender?a=1',
    headers: { 'x-verify': '1' },
    body: undefined,
  });
});

test.each(['DELETE', 'GET', 'POST'])(
  '%s with a body has its length, without which the body has no end',
  async (method) => {
    const server = createServer(async (received, response) => {
      const body = await text(received);
      response.end(JSON.stringify([received.method, received.headers['content-length'], body]));
    }).listen(0, '127.0.0.1');
    try {
      await once(server, 'listening');
      const agent = new PlainAgent((server.address() as AddressInfo).port);
      const wire = { method, url: 'https://api.example.com/a', headers: {} };
      expect(JSON.parse((await send({ ...wire, body: '{"é":1}' }, agent)).body)).toEqual([
        method,
        '8',
        '{"é":1}',
      ]);
      const without = JSON.parse((await send({ ...wire, body: undefined }, agent)).body);
      expect([without[0], without[2]]).toEqual([method, '']);
      agent.destroy();
    } finally {
      server.close();
    }
  },
);
