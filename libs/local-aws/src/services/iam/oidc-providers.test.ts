import {
  CreateOpenIDConnectProviderCommand,
  type CreateOpenIDConnectProviderCommandInput,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
  ListOpenIDConnectProvidersCommand,
} from '@aws-sdk/client-iam';
import { A, B, client, policy, testDirectory } from '../../identity/identity.testing.ts';
import { createTokenIssuer } from '../../tokens.testing.ts';
import { createStsService } from '../sts/index.ts';
import { createIamService } from './index.ts';
import { inProcessSdk } from './sdk.testing.ts';

const GITHUB = 'https://token.actions.githubusercontent.com';
const ARN = `arn:aws:iam::${A}:oidc-provider/token.actions.githubusercontent.com`;

function setUp() {
  const { directory, iam } = inProcessSdk();
  const create = (input: Partial<CreateOpenIDConnectProviderCommandInput> = {}) =>
    iam.send(
      new CreateOpenIDConnectProviderCommand({ Url: GITHUB, ClientIDList: ['sts.amazonaws.com'], ...input }),
    );
  const get = (OpenIDConnectProviderArn = ARN) =>
    iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
  return { directory, iam, create, get };
}

test('a provider is created, read without the scheme of its URL, listed and deleted', async () => {
  const { iam, create, get } = setUp();
  const Tags = [{ Key: 'team', Value: 'a' }];
  expect(await create({ Tags, ThumbprintList: ['a'.repeat(40)] })).toMatchObject({
    OpenIDConnectProviderArn: ARN,
    Tags,
  });
  expect(await get()).toMatchObject({
    Url: 'token.actions.githubusercontent.com',
    ClientIDList: ['sts.amazonaws.com'],
    ThumbprintList: ['a'.repeat(40)],
    CreateDate: expect.any(Date),
    Tags,
  });
  const list = async () =>
    (await iam.send(new ListOpenIDConnectProvidersCommand({}))).OpenIDConnectProviderList;
  expect(await list()).toEqual([{ Arn: ARN }]);
  const remove = () => iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: ARN }));
  await remove();
  expect(await list()).toEqual([]);
  // It is idempotent.
  await remove();
});

test('errors have the words of AWS', async () => {
  const { create, get } = setUp();
  await expect(get()).rejects.toMatchObject({
    name: 'NoSuchEntityException',
    message: `OpenIDConnect Provider not found for arn ${ARN}`,
  });
  await create();
  // https://github.com/unfunco/terraform-aws-oidc-github/issues/23
  await expect(create()).rejects.toMatchObject({
    name: 'EntityAlreadyExistsException',
    message: `Provider with url ${GITHUB} already exists.`,
  });
  const url = 'https://other.example.com';
  await expect(
    create({ Url: url, ClientIDList: Array.from({ length: 101 }, (_, index) => `${index}`) }),
  ).rejects.toMatchObject({
    name: 'LimitExceededException',
    message: 'Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100',
  });
  await expect(create({ Url: 'other.example.com' })).rejects.toThrow('Invalid Open ID Connect Provider URL');
  await expect(get(ARN.replace(A, B))).rejects.toMatchObject({ name: 'InvalidInputException' });
});

test('a workflow of GitHub assumes a role by a provider that was created over the API', async () => {
  const { directory, clock } = testDirectory();
  const issuer = createTokenIssuer(GITHUB);
  const call = client(directory, createIamService(directory).endpoint);
  const administrator = directory.administrator(A);
  const created = await call(administrator, 'CreateOpenIDConnectProvider', {
    Url: GITHUB,
    'ClientIDList.member.1': 'sts.amazonaws.com',
  });
  expect(created).toMatchObject({ status: 200, result: { OpenIDConnectProviderArn: ARN } });
  const tokenIssuers = { [GITHUB]: [issuer.publicKey] };
  const Condition = {
    StringEquals: { 'token.actions.githubusercontent.com:sub': 'repo:octo/app:ref:refs/heads/main' },
  };
  directory.roles.create(A, {
    name: 'deployer',
    trustPolicy: policy({
      ...{
        Effect: 'Allow',
        Principal: { Federated: ARN },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition,
      },
    }),
  });
  const sts = client(directory, createStsService(directory, { clock, tokenIssuers }).endpoint);
  const assume = (sub: string) =>
    sts(administrator, 'AssumeRoleWithWebIdentity', {
      RoleArn: `arn:aws:iam::${A}:role/deployer`,
      RoleSessionName: 'workflow',
      WebIdentityToken: issuer.token({ sub, aud: 'sts.amazonaws.com' }, clock.now()),
    });
  expect(await assume('repo:octo/app:ref:refs/heads/main')).toMatchObject({ status: 200 });
  expect(await assume('repo:octo/other:ref:refs/heads/main')).toMatchObject({
    status: 403,
    result: { Code: 'AccessDenied', Message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity' },
  });
});
