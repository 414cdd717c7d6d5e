import { planSimulation } from './simulation-plan.ts';

const place = { region: 'eu-central-1', tags: {} };
const functionArn = (name: string) => `arn:aws:lambda:eu-central-1:111111111111:function:${name}`;

test('an action is simulated only on resources of its types', async () => {
  const plan = await planSimulation(
    [
      {
        actions: ['s3:ListBucket', 's3:PutObject', 'cloudformation:ValidateTemplate'],
        resources: ['arn:aws:s3:::b', 'arn:aws:s3:::b/x'],
        context: {},
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

test('a pattern is replaced by the resources of the stage that match it, if there are any', async () => {
  const plan = await planSimulation(
    [
      {
        actions: ['lambda:CreateFunction'],
        resources: [functionArn('api-?ev*'), functionArn('other-*')],
        context: {},
      },
    ],
    [functionArn('api-dev'), functionArn('api-dev-parcels'), functionArn('api-prod')],
    place,
  );
  expect(plan[0]?.resources).toEqual([
    functionArn('api-dev'),
    functionArn('api-dev-parcels'),
    functionArn('other-*'),
  ]);
});

test('the context is that of the statement, with the region and the tags of the requests', async () => {
  const context = { 'iam:PassedToService': ['lambda.amazonaws.com'] };
  const plan = await planSimulation(
    [
      { actions: ['iam:PassRole'], resources: ['arn:aws:iam::111111111111:role/r'], context },
      { actions: ['lambda:GetFunction'], resources: [functionArn('f')], context: {} },
    ],
    [],
    { ...place, tags: { team: 'a' } },
  );
  const common = {
    'aws:SecureTransport': ['true'],
    'aws:TagKeys': ['team'],
    'aws:RequestTag/team': ['a'],
  };
  expect(plan.map((request) => request.context)).toEqual([
    { ...common, ...context, 'aws:RequestedRegion': ['us-east-1'] },
    { ...common, 'aws:RequestedRegion': ['eu-central-1'] },
  ]);
});
