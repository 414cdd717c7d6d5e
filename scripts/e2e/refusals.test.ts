import {
  CreateRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  AddPermissionCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  LambdaClient,
  RemovePermissionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { callApi, type Keys, signed } from './call-api.testing.ts';
import { deployPackages } from './packaged-pair.testing.ts';
import { functionProcesses } from './processes.testing.ts';
import {
  API_ACCOUNT,
  apiOutputs,
  CALLER_ACCOUNT,
  invokeCaller,
  startTestBed,
  type TestBed,
} from './test-bed.testing.ts';

const EXTERNAL_ID = 'local-external-id';
const CALLER_ROLE = 'shop-local';
const INVOKE_ROLE = 'depot-local-invoke';
const callerSession = `arn:aws:sts::${CALLER_ACCOUNT}:assumed-role/${CALLER_ROLE}/shop-local`;
const invokeSession = `arn:aws:sts::${API_ACCOUNT}:assumed-role/${INVOKE_ROLE}/shop-local`;
const invokeRoleArn = `arn:aws:iam::${API_ACCOUNT}:role/${INVOKE_ROLE}`;
const functionName = 'shop-local';
const sender = { operation: 'getSender' };

let bed: TestBed;
let other: TestBed;
let apiUrl: string;
beforeAll(async () => {
  [bed, other] = await Promise.all([startTestBed(), startTestBed()]);
  await Promise.all([deployPackages(bed), deployPackages(other)]);
  apiUrl = (await apiOutputs(bed)).ApiUrl;
});
afterAll(async () => {
  await Promise.all([bed?.close(), other?.close()]);
  expect(functionProcesses()).toEqual([]);
});

const clients: { destroy(): void }[] = [];
afterAll(() => {
  for (const client of clients) client.destroy();
});

function use<Client extends { destroy(): void }>(client: Client): Client {
  clients.push(client);
  return client;
}

const iamOf = (account: string) => use(new IAMClient(bed.administrator(account)));
const lambdaOf = (account: string) => use(new LambdaClient(bed.administrator(account)));

/** Temporary credentials of a role, issued as Lambda gets them: past the role's trust policy, which names Lambda only. */
function sessionOf(accountId: string, roleName: string): Required<Keys> {
  const roleArn = `arn:aws:iam::${accountId}:role/${roleName}`;
  const { sessionToken = '', ...keys } = bed.aws.as(roleArn, { sessionName: 'shop-local' }).credentials;
  return { ...keys, sessionToken };
}

/** Assumes the invoke role, as the caller does. */
async function assume(keys: Keys, externalId: string | undefined = EXTERNAL_ID): Promise<Required<Keys>> {
  const sts = use(new STSClient({ ...bed.administrator(CALLER_ACCOUNT), credentials: keys }));
  const { Credentials: issued } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: invokeRoleArn,
      RoleSessionName: 'shop-local',
      ExternalId: externalId,
    }),
  );
  return {
    accessKeyId: issued?.AccessKeyId ?? '',
    secretAccessKey: issued?.SecretAccessKey ?? '',
    sessionToken: issued?.SessionToken ?? '',
  };
}

const callerKeys = () => sessionOf(CALLER_ACCOUNT, CALLER_ROLE);
const deniedAs = (principal: string) => ({
  name: 'AccessDenied',
  message: `User: ${principal} is not authorized to perform: sts:AssumeRole on resource: ${invokeRoleArn}`,
  $metadata: expect.objectContaining({ httpStatusCode: 403 }),
});

/** Changes the caller's configuration, which ends its environments: the next invocation has no credentials yet. */
async function restartCaller(variables: Readonly<Record<string, string>> = {}): Promise<void> {
  const lambda = lambdaOf(CALLER_ACCOUNT);
  const { Environment } = await lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: functionName }),
  );
  await lambda.send(
    new UpdateFunctionConfigurationCommand({
      FunctionName: functionName,
      Environment: { Variables: { ...Environment?.Variables, ...variables, RESTARTED: String(Date.now()) } },
    }),
  );
}

