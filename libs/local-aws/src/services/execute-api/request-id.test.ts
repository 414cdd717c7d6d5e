import type { AwsResponse } from '../../core/request.ts';
import { createGateway, type GatewayOptions, headerOf } from './gateway.testing.ts';

/** The sender of awsdocs/amazon-api-gateway-developer-guide, issue 71, chose the second one, and API Gateway answered with it. */
const UUID = 'c6a1d40c-8434-4be6-b923-5dba2f0c6a11';
const NUMBER = '12345678';

const stage = {
  AccessLogSetting: {
    DestinationArn: 'arn:aws:logs:eu-central-1:111111111111:log-group:/aws/api-gateway/api-dev:*',
    Format: '{"id":"$context.requestId","extended":"$context.extendedRequestId"}',
  },
};

async function send(id: string | undefined, options: GatewayOptions = {}, rawPath = '/dev/messages') {
  const gateway = await createGateway({ stage, ...options });
  const headers: [string, string][] = id === undefined ? [] : [['x-amzn-requestid', id]];
  const response = await gateway.send({ method: 'POST', rawPath, body: '{}', headers });
  const [line = '{}'] = gateway.logged.map(({ message }) => message);
  return { gateway, ids: idsOf(response), logged: JSON.parse(line), event: gateway.invoked[0]?.event };
}

const idsOf = (response: AwsResponse) => ({
  id: headerOf(response, 'x-amzn-RequestId'),
  extended: headerOf(response, 'x-amz-apigw-id'),
});

test.each([
  ['a UUID', UUID, UUID],
  ['another text, which the access log does not have', NUMBER, 'UUID_REPLACED_INVALID_REQUEST_ID'],
])('the client of a REST API chooses the request ID: %s', async (_what, chosen, inLog) => {
  const { ids, logged, event } = await send(chosen);
  expect(ids.id).toBe(chosen);
  expect(logged).toEqual({ id: inLog, extended: ids.extended });
  expect(event?.requestContext).toMatchObject({ requestId: chosen, extendedRequestId: ids.extended });
});

test('two requests with the ID of one client differ by their extended IDs, in answer, log and event', async () => {
  const gateway = await createGateway({ stage });
  const sent = async () =>
    idsOf(await gateway.send({ method: 'POST', body: '{}', headers: [['x-amzn-requestid', UUID]] }));
  const all = [await sent(), await sent()];
  expect(new Set(all.map(({ id }) => id)).size).toBe(1);
  expect(new Set(all.map(({ extended }) => extended)).size).toBe(2);
  expect(gateway.logged.map(({ message }) => JSON.parse(message))).toEqual(all);
  expect(gateway.invoked.map(({ event }) => event.requestContext.extendedRequestId)).toEqual(
    all.map(({ extended }) => extended),
  );
});

test('nobody chooses the extended ID, and without a header the request ID is a new UUID', async () => {
  const gateway = await createGateway({ stage });
  const response = await gateway.send({
    method: 'POST',
    body: '{}',
    headers: [['x-amz-apigw-id', 'JKJaXmPLvHcESHA=']],
  });
  // AWS's have 15 characters of the alphabet for URLs, as in U9euFi_ySQ0EPsw=
  expect(idsOf(response)).toEqual({
    id: expect.stringMatching(/^[\da-f-]{36}$/),
    extended: expect.stringMatching(/^[\w-]{15}=$/),
  });
  expect(idsOf(response).extended).not.toBe('JKJaXmPLvHcESHA=');
});

test('an answer that no function made has the ID of the client, too', async () => {
  const { ids, gateway } = await send(UUID, {}, '/dev/nothing');
  expect(ids).toEqual({ id: UUID, extended: expect.stringMatching(/=$/) });
  expect(gateway.invoked).toEqual([]);
  const elsewhere = await send(UUID, {}, '/none/messages');
  expect(elsewhere.ids.id).toBe(UUID);
});

test('the trace finds a request by each of its IDs, and keeps an ID of its own', async () => {
  const { gateway, ids } = await send(UUID);
  const [event] = gateway.trace.events();
  expect(event?.requestId).not.toBe(UUID);
  for (const id of [event?.requestId, ids.id, ids.extended]) {
    expect(gateway.trace.find(String(id))).toBe(event);
  }
});
