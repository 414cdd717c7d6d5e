import { createApiClient } from '@cross-account-api/contract';
import { fakeApi } from '@cross-account-api/signed-fetch/testing';
import { operations } from '@cross-account-api/operations';
import { sendToBoth } from './send-to-both.ts';

const caller = {
  accountId: '111111111111',
  arn: 'arn:aws:sts::111111111111:assumed-role/invoke/caller',
  roleName: 'invoke',
  sessionName: 'caller',
};
const id = '6f1c7d3e-2b4a-4c58-9d0e-8a7b6c5d4e3f';

test('if one API fails, the invocation fails, and its repetition has the same keys', async () => {
  const answers = [{ status: 503 }];
  const fakes = [[], answers].map((first: { status: number }[]) =>
    fakeApi(({ body }) => first.shift() ?? { body: { id, received: body, caller, requestId: '1' } }),
  );
  const [api, billing] = fakes.map((fake) => createApiClient(fake, operations));
  const send = async () => api && billing && sendToBoth({ pens: 2 }, { api, billing }, 'invocation-1');
  await expect(send()).rejects.toMatchObject({ status: 503 });
  expect(await send()).toEqual({ id, billedAs: 'invoke' });
  const keys = fakes.flatMap(({ calls }) => calls.map(({ headers }) => headers.get('Idempotency-Key')));
  expect(keys).toEqual(Array(4).fill('invocation-1'));
});
