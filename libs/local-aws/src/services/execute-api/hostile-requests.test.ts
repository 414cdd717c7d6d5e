import fc from 'fast-check';
import { createGateway, type TestGateway } from './gateway.testing.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await createGateway({
    routes: [
      { path: '/messages', method: 'POST' },
      { path: '/items/{id}' },
      { path: '/files/{proxy+}', method: 'ANY' },
    ],
    async prepare(workbench, RestApiId) {
      return workbench.create('AWS::ApiGateway::GatewayResponse', {
        RestApiId,
        ResponseType: 'DEFAULT_4XX',
        ResponseParameters: {
          'gatewayresponse.header.x-echo': 'method.request.querystring.constructor',
          'gatewayresponse.header.x-path': 'method.request.path.proxy',
          'gatewayresponse.header.x-agent': 'method.request.header.user-agent',
        },
        ResponseTemplates: { 'application/json': '{"m":$context.error.messageString,"p":"$context.path"}' },
      });
    },
    stage: {
      AccessLogSetting: {
        DestinationArn: 'arn:aws:logs:eu-central-1:111111111111:log-group:x',
        Format: '{"id":"$context.requestId","path":"$context.path","agent":"$context.identity.userAgent"}',
      },
    },
  });
});

const piece = fc.oneof(
  fc.constantFrom(
    '/',
    '//',
    'dev',
    'messages',
    'items',
    'files',
    '..',
    '%2e%2e',
    '%2F',
    '%',
    '__proto__',
    'constructor',
    '?',
  ),
  fc.string({ maxLength: 6 }),
);
const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
const headers = fc.array(
  fc.tuple(
    fc.constantFrom(
      'host',
      'authorization',
      'x-amz-date',
      'x-amz-security-token',
      'content-type',
      'user-agent',
      'origin',
      'x-amzn-trace-id',
      '__proto__',
    ),
    fc.oneof(
      text,
      fc.constantFrom(
        'AWS4-HMAC-SHA256 Credential=ASIAOWN0000000000000/20261124/eu-central-1/execute-api/aws4_request',
      ),
    ),
  ),
  { maxLength: 6 },
);

test('every request without a valid signature is refused in JSON and logged in one line', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        method: fc.oneof(fc.constantFrom('GET', 'POST', 'OPTIONS', 'CONNECT'), fc.string({ maxLength: 8 })),
        rawPath: fc.oneof(
          text.map((path) => `/${path}`),
          text.map((path) => `/dev/${path}`),
        ),
        rawQuery: text,
        headers,
        body: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
      }),
      async (request) => {
        gateway.logged.length = 0;
        const response = await gateway.sendRaw(request);
        expect(response.status).toBe(403);
        JSON.parse(response.body.toString());
        // Throws if Node.js could not send it.
        new Headers(
          Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)]),
        );
        for (const { message } of gateway.logged) {
          expect(message).not.toContain('\n');
          JSON.parse(message);
        }
        expect(gateway.invoked).toEqual([]);
      },
    ),
    { numRuns: 1_000 },
  );
});
