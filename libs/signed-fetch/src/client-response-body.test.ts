import * as v from 'valibot';
import { json, ok, outcome, setUp } from './client.testing.ts';
import { useFakeTime } from './fake-api.testing.ts';
import { InvalidResponse, type RequestOptions, ResponseTooLarge } from './index.ts';

useFakeTime();

describe('a large answer', () => {
  test('a large response is read up to the limit, and no further', async () => {
    const chunk = new Uint8Array(1_000);
    let pulled = 0;
    let cancelled = false;
    const endless = () =>
      new Response(
        new ReadableStream({
          pull: (controller) => {
            pulled += 1;
            controller.enqueue(chunk);
          },
          cancel: () => {
            cancelled = true;
          },
        }),
        { headers: { 'x-amzn-requestid': 'request-1' } },
      );
    const { client } = setUp([], { maxResponseBytes: 5_000, fetch: async () => endless() });
    const error = await client.fetch('/').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ResponseTooLarge);
    expect(error).toMatchObject({
      code: 'ResponseTooLarge',
      status: 200,
      requestId: 'request-1',
      attempts: [{ outcome: 'answered', status: 200 }],
    });
    expect(String(error)).toMatch(/answered 200: more than 5000 bytes\n.*raise maxResponseBytes/);
    expect(pulled).toBeLessThan(10);
    expect(cancelled).toBe(true);
  });

  test('a response of exactly the limit is returned', async () => {
    const { client } = setUp([new Response('x'.repeat(5_000))], { maxResponseBytes: 5_000 });
    expect((await client.fetch('/')).text()).toBe('x'.repeat(5_000));
  });

  test('a request whose response is too large is not repeated, not even after an error status', async () => {
    const { api, client } = setUp([new Response('x'.repeat(5_001), { status: 503 })], {
      maxResponseBytes: 5_000,
    });
    expect(await outcome(client.fetch('/'))).toBeInstanceOf(ResponseTooLarge);
    expect(api.requests).toHaveLength(1);
  });

  test('a response may by default have 11 MiB, which is a little more than API Gateway allows', async () => {
    const { client } = setUp([
      () => new Response(new Uint8Array(11 * 2 ** 20)),
      () => new Response(new Uint8Array(11 * 2 ** 20 + 1)),
    ]);
    expect((await client.fetch('/')).body).toHaveLength(11 * 2 ** 20);
    await expect(client.fetch('/')).rejects.toBeInstanceOf(ResponseTooLarge);
  });
});

test('the request ID of an HTTP API is found, too', async () => {
  const { client } = setUp([new Response('{}', { headers: { 'apigw-requestid': 'JKJaXmPLvHcESHA=' } })]);
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html: the other is "Equivalent to" it.
  expect(await client.json('/')).toMatchObject({
    requestId: 'JKJaXmPLvHcESHA=',
    extendedRequestId: 'JKJaXmPLvHcESHA=',
  });
});

describe('JSON', () => {
  test.each<[string, Response, RegExp]>([
    ['HTML', new Response('<html>hello</html>'), /not with JSON. The body begins with "<html>hello<\/html>"/],
    ['malformed JSON', new Response(`{"a":${'x'.repeat(5_000)}`), /begins with "\{\\"a\\":x{195}…"/],
  ])('a response with %s is an error that shows its start', async (_what, answer, message) => {
    const { client } = setUp([answer]);
    const error = await client.json('/').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(InvalidResponse);
    expect(String(error)).toMatch(message);
  });

  test.each([200, 202, 204, 205])('the body of an empty %d response is undefined', async (status) => {
    const { client } = setUp([new Response(null, { status })]);
    expect(await client.json('/')).toMatchObject({ status, body: undefined });
  });

  test.each(['GET', 'HEAD'])('a 304 is a success of a %s that has a condition', async (method) => {
    for (const headers of [
      { 'If-None-Match': '"1"' },
      { 'If-Modified-Since': 'Tue, 24 Nov 2026 12:00:00 GMT' },
    ]) {
      const { client } = setUp([new Response(null, { status: 304 })]);
      expect(await client.json('/', { method, headers })).toMatchObject({ status: 304, body: undefined });
    }
  });

  test.each<[string, RequestOptions]>([
    ['a GET without a condition', {}],
    ['a POST', json],
    ['a POST with a condition', { ...json, headers: { 'If-None-Match': '"1"' } }],
    ['a PUT with a condition', { ...json, method: 'PUT', headers: { 'If-None-Match': '*' } }],
  ])('a 304 is an error of %s, which asks for a response with a body', async (_, options) => {
    const { api, client } = setUp([new Response(null, { status: 304 })]);
    const error = await client.json('/', options).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'ApiError', status: 304 });
    expect(String(error)).toContain('Only a GET or HEAD with If-None-Match or If-Modified-Since');
    expect(api.requests).toHaveLength(1);
  });

  test('the body of a response to HEAD is undefined', async () => {
    const { client } = setUp([new Response(null, { headers: { 'content-type': 'application/json' } })]);
    expect(await client.json('/', { method: 'HEAD' })).toMatchObject({ status: 200, body: undefined });
  });

  test('a byte order mark at the beginning of a body is not a part of it', async () => {
    const { client } = setUp([() => new Response('\ufeff{"ok":true}')]);
    expect((await client.json('/')).body).toEqual({ ok: true });
    expect((await client.text('/')).body).toBe('{"ok":true}');
    expect((await client.fetch('/')).text()).toBe('{"ok":true}');
  });

  test('a 202 response that has a body is parsed', async () => {
    const { client } = setUp([new Response('{"queued":true}', { status: 202 })]);
    expect((await client.json('/')).body).toEqual({ queued: true });
  });

  test('a schema gives the body its type, or says what is wrong', async () => {
    const v = await import('valibot');
    const { client } = setUp([ok()]);
    const { body } = await client.json('/', { schema: v.object({ ok: v.boolean() }) });
    const typed: boolean = body.ok;
    expect(typed).toBe(true);
    const wrong = client.json('/', { schema: v.object({ ok: v.object({ deep: v.string() }) }) });
    await expect(wrong).rejects.toThrow(/not as the schema says \(ok: Invalid type/);
    const { body: unchecked } = await client.json('/');
    // @ts-expect-error: without a schema nothing is known about the body
    expect(unchecked.ok).toBe(true);
  });
});

test('text() returns the text as it is, checks it by the schema, and asks for nothing', async () => {
  const { api, client } = setUp([new Response('id,pens\n'), new Response(''), new Response('pens')]);
  const { body, status } = await client.text('/orders', { headers: { Accept: 'text/csv' } });
  expect([body, status, api.requests[0]?.headers.get('accept')]).toEqual(['id,pens\n', 200, 'text/csv']);
  const schema = v.pipe(v.string(), v.startsWith('id'));
  expect((await client.text('/orders')).body).toBe('');
  await expect(client.text('/orders', { schema })).rejects.toThrow(
    'answered 200, but not as the schema says',
  );
});

test('a body of json() is not sent with a Content-Type that is no type of JSON', async () => {
  const { api, client } = setUp([ok(), ok()]);
  const send = (type: string) => client.json('/', { json: {}, headers: { 'Content-Type': type } });
  for (const type of ['application/json; charset=utf-8', 'application/merge-patch+json']) await send(type);
  await expect(send('text/csv')).rejects.toThrow(/json is sent as JSON.*Send other text as body/);
  expect(api.requests).toHaveLength(2);
});
