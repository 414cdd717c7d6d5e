import { createGateway, type GatewayOptions, otherCredential } from '../gateway.testing.ts';

const format = JSON.stringify({
  requestId: '$context.requestId',
  caller: '$context.identity.userArn',
  account: '$context.identity.accountId',
  route: '$context.httpMethod $context.resourcePath',
  path: '$context.path',
  status: '$context.status',
  type: '$context.error.responseType',
  error: '$context.error.message',
  integration: '$context.integration.status',
  integrationError: '$context.integration.error',
  length: '$context.responseLength',
  agent: '$context.identity.userAgent',
  trace: '$context.xrayTraceId',
});
const stage = {
  TracingEnabled: true,
  AccessLogSetting: {
    DestinationArn: 'arn:aws:logs:eu-central-1:111111111111:log-group:/aws/api-gateway/api-dev:*',
    Format: format,
  },
};
const log = async (options: GatewayOptions = {}) => {
  const gateway = await createGateway({ stage, ...options });
  return { gateway, lines: () => gateway.logged.map(({ message }) => JSON.parse(message)) };
};

test('an answered request is logged with the values of its variables', async () => {
  const { gateway, lines } = await log();
  await gateway.send({ method: 'POST', body: '{}' });
  expect(gateway.logged).toMatchObject([
    {
      group: '/aws/api-gateway/api-dev',
      accountId: '111111111111',
      stream: expect.stringMatching(/^[0-9a-f]{32}$/),
    },
  ]);
  expect(lines()).toEqual([
    {
      requestId: '00000000-0000-4000-8000-000000000000',
      caller: 'arn:aws:sts::111111111111:assumed-role/invoke/caller',
      account: '111111111111',
      route: 'POST /messages',
      path: '/dev/messages',
      status: '200',
      type: '-',
      error: '-',
      integration: '200',
      integrationError: '-',
      length: '2',
      agent: '-',
      trace: expect.stringMatching(/^1-[0-9a-f]{8}-[0-9a-f]{24}$/),
    },
  ]);
});

test.each<[string, GatewayOptions, object]>([
  [
    'a denied caller',
    { identityPolicies: [] },
    {
      status: '403',
      type: 'ACCESS_DENIED',
      caller: 'arn:aws:sts::111111111111:assumed-role/invoke/caller',
      route: 'GET /messages',
      integration: '-',
    },
  ],
  [
    'another account',
    { credential: otherCredential },
    { status: '403', type: 'ACCESS_DENIED', account: '222222222222' },
  ],
  [
    'a function without permission',
    { outcome: 'denied' },
    {
      status: '500',
      type: 'INTEGRATION_FAILURE',
      integration: '403',
      integrationError: 'Invalid permissions on Lambda function',
    },
  ],
  [
    'a malformed answer',
    { answer: 1 },
    {
      status: '502',
      type: 'DEFAULT_5XX',
      integrationError: expect.stringContaining('Malformed Lambda proxy response'),
    },
  ],
])('the log shows %s', async (_what, options, expected) => {
  const { gateway, lines } = await log(options);
  await gateway.send({});
  expect(lines()).toMatchObject([expected]);
});

test('a request that is unsigned or has no route is logged, and a request without a stage is not', async () => {
  const { gateway, lines } = await log();
  await gateway.sendRaw({});
  await gateway.sendRaw({ rawPath: '/dev/nothing' });
  await gateway.sendRaw({ rawPath: '/other/messages' });
  expect(lines()).toMatchObject([
    {
      status: '403',
      type: 'MISSING_AUTHENTICATION_TOKEN',
      error: 'Missing Authentication Token',
      caller: '-',
      route: 'GET /messages',
    },
    { status: '403', type: 'MISSING_AUTHENTICATION_TOKEN', route: 'GET ', path: '/dev/nothing' },
  ]);
});

test('a caller cannot add lines or members to the log', async () => {
  const { gateway, lines } = await log();
  await gateway.send({ headers: [['user-agent', 'x","status":"200\n{"']] });
  expect(gateway.logged).toHaveLength(1);
  expect(gateway.logged[0]?.message).not.toContain('\n');
  expect(lines()).toMatchObject([{ agent: 'x","status":"200\n{"', status: '200' }]);
});

test('$context.error.messageString is a quoted text, or a dash without quotes if there was no error', async () => {
  const AccessLogSetting = {
    ...stage.AccessLogSetting,
    Format: '$context.requestId $context.error.messageString',
  };
  const gateway = await createGateway({ stage: { ...stage, AccessLogSetting } });
  await gateway.send({});
  await gateway.sendRaw({});
  expect(gateway.logged.map(({ message }) => message.slice(37))).toEqual([
    '-',
    '"Missing Authentication Token"',
  ]);
});
