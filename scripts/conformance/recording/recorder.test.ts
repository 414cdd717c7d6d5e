import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { RawExchange } from './exchange.ts';
import { recordRequests } from './recorder.ts';

test('a request is recorded with both bodies, in one piece or several, and the program notices nothing', async () => {
  const server = createServer(async (incoming, response) => {
    const body = await text(incoming);
    response.writeHead(201, { 'X-Amzn-ErrorType': 'Some' });
    response.write('got ');
    response.end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const recorded: RawExchange[] = [];
  const stop = recordRequests((exchange) => void recorded.push(exchange));
  const send = async (...chunks: readonly string[]) => {
    const outgoing = request({ port, host: '127.0.0.1', method: 'POST', path: '/a?b=c' });
    for (const chunk of chunks.slice(0, -1)) outgoing.write(chunk);
    outgoing.end(chunks.at(-1));
    const [response] = await once(outgoing, 'response');
    return text(response);
  };
  expect(await send('one')).toBe('got one');
  expect(await send('one', 'two', 'three')).toBe('got onetwothree');
  stop();
  expect(await send('not recorded')).toBe('got not recorded');
  server.closeAllConnections();
  server.close();
  expect(recorded).toMatchObject([
    {
      method: 'POST',
      path: '/a?b=c',
      host: '127.0.0.1',
      status: 201,
      headers: { 'x-amzn-errortype': 'Some' },
    },
    {},
  ]);
  expect(recorded.map(({ requestBody, body }) => [requestBody.toString(), body.toString()])).toEqual([
    ['one', 'got one'],
    ['onetwothree', 'got onetwothree'],
  ]);
});
