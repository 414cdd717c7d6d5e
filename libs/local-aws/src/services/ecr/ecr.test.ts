import { systemClock } from '../../core/clock.ts';
import {
  ACCOUNT,
  body,
  create,
  createCloud,
  describeStack,
  REGION,
  reasonOf,
} from '../cloudformation/cloudformation.testing.ts';
import { createEcrService } from './index.ts';

const arn = `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/images`;
const uri = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/images`;

function repository(RepositoryName = 'images') {
  return {
    Type: 'AWS::ECR::Repository',
    Properties: {
      RepositoryName,
      ImageTagMutability: 'IMMUTABLE',
      LifecyclePolicy: { LifecyclePolicyText: '{}' },
    },
  };
}

/** Sends a request of the protocol: the project has no client for ECR. */
async function describeRepositories(service: ReturnType<typeof createEcrService>, input: object) {
  const request = {
    ...{
      requestId: 'id',
      method: 'POST',
      host: '127.0.0.1',
      rawPath: '/',
      rawQuery: '',
      sourceIp: '127.0.0.1',
    },
    headers: [['x-amz-target', 'AmazonEC2ContainerRegistry_V20150921.DescribeRepositories']] as const,
    ...{ body: Buffer.from(JSON.stringify(input)), secureTransport: false, receivedAt: new Date(0) },
  };
  const root = `arn:aws:iam::${ACCOUNT}:root`;
  const principal = {
    type: 'Root',
    accountId: ACCOUNT,
    principalArn: root,
    arn: root,
    userId: ACCOUNT,
    tags: {},
  } as const;
  const call = {
    request,
    principal,
    accountId: ACCOUNT,
    region: REGION,
    accessKeyId: 'AKIA',
    payload: request.body,
    decisions: [],
  };
  const route = service.endpoint.route(request);
  await route.questions(call);
  return JSON.parse(String((await route.dispatch(call)).body));
}

test('A repository of a stack can be described, and the deployment says that it has no effect.', async () => {
  const service = createEcrService({ clock: systemClock });
  const cloud = createCloud(new Map(), service.resourceTypes);
  const Outputs = { Uri: { Value: { 'Fn::GetAtt': 'Images.RepositoryUri' } } };
  await create(cloud, body({ Images: repository() }, { Outputs }));
  expect(await describeStack(cloud.client)).toMatchObject({ Outputs: [{ OutputValue: uri }] });
  expect(await reasonOf(cloud, 'app CREATE_COMPLETE')).toContain('AWS::ECR::Repository (Images)');
  const shown = { repositories: [{ repositoryName: 'images', repositoryArn: arn, repositoryUri: uri }] };
  expect(await describeRepositories(service, {})).toMatchObject(shown);
  expect(await describeRepositories(service, { repositoryNames: ['images'] })).toMatchObject(shown);
  await expect(describeRepositories(service, { repositoryNames: ['none'] })).rejects.toThrow(
    "The repository with name 'none' does not exist in the registry",
  );
});

test.each([
  ['Images', "Invalid parameter at 'repositoryName'"],
  ['images', 'already exists'],
])('A repository named %s is refused.', async (name, reason) => {
  const service = createEcrService({ clock: systemClock });
  const cloud = createCloud(new Map(), service.resourceTypes);
  await create(cloud, body({ First: repository() }), { StackName: 'first' });
  await create(cloud, body({ Images: repository(name) }));
  expect(await reasonOf(cloud, 'Images CREATE_FAILED')).toContain(reason);
});