/** The error of the caller's own function when STS refuses it. */
async function expectCallerDenied(): Promise<void> {
  const { functionError, payload } = await invokeCaller(bed);
  expect({ functionError, payload }).toMatchObject({
    functionError: 'Unhandled',
    payload: {
      errorType: 'AssumeRoleDenied',
      errorMessage: expect.stringContaining(`STS does not let ${callerSession} assume ${invokeRoleArn}.`),
    },
  });
  expect(bed.aws.calls().findLast(({ operation }) => operation === 'AssumeRole')).toMatchObject({
    principal: callerSession,
    status: 403,
    errorCode: 'AccessDenied',
  });
}

/** Removes an inline policy of a role while `work` runs. */
async function withoutPolicy(account: string, role: string, work: () => Promise<void>): Promise<void> {
  const iam = iamOf(account);
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName: role }));
  const policies = await Promise.all(
    PolicyNames.map((PolicyName) => iam.send(new GetRolePolicyCommand({ RoleName: role, PolicyName }))),
  );
  expect(policies.length).toBeGreaterThan(0);
  for (const PolicyName of PolicyNames) {
    await iam.send(new DeleteRolePolicyCommand({ RoleName: role, PolicyName }));
  }
  try {
    await work();
  } finally {
    for (const { PolicyName, PolicyDocument = '' } of policies) {
      const document = decodeURIComponent(PolicyDocument);
      await iam.send(new PutRolePolicyCommand({ RoleName: role, PolicyName, PolicyDocument: document }));
    }
  }
}

/** Changes the invoke role's trust policy while `work` runs. */
async function withTrust(change: (document: string) => string, work: () => Promise<void>): Promise<void> {
  const iam = iamOf(API_ACCOUNT);
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: INVOKE_ROLE }));
  const before = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '');
  const changed = change(before);
  expect(changed).not.toBe(before);
  const update = (PolicyDocument: string) =>
    iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: INVOKE_ROLE, PolicyDocument }));
  await update(changed);
  try {
    await work();
  } finally {
    await update(before);
  }
}

describe('two local AWS in one process', () => {
  test('each has its own pair, keys and trace', async () => {
    const [mine, theirs] = await Promise.all([invokeCaller(bed), invokeCaller(other)]);
    expect(mine.payload).toMatchObject({ status: 200 });
    expect(theirs.payload).toMatchObject({ status: 200 });
    expect((await apiOutputs(other)).ApiUrl).not.toBe(apiUrl);
    const idOf = ({ payload }: { payload: unknown }) => (payload as { requestId: string }).requestId;
    expect(bed.aws.localAws.trace.find(idOf(mine))).toBeDefined();
    expect(bed.aws.localAws.trace.find(idOf(theirs))).toBeUndefined();

    const { accessKeyId, secretAccessKey } = other.aws.localAws.directory.administrator(API_ACCOUNT);
    const request = await signed(`${apiUrl}/sender`, { accessKeyId, secretAccessKey });
    expect(await callApi(bed, `${apiUrl}/sender`, request)).toMatchObject({
      status: 403,
      errorType: 'UnrecognizedClientException',
      body: { message: 'The security token included in the request is invalid.' },
    });
    expect(await callApi(other, `${apiUrl}/sender`, request)).toMatchObject({
      status: 403,
      errorType: 'ForbiddenException',
      body: { message: 'Forbidden' },
    });
  });
});

