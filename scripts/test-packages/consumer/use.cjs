'use strict';
const assert = require('node:assert/strict');
const { once } = require('node:events');
const { mkdtemp, rm } = require('node:fs/promises');
const { createServer } = require('node:http');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

const roleArn = 'arn:aws:iam::111111111111:role/api-dev-invoke';
const baseUrl = 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev';
const caller = {
  accountId: '222222222222',
  arn: 'arn:aws:sts::111111111111:assumed-role/api-dev-invoke/caller',
  roleName: 'api-dev-invoke',
  sessionName: 'caller',
};

/** The operations of an API. */
const operationsOf = ({ operation, jsonObjectSchema, callerSchema }, v) => ({
  postMessage: operation({
    method: 'POST',
    path: '/messages',
    summary: 'Sends a message.',
    request: jsonObjectSchema,
    response: v.object({ received: jsonObjectSchema, caller: callerSchema }),
    status: 200,
  }),
});

/** Starts a server with the answers of STS, and lets the SDK find it. */
async function startSts() {
  const server = createServer((request, response) => {
    request.resume().on('end', () =>
      response.end(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
        <AssumedRoleUser><Arn>${caller.arn}</Arn><AssumedRoleId>AROAEXAMPLE:caller</AssumedRoleId></AssumedRoleUser>
        <Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>
        <SessionToken>token</SessionToken><Expiration>${new Date(Date.now() + 3_600_000).toISOString()}</Expiration>
        </Credentials></AssumeRoleResult></AssumeRoleResponse>`),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${server.address().port}`,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
  });
  return {
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Returns the API's answers. */
async function fetchFromApi(input, init) {
  const request = new Request(input, init);
  assert.match(request.headers.get('authorization'), /^AWS4-HMAC-SHA256 Credential=ASIAIOSFODNN7EXAMPLE\//);
  assert.equal(request.headers.get('x-amz-security-token'), 'token');
  return Response.json({ received: await request.json(), caller });
}

/** Assumes a role and makes a signed, typed call, without middy. */
exports.usePackages = async ({ assumeRole, signedFetch, contract, openApi, valibot }) => {
  const sts = await startSts();
  try {
    const credentials = assumeRole.createAssumedRole({ roleArn, sessionName: 'caller' });
    const api = signedFetch.createSignedFetch({ baseUrl, credentials, fetch: fetchFromApi });
    const operations = operationsOf(contract, valibot);
    const { body } = await contract.createApiClient(api, operations).postMessage({ body: { foo: 'bar' } });
    assert.deepEqual(body, { received: { foo: 'bar' }, caller });
    await assert.rejects(api.json('//elsewhere'), signedFetch.InvalidPath);
    const described = { title: 'Messages', version: '1.0.0', operations, domains: ['amazonaws.com'] };
    assert.equal(openApi.describeApi(described).paths['/messages'].post.operationId, 'postMessage');
  } finally {
    sts.close();
  }
};

/** An error of the copy for `require`, which is another class than that of the copy for `import`. */
exports.recognizeErrorsOfCopies = async ({ assumeRole, signedFetch }) => {
  const copy = require('@cross-account-api/signed-fetch');
  const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' };
  const refuse = async () => Response.json({ message: 'no' }, { status: 403 });
  const failure = await copy
    .createSignedFetch({ baseUrl, credentials, fetch: refuse })
    .json('/messages')
    .catch((error) => error);
  assert.ok(!(failure instanceof signedFetch.SignedFetchError) && signedFetch.isSignedFetchError(failure));
  const copied = require('@cross-account-api/assume-role');
  const denied = new copied.AssumeRoleDenied({ roleArn, caller: caller.arn, requestId: '1' }, false);
  assert.ok(!(denied instanceof assumeRole.AssumeRoleDenied) && assumeRole.isAssumeRoleError(denied));
};

/** The same with middy. */
exports.useWithMiddy = async ({ assumeRole, signedFetch, contract, valibot, middy }) => {
  const sts = await startSts();
  try {
    const operations = operationsOf(contract, valibot);
    const handler = middy()
      .use(assumeRole.assumeRole({ roleArn, sessionName: 'caller' }))
      .use(signedFetch.signedFetch({ baseUrl, credentials: 'assumedRole', fetch: fetchFromApi }))
      .handler(
        async (event, { api }) =>
          (await contract.createApiClient(api, operations).postMessage({ body: event })).body,
      );
    const context = { awsRequestId: '1', getRemainingTimeInMillis: () => 10_000 };
    assert.deepEqual(await handler({ foo: 'bar' }, context), { received: { foo: 'bar' }, caller });
  } finally {
    sts.close();
  }
};

/** Answers a request to an API, and remembers none. */
exports.useApiHandler = async ({ apiHandler, idempotency, valibot: v }) => {
  const operation = {
    method: 'POST',
    path: '/{id}',
    pathParameters: v.object({ id: v.string() }),
    request: v.object({ foo: v.string() }),
    status: 204,
  };
  assert.throws(
    () => apiHandler.apiHandler(operation, async () => ({}), { idempotency: idempotency.idempotencyTable() }),
    /declared with idempotencyKey: true/,
  );
  const handler = apiHandler.apiHandler(operation, async ({ pathParameters: { id }, body: { foo } }) => {
    if (id !== 'a b') throw new apiHandler.HttpError(404, 'not here');
    return { headers: { foo } };
  });
  const context = { awsRequestId: '1', getRemainingTimeInMillis: () => 10_000 };
  const send = (id, headers) =>
    handler(
      {
        httpMethod: 'POST',
        path: `/${id}`,
        pathParameters: { id },
        headers: { 'Content-Type': 'application/json', ...headers },
        body: '{"foo":"bar"}',
        requestContext: { requestId: '1', identity: { accountId: caller.accountId, userArn: caller.arn } },
      },
      context,
    );
  const { statusCode, headers } = await send('a%20b');
  assert.deepEqual([statusCode, headers.foo], [204, 'bar']);
  assert.equal((await send('c')).statusCode, 404);
  assert.equal((await send('a%20b', { 'Idempotency-Key': '1' })).statusCode, 400);
};

/** Starts local AWS and asks it for the caller. */
exports.useLocalAws = async ({ localAws, faults, clientSts }) => {
  const root = await mkdtemp(join(tmpdir(), 'local-aws-'));
  const aws = await localAws.startLocalAws({ root, port: 0 });
  try {
    const client = new clientSts.STSClient({
      endpoint: aws.url,
      region: 'us-east-1',
      credentials: aws.directory.administrator('111111111111'),
    });
    const { Arn } = await client.send(new clientSts.GetCallerIdentityCommand());
    assert.equal(Arn, 'arn:aws:iam::111111111111:user/administrator');
    assert.equal(faults.parseFaultPlan({ rules: [] }).seed, 1);
    client.destroy();
    // The script and the style of the console are in the package.
    const saved = await aws.saveConsole();
    assert.ok(saved.includes('GetCallerIdentity') && saved.includes('Who may do what'));
    assert.match(saved, /<style>[^<]{1000}/);
  } finally {
    await aws.close();
    await rm(root, { recursive: true, force: true });
  }
};
