import { planSimulation } from './simulation-plan.ts';

const place = { region: 'eu-central-1', boundaryArn: undefined, tags: {} };
const functionArn = (name: string) => `arn:aws:lambda:eu-central-1:111111111111:function:${name}`;

test('an action is simulated on the resources of its own types only', async () => {
  const plan = await planSimulation(
    [
      {
        actions: ['s3:ListBucket', 's3:PutObject', 'cloudformation:ValidateTemplate'],
        resources: ['arn:aws:s3:::b', 'arn:aws:s3:::b/x'],
      },
    ],
    [],
    place,
  );
  expect(plan.map(({ actions, resources }) => [actions, resources])).toEqual([
    [['s3:ListBucket'], ['arn:aws:s3:::b']],
    [['s3:PutObject'], ['arn:aws:s3:::b/x']],
    [['cloudformation:ValidateTemplate'], undefined],
  ]);
});

test('a pattern stands for the resources of the stage that match it, and otherwise for itself', async () => {
  const plan = await planSimulation(
    [{ actions: ['lambda:CreateFunction'], resources: [functionArn('api-?ev*'), functionArn('other-*')] }],
    [functionArn('api-dev'), functionArn('api-dev-messages'), functionArn('api-prod')],
    place,
  );
  expect(plan[0]?.resources).toEqual([
    functionArn('api-dev'),
    functionArn('api-dev-messages'),
    functionArn('other-*'),
  ]);
});

test('the context has what is known of the requests: IAM’s region, the service that a role is passed to, boundary and tags', async () => {
  const role = 'arn:aws:iam::111111111111:role/r';
  const plan = await planSimulation(
    [{ actions: ['iam:CreateRole', 'iam:PassRole', 'iam:GetRole'], resources: [role] }],
    [],
    { ...place, boundaryArn: 'arn:aws:iam::111111111111:policy/b', tags: { team: 'a' } },
  );
  const contextOf = (action: string) => plan.find(({ actions }) => actions.includes(action))?.context;
  const common = {
    'aws:SecureTransport': ['true'],
    'aws:RequestedRegion': ['us-east-1'],
    'aws:TagKeys': ['team'],
    'aws:RequestTag/team': ['a'],
  };
  expect(contextOf('iam:CreateRole')).toEqual({
    ...common,
    'iam:PermissionsBoundary': ['arn:aws:iam::111111111111:policy/b'],
  });
  expect(contextOf('iam:PassRole')).toEqual({ ...common, 'iam:PassedToService': ['lambda.amazonaws.com'] });
  expect(contextOf('iam:GetRole')).toEqual(common);
});
