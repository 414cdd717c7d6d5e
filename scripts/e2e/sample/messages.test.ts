import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { type ApiAnswer, callApi, signed } from '../call-api.testing.ts';
import { deployPackages } from '../packaged-pair.testing.ts';
import { API_ACCOUNT, apiOutputs, invokeCaller, startTestBed, type TestBed } from '../test-bed.testing.ts';

jest.setTimeout(120_000);

const ANOTHER = 'another-caller';

let bed: TestBed;
let apiUrl: string;
beforeAll(async () => {
  bed = await startTestBed({ sample: true });
  await deployPackages(bed);
  apiUrl = (await apiOutputs(bed)).ApiUrl;
  // A second caller, which may call the same routes.
  const iam = new IAMClient(bed.administrator(API_ACCOUNT));
  const policy = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: statement });
  await iam.send(
    new CreateRoleCommand({
      RoleName: ANOTHER,
      AssumeRolePolicyDocument: policy({
        Effect: 'Allow',
        Principal: { AWS: API_ACCOUNT },
        Action: 'sts:AssumeRole',
      }),
    }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: ANOTHER,
      PolicyName: 'invoke',
      PolicyDocument: policy({ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }),
    }),
  );
  iam.destroy();
});
afterAll(() => bed?.close());

/** Reads a message as a session of a role. */
async function read(id: string, roleName: string): Promise<ApiAnswer> {
  const role = bed.aws.directory.roles.get(API_ACCOUNT, roleName);
  const keys = bed.aws.directory.beginSession({ role, sessionName: 'test', durationSeconds: 900 });
  const url = `${apiUrl}/messages/${id}`;
  return callApi(bed, url, await signed(url, keys));
}

test('the caller reads what it has sent, or the part that the query names; another caller gets 404', async () => {
  const { payload } = await invokeCaller(bed, { path: '/messages', body: { foo: 'bar' } });
  const { body } = payload as { body: { id: string } };

  const path = `/messages/${body.id}`;
  expect(await invokeCaller(bed, { path })).toMatchObject({
    payload: { status: 200, body: { id: body.id, body: { foo: 'bar' }, caller: expect.any(Object) } },
  });
  const part = await invokeCaller(bed, { path, query: { fields: 'body' } });
  expect(part.payload).toMatchObject({ body: { id: body.id, body: { foo: 'bar' } } });
  expect(part.payload).not.toHaveProperty('body.caller');

  expect(await read(body.id, 'cross-account-api-local-invoke')).toMatchObject({ status: 200 });
  expect(await read(body.id, ANOTHER)).toMatchObject({
    status: 404,
    body: { title: 'Not Found', detail: `There is no message ${body.id} of this caller.` },
  });
});

test('a value that the contract refuses is named', async () => {
  const { payload } = await invokeCaller(bed, { path: '/messages/1', query: { fields: 'all' } });
  expect(payload).toMatchObject({
    errorType: 'ApiError',
    errorMessage: expect.stringMatching(/answered 400: .*id: must be a UUID.*fields: must be body or caller/),
  });
});
