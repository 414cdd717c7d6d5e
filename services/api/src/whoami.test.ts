import * as v from 'valibot';
import { operations } from '@cross-account-api/operations';
import { context, proxyEvent } from './proxy-event.testing.ts';
import { handler as whoami } from './whoami.ts';

test('GET /whoami answers with the caller; a user has no role', async () => {
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  const userArn = 'arn:aws:iam::111111111111:user/admin';
  const response = await whoami(proxyEvent({ httpMethod: 'GET', path: '/whoami', userArn }), context);
  jest.restoreAllMocks();
  expect(v.parse(operations.getWhoami.response, JSON.parse(response.body)).caller).toEqual({
    accountId: '111111111111',
    arn: userArn,
    roleName: null,
    sessionName: null,
  });
});
