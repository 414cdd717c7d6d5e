import { A, type Running, startRunning } from './running.testing.ts';
import type { Keys } from './sign.testing.ts';
import { apiResources } from './template.testing.ts';

/* Users and access keys of a template, as in https://github.com/aws-samples/serverless-patterns/tree/main/apigw-iam. */

let running: Running;
beforeAll(async () => {
  running = await startRunning();
});
afterAll(async () => {
  await running.close();
  expect(running.defects).toEqual([]);
});

/** A user who may call what the path, from the stage on, says. */
const user = (id: string, path: string) => ({
  [id]: {
    Type: 'AWS::IAM::User',
    Properties: {
      Policies: [
        {
          PolicyName: 'root',
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Sid: 'Call',
                Effect: 'Allow',
                Action: 'execute-api:Invoke',
                Resource: {
                  'Fn::Sub': `arn:aws:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${Api}/${path}`,
                },
              },
            ],
          },
        },
      ],
    },
  },
  [`${id}Key`]: { Type: 'AWS::IAM::AccessKey', Properties: { UserName: { Ref: id } } },
});

const outputsOf = (id: string) => ({
  [id]: { Value: { 'Fn::GetAtt': [id, 'Arn'] } },
  [`${id}Id`]: { Value: { Ref: `${id}Key` } },
  [`${id}Secret`]: { Value: { 'Fn::GetAtt': [`${id}Key`, 'SecretAccessKey'] } },
});

test('a key of a template signs for its user, whose policy decides', async () => {
  const outputs = await running.deploy(A, 'users', {
    Resources: {
      ...apiResources('Api', [{ route: 'GET /items' }]),
      ...user('Reader', 'dev/GET/items'),
      ...user('Stranger', 'other/*'),
    },
    Outputs: { Api: { Value: { Ref: 'Api' } }, ...outputsOf('Reader'), ...outputsOf('Stranger') },
  });
  const callAs = async (id: string) => {
    const keys: Keys = {
      accessKeyId: outputs[`${id}Id`] ?? '',
      secretAccessKey: outputs[`${id}Secret`] ?? '',
    };
    const host = `${outputs.Api}.execute-api.us-east-1.amazonaws.com`;
    return running.call({ host, path: '/dev/items', service: 'execute-api' }, keys);
  };
  const allowed = await callAs('Reader');
  expect([allowed.answer.status, allowed.event.principal]).toEqual([200, outputs.Reader]);
  expect(allowed.event.decisions[0]).toMatchObject({ allowed: true, principalArn: outputs.Reader });
  const denied = await callAs('Stranger');
  expect([denied.answer.status, denied.event.principal]).toEqual([403, outputs.Stranger]);
  expect(denied.answer.body).toContain(
    `User: ${outputs.Stranger} is not authorized to perform: execute-api:Invoke`,
  );
});
