import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { Account } from '../../aws/account.ts';
import { PlainAgent } from '../../probes/plain-agent.testing.ts';
import { workInPairProject } from '../../project/pair.testing.ts';
import { type EvidenceSource, gatherEvidence } from './evidence.ts';

workInPairProject();

const keys = { accessKeyId: 'ASIAEXAMPLE000000001', secretAccessKey: 'secret' };
const TOKEN = 'the-session-token-of-the-profile';

/** The answers of API Gateway's control plane to the SDK, by the command. */
const answers: Readonly<Record<string, object>> = {
  GetStageCommand: {
    deploymentId: 'deployed',
    accessLogSettings: { destinationArn: 'arn:aws:logs:eu-west-1:111111111111:log-group:access' },
  },
  GetDeploymentCommand: { apiSummary: { '/orders/{id}': { GET: {} } } },
};

/**
 * Gathers what a report says of a request that was changed after signing.
 * @param write the line of the access log for a request, which has the ID `request-1`
 */
async function tamperedRequest(
  write: (headers: IncomingHttpHeaders) => string,
  sessionToken: string | null = TOKEN,
) {
  let line = '';
  const server = createServer((received, response) => {
    line = write(received.headers);
    response.writeHead(403, { 'x-amzn-requestid': 'request-1' }).end('{"message":"Forbidden"}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = new PlainAgent((server.address() as AddressInfo).port);
  const credentials = async () => ({ ...keys, ...(sessionToken !== null && { sessionToken }) });
  const logs = async () => {
    const events = [{ message: 'request-0 of somebody else' }, { message: line }];
    return {
      response: { statusCode: 200, headers: {}, body: Readable.from([JSON.stringify({ events })]) },
    };
  };
  const account = {
    iam: { config: { credentials } },
    apiGateway: () => ({ send: async (command: object) => answers[command.constructor.name] }),
    sdk: { region: 'eu-west-1', credentials, requestHandler: { handle: logs } },
    client: () => {
      throw new Error('nobody may read stacks');
    },
  } as unknown as Account;
  const source = {
    open: { api: account, caller: account, stage: 'local', region: 'eu-west-1' },
    call: {},
    pair: { api: { apiId: 'a1b2c3d4e5', region: 'eu-west-1', accountId: '111111111111' }, stage: 'dev' },
    agent,
    request: { method: 'GET', path: '/orders/1', query: 'a=1' },
    calls: [],
    waitSeconds: 0,
  } as unknown as EvidenceSource;
  try {
    return await gatherEvidence(source);
  } finally {
    agent.destroy();
    server.close();
  }
}

const line = (members: object) => JSON.stringify({ requestId: 'request-1', status: '403', ...members });

test('the report says whether the access log has the session token with which the request was signed', async () => {
  const leaking = (headers: IncomingHttpHeaders) =>
    line({ error: `token ${headers['x-amz-security-token']}` });
  expect((await tamperedRequest(leaking)).tamperedRequest).toMatchObject({ token: 'present' });
  expect((await tamperedRequest(() => line({ key: keys.accessKeyId }))).tamperedRequest).toMatchObject({
    line: { status: '403' },
    token: 'absent',
  });
  expect((await tamperedRequest(() => line({}), null)).tamperedRequest).toMatchObject({
    token: 'the request had none',
  });
});

test('what cannot be read of a deployment has the reason, and the rest is read', async () => {
  const evidence = await tamperedRequest(() => 'a line of another request');
  expect(evidence).toMatchObject({
    failedEvents: { unread: expect.stringContaining('nobody may') },
    lastDeployment: { unread: expect.stringContaining('nobody may') },
    apiSummaryKeys: ['/…/{…} GET'],
    tamperedRequest: { unread: 'The access log has no line of the request yet.' },
    coldCall: { unread: expect.stringContaining('No call started cold.') },
    warmCall: { unread: 'No call started warm.' },
  });
});
