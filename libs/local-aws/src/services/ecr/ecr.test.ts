import {
  body,
  create,
  createCloud,
  describeStack,
  reasonOf,
} from '../cloudformation/cloudformation.testing.ts';
import { inertResourceTypes } from '../inert/index.ts';
import { repositoryOperations } from './operations/repositories.ts';

const scope = { accountId: '111111111111', region: 'eu-central-1' };

test('A repository of a stack has an URI, and the deployment says that it has no effect.', async () => {
  const cloud = createCloud(new Map(), inertResourceTypes);
  const Images = {
    Type: 'AWS::ECR::Repository',
    Properties: { RepositoryName: 'images', LifecyclePolicy: { LifecyclePolicyText: '{}' } },
  };
  const Outputs = { Uri: { Value: { 'Fn::GetAtt': 'Images.RepositoryUri' } } };
  await create(cloud, body({ Images }, { Outputs }));
  expect(await describeStack(cloud.client)).toMatchObject({
    Outputs: [{ OutputValue: '111111111111.dkr.ecr.eu-central-1.amazonaws.com/images' }],
  });
  expect(await reasonOf(cloud, 'app CREATE_COMPLETE')).toContain('AWS::ECR::Repository (Images)');
});

test('The list of repositories is empty, and a named repository does not exist.', async () => {
  const [operation] = repositoryOperations;
  const described = (input: object) => operation?.bind(() => input, Object).dispatch({ ...scope } as never);
  expect(await described({})).toEqual({ repositories: [] });
  await expect(described({ repositoryNames: ['none'] })).rejects.toThrow(
    "The repository with name 'none' does not exist in the registry with id '111111111111'",
  );
});