describe('AssumeRole is refused', () => {
  test('to another role of account B, and to its administrator', async () => {
    const iam = iamOf(CALLER_ACCOUNT);
    const trust = {
      Effect: 'Allow',
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: 'sts:AssumeRole',
    };
    const rights = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: invokeRoleArn };
    const RoleName = 'shop-local-2';
    const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document(trust) }));
    const PolicyDocument = document(rights);
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'assume', PolicyDocument }));

    await expect(assume(sessionOf(CALLER_ACCOUNT, RoleName))).rejects.toMatchObject(
      deniedAs(`arn:aws:sts::${CALLER_ACCOUNT}:assumed-role/${RoleName}/shop-local`),
    );
    await expect(assume(bed.administrator(CALLER_ACCOUNT).credentials)).rejects.toMatchObject(
      deniedAs(`arn:aws:iam::${CALLER_ACCOUNT}:user/administrator`),
    );
    expect(await assume(callerKeys())).toMatchObject({ accessKeyId: expect.stringMatching(/^ASIA/) });
  });

  test('if the condition of the trust policy names the role of another function', async () => {
    const anotherRole = (document: string) => document.replaceAll(`role/${CALLER_ROLE}`, 'role/another');
    await withTrust(anotherRole, async () => {
      await restartCaller();
      await expectCallerDenied();
      await expect(assume(callerKeys())).rejects.toMatchObject(deniedAs(callerSession));
    });
  });

  test('if the external ID is wrong or missing', async () => {
    await expect(assume(callerKeys(), 'guessed')).rejects.toMatchObject(deniedAs(callerSession));
    const sts = use(new STSClient({ ...bed.administrator(CALLER_ACCOUNT), credentials: callerKeys() }));
    const without = new AssumeRoleCommand({ RoleArn: invokeRoleArn, RoleSessionName: 'caller' });
    await expect(sts.send(without)).rejects.toMatchObject({ name: 'AccessDenied' });
    await restartCaller({ EXTERNAL_ID: 'guessed' });
    await expectCallerDenied();
    await restartCaller({ EXTERNAL_ID });
  });

  test('if the caller’s own policy does not allow it', async () => {
    await withoutPolicy(CALLER_ACCOUNT, CALLER_ROLE, async () => {
      await restartCaller();
      await expectCallerDenied();
      await expect(assume(callerKeys())).rejects.toMatchObject(deniedAs(callerSession));
    });
  });

  test('in the same words for a role that does not exist', async () => {
    const sts = use(new STSClient({ ...bed.administrator(CALLER_ACCOUNT), credentials: callerKeys() }));
    const RoleArn = `arn:aws:iam::${API_ACCOUNT}:role/none`;
    await expect(
      sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'caller' })),
    ).rejects.toMatchObject({
      name: 'AccessDenied',
      message: `User: ${callerSession} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
    });
  });
});

describe('the API refuses', () => {
  const url = () => `${apiUrl}/sender`;
  /** The resource in API Gateway's words: only the account's last four digits. */
  const masked = (route: string) => {
    const apiId = new URL(apiUrl).hostname.split('.')[0];
    return `arn:aws:execute-api:us-east-1:********1111:${apiId}/local/${route}`;
  };

  test('no request of the invoke role', async () => {
    const keys = await assume(callerKeys());
    const post = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"foo":"bar"}',
    };
    expect(await callApi(bed, url(), await signed(url(), keys))).toMatchObject({
      status: 200,
      requestId: expect.any(String),
      body: { caller: { arn: invokeSession } },
    });
    const messages = `${apiUrl}/parcels`;
    const answer = await callApi(bed, messages, await signed(messages, keys, post));
    expect(answer).toMatchObject({ status: 200, body: { received: { foo: 'bar' } } });
  });

  test('the invoke role without execute-api:Invoke, and only there', async () => {
    await withoutPolicy(API_ACCOUNT, INVOKE_ROLE, async () => {
      const keys = await assume(callerKeys());
      const reason = `is not authorized to perform: execute-api:Invoke on resource: ${masked('GET/sender')} because no identity-based policy allows the execute-api:Invoke action`;
      expect(await callApi(bed, url(), await signed(url(), keys))).toMatchObject({
        status: 403,
        errorType: 'AccessDeniedException',
        body: { Message: `User: ${invokeSession} ${reason}` },
      });
      expect(await invokeCaller(bed, sender)).toMatchObject({
        functionError: 'Unhandled',
        payload: { errorType: 'AccessDenied', errorMessage: expect.stringContaining(reason) },
      });
      expect(await invokeCaller(other, sender)).toMatchObject({ payload: { status: 200 } });
    });
  });

  test('account B’s administrator, who has not assumed the role', async () => {
    const { credentials } = bed.administrator(CALLER_ACCOUNT);
    expect(await callApi(bed, url(), await signed(url(), credentials))).toMatchObject({
      status: 403,
      errorType: 'AccessDeniedException',
      body: {
        Message: `User: arn:aws:iam::${CALLER_ACCOUNT}:user/administrator is not authorized to perform: execute-api:Invoke on resource: ${masked('GET/sender')} because no resource-based policy allows the execute-api:Invoke action`,
      },
    });
  });

  test('an unsigned request, whether or not there is such a route', async () => {
    for (const path of ['/sender', '/nowhere']) {
      expect(await callApi(bed, `${apiUrl}${path}`)).toMatchObject({
        status: 403,
        errorType: 'MissingAuthenticationTokenException',
        body: { message: 'Missing Authentication Token' },
      });
    }
  });

  test('a signature by another secret, and one that was made for another request', async () => {
    const keys = await assume(callerKeys());
    const forged = await signed(url(), { ...keys, secretAccessKey: 'x'.repeat(40) });
    const moved = await signed(`${apiUrl}/parcels`, keys);
    for (const request of [forged, moved]) {
      expect(await callApi(bed, url(), request)).toMatchObject({
        status: 403,
        errorType: 'InvalidSignatureException',
        body: {
          message: expect.stringMatching(
            /^The request signature we calculated does not match the signature you provided\. Check your AWS Secret Access Key and signing method\. Consult the service documentation for details\.\n\nThe Canonical String for this request should have been\n'GET\n\/local\/sender\n/,
          ),
        },
      });
    }
  });

  test('a session token that belongs to other keys, is missing, or has expired', async () => {
    const keys = await assume(callerKeys());
    const { sessionToken } = await assume(callerKeys());
    const { accessKeyId, secretAccessKey } = keys;
    for (const wrong of [
      { ...keys, sessionToken },
      { accessKeyId, secretAccessKey },
    ]) {
      expect(await callApi(bed, url(), await signed(url(), wrong))).toMatchObject({
        status: 403,
        errorType: 'UnrecognizedClientException',
        body: { message: 'The security token included in the request is invalid.' },
      });
    }
    bed.aws.localAws.directory.endSessions(invokeRoleArn, 'expire');
    expect(await callApi(bed, url(), await signed(url(), keys))).toMatchObject({
      status: 403,
      errorType: 'ExpiredTokenException',
      body: { message: 'The security token included in the request is expired' },
    });
  });

  test('a request if API Gateway may not invoke the function, without the reason', async () => {
    const lambda = lambdaOf(API_ACCOUNT);
    const FunctionName = 'depot-local-sender';
    const { Policy = '' } = await lambda.send(new GetPolicyCommand({ FunctionName }));
    const [statement] = (
      JSON.parse(Policy) as { Statement: { Sid: string; Condition: { ArnLike: object } }[] }
    ).Statement;
    const [SourceArn] = Object.values(statement?.Condition.ArnLike ?? {});
    const StatementId = statement?.Sid;
    await lambda.send(new RemovePermissionCommand({ FunctionName, StatementId }));
    const keys = await assume(callerKeys());
    const call = async () => callApi(bed, url(), await signed(url(), keys));
    expect(await call()).toMatchObject({
      status: 500,
      errorType: 'InternalServerErrorException',
      body: { message: 'Internal server error' },
    });
    const Principal = 'apigateway.amazonaws.com';
    const Action = 'lambda:InvokeFunction';
    await lambda.send(new AddPermissionCommand({ FunctionName, StatementId, Principal, Action, SourceArn }));
    expect(await call()).toMatchObject({ status: 200 });
  });
});

test('the caller reaches the API again when everything is restored', async () => {
  await restartCaller();
  expect(await invokeCaller(bed)).toMatchObject({ payload: { status: 200, attempts: 1 } });
  expect([...bed.reports, ...other.reports]).toEqual([]);
});
