import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { APIGatewayClient, GetDomainNamesCommand } from '@aws-sdk/client-api-gateway';
import { verifyStage } from '../../libs/cli/src/commands/verify/verify-stage.ts';
import { type ApiAnswer, callApi, signed } from './call-api.testing.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import { API_ACCOUNT, apiOutputs, invokeCaller, startTestBed, type TestBed } from './test-bed.testing.ts';

const URL_OF_DOMAIN = 'https://api.example.com/exchange';

let bed: TestBed;
/** The response to a message that was sent before the stage had a domain. */
let beforeDomain: ApiAnswer;
beforeAll(async () => {
  bed = await startTestBed();
  jest.spyOn(process, 'cwd').mockReturnValue(bed.project.root);
  await deployPackages(bed);
  beforeDomain = await postParcel((await apiOutputs(bed)).ApiUrl);
  await writeFile(
    join(bed.project.root, 'services/stages.yml'),
    `local:
  customDomain:
    name: api.example.com
    certificateArn: arn:aws:acm:us-east-1:${API_ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012
    basePath: exchange
    hostedZoneId: Z0123456789ABCDEFGHIJ
    disableDefaultEndpoint: true
`,
  );
  await deployPackages(bed);
});
afterAll(async () => {
  jest.restoreAllMocks();
  await bed?.close();
});

/** Sends the same message, with the same key, to one of the API's addresses. */
async function postParcel(apiUrl: string): Promise<ApiAnswer> {
  const { credentials } = bed.administrator(API_ACCOUNT);
  const headers = { 'content-type': 'application/json', 'idempotency-key': 'order-42' };
  const request = { method: 'POST', headers, body: '{"foo":"bar"}' };
  return callApi(bed, `${apiUrl}/parcels`, await signed(`${apiUrl}/parcels`, credentials, request));
}

test('a message from before the domain was added is recognized when it is repeated', async () => {
  expect(beforeDomain).toMatchObject({ status: 200 });
  const again = await postParcel(URL_OF_DOMAIN);
  expect(again).toMatchObject({ status: 200, body: beforeDomain.body });
  expect(again.requestId).not.toBe(beforeDomain.requestId);
});

test('the caller signs for the custom domain, and is let in', async () => {
  expect((await apiOutputs(bed)).ApiUrl).toBe(URL_OF_DOMAIN);
  const { payload, functionError } = await invokeCaller(bed);
  expect(functionError).toBeUndefined();
  expect(payload).toMatchObject({ status: 200, body: { received: { foo: 'bar' } }, attempts: 1 });
  const [call] = bed.aws.calls().filter(({ service }) => service === 'execute-api');
  expect(call?.decisions[0]?.resource).toMatch(
    /^arn:aws:execute-api:us-east-1:111111111111:[a-z0-9]{10}\/local\/POST\/parcels$/,
  );
});

test('a client outside Lambda trusts the certificate, and must sign for the domain and its region', async () => {
  const { credentials } = bed.administrator(API_ACCOUNT);
  const url = `${URL_OF_DOMAIN}/sender`;
  expect(await callApi(bed, url, await signed(url, credentials))).toMatchObject({ status: 200 });
  const withoutBase = 'https://api.example.com/sender';
  expect(await callApi(bed, withoutBase, await signed(withoutBase, credentials))).toMatchObject({
    status: 403,
    errorType: 'ForbiddenException',
  });
  expect(await callApi(bed, url, await signed(withoutBase, credentials))).toMatchObject({
    status: 403,
    errorType: 'InvalidSignatureException',
  });
  expect(await callApi(bed, url)).toMatchObject({ errorType: 'MissingAuthenticationTokenException' });
  await expect(callApi(bed, 'https://www.api.example.com/exchange/sender')).rejects.toThrow();
});

test('every probe of npm run verify has the right answer', async () => {
  const { results } = await verifyStage({
    stage: 'local',
    localAwsRoot: bed.localAwsRoot,
    environment: process.env,
  });
  expect(results.filter(({ pass }) => !pass)).toEqual([]);
});

test('sls remove also removes the domain, and local AWS refuses the host again', async () => {
  const { exitCode, stdout } = await bed.sls(['remove'], { service: 'api' });
  expect([exitCode, stdout]).toEqual([0, expect.any(String)]);
  const apiGateway = new APIGatewayClient(bed.administrator(API_ACCOUNT));
  expect((await apiGateway.send(new GetDomainNamesCommand({}))).items ?? []).toEqual([]);
  apiGateway.destroy();
  // On a new connection: one that is open from before gets an answer of API Gateway.
  const restore = bed.aws.useForFetch();
  await expect(fetch(`${URL_OF_DOMAIN}/sender`)).rejects.toThrow();
  restore();
});
