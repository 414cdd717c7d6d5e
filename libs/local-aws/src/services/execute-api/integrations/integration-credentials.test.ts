import { lambdaIntegration } from '../../apigateway/workbench.testing.ts';
import { createGateway, ownCredential } from '../gateway.testing.ts';

const integrationRole = 'arn:aws:iam::111111111111:role/integration';

function gatewayWith(Credentials: string, AuthorizationType = 'AWS_IAM') {
  const properties = { AuthorizationType, Integration: { ...lambdaIntegration, Credentials } };
  return createGateway({ routes: [{ path: '/messages', properties }] });
}

test('Without credentials, API Gateway invokes the function itself.', async () => {
  const gateway = await createGateway();
  await gateway.send({});
  expect(gateway.invoked).toMatchObject([{ service: 'apigateway.amazonaws.com' }]);
});

test.each(['arn:aws:iam::*:user/*', 'arn:aws:iam::\\*:user/\\*'])(
  'With the credentials of the caller (%s), the caller invokes the function.',
  async (credentials) => {
    const gateway = await gatewayWith(credentials);
    expect(await gateway.send({})).toMatchObject({ status: 200 });
    expect(gateway.invoked).toMatchObject([{ service: ownCredential.principal.arn }]);
  },
);

test('With a role, a session of the role invokes the function.', async () => {
  const gateway = await gatewayWith(integrationRole);
  expect(await gateway.send({})).toMatchObject({ status: 200 });
  expect(gateway.invoked).toMatchObject([
    { service: 'arn:aws:sts::111111111111:assumed-role/integration/caller' },
  ]);
});

test('If the role does not trust API Gateway, or the caller did not sign, the API answers 500.', async () => {
  const untrusting = await gatewayWith('arn:aws:iam::111111111111:role/other');
  expect(await untrusting.send({})).toMatchObject({ status: 500 });
  const open = await gatewayWith('arn:aws:iam::*:user/*', 'NONE');
  expect(await open.send({})).toMatchObject({ status: 500 });
  expect([...untrusting.invoked, ...open.invoked]).toEqual([]);
});

test('Credentials other than a role or the caller are refused.', async () => {
  await expect(gatewayWith('arn:aws:iam::111111111111:user/somebody')).rejects.toThrow(
    'Credentials must be the ARN of a role, or arn:aws:iam::*:user/*',
  );
});
