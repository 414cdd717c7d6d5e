import { admittedPrincipals, eventFactsOf, eventResourcesOf, permissionsOf } from './function-permissions.ts';

const place = { partition: 'aws-cn', region: 'cn-north-1', accountId: '111111111111' };
const admitted = (...principals: unknown[]) =>
  admittedPrincipals(
    principals.map((Principal) => ({ Type: 'AWS::Lambda::Permission', Properties: { Principal } })),
    place,
  );

test('each principal is found once, in the region and account of the deployment', () => {
  expect(
    admitted(
      's3.amazonaws.com',
      's3.amazonaws.com',
      { Ref: 'AWS::AccountId' },
      { 'Fn::Sub': `logs.\${AWS::Region}.\${AWS::URLSuffix}` },
      { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::222222222222:root']] },
    ),
  ).toEqual([
    's3.amazonaws.com',
    '111111111111',
    'logs.cn-north-1.amazonaws.com.cn',
    'arn:aws-cn:iam::222222222222:root',
  ]);
});

test.each<[string, unknown]>([
  ['an attribute', { 'Fn::GetAtt': ['Role', 'Arn'] }],
  ['a parameter', { Ref: 'Partner' }],
  ['a text with a parameter', { 'Fn::Sub': `arn:aws:iam::\${Partner}:root` }],
  ['a text with other variables', { 'Fn::Sub': [`\${a}`, { a: 'b' }] }],
  ['a list with an attribute', { 'Fn::Join': ['', ['a', { 'Fn::GetAtt': ['Role', 'Arn'] }]] }],
  ['nothing', undefined],
])('a principal that is %s is not known before the deployment', (_, principal) => {
  expect(admitted(principal)).toStrictEqual([undefined]);
});

test('a schedule of EventBridge Scheduler needs no permission, and one of a rule does', () => {
  const principalsOf = (schedule: unknown) =>
    permissionsOf({ name: 'f', events: [{ schedule }] }).map(({ Properties }) => Properties.Principal);
  expect(principalsOf({ rate: 'rate(1 day)', method: 'scheduler' })).toEqual([]);
  expect(principalsOf({ rate: 'rate(1 day)' })).toEqual(['events.amazonaws.com']);
  expect(principalsOf('rate(1 day)')).toEqual(['events.amazonaws.com']);
});

test('a schedule of EventBridge Scheduler is deployed as a schedule, and needs a permission of its role', () => {
  const events = [
    { schedule: { rate: 'rate(1 day)', method: 'scheduler' } },
    { ofAPlugin: {} },
    { http: 'GET /' },
  ];
  expect(eventResourcesOf({ events })).toEqual([{ Type: 'AWS::Scheduler::Schedule', Properties: {} }]);
  expect(eventFactsOf({ name: 'f', events })).toEqual([
    { functionName: 'f', event: 'schedule', actions: ['lambda:InvokeFunction'] },
    { functionName: 'f', event: 'ofAPlugin', actions: undefined },
  ]);
});
