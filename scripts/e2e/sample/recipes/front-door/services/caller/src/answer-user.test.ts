import { createApiClient } from '@cross-account-api/contract';
import { type FakeAnswer, fakeApi } from '@cross-account-api/signed-fetch/testing';
import { operations } from '@cross-account-api/operations';
import { answerUser, type UserEvent } from './answer-user.ts';

const id = '6f1c7d3e-2b4a-4c58-9d0e-8a7b6c5d4e3f';
const caller = {
  accountId: '111111111111',
  arn: 'arn:aws:sts::111111111111:assumed-role/invoke/caller',
  roleName: 'invoke',
  sessionName: 'caller',
};
const event = (sub: string | undefined, body = '{"foo":"bar"}', key = 'key-1'): UserEvent => ({
  body,
  headers: { 'idempotency-key': key },
  requestContext: { requestId: 'request-1', ...(sub && { authorizer: { jwt: { claims: { sub } } } }) },
});

/** Answers an event. `api` answers the call, by default with success. */
async function answersTo(sent: UserEvent, api?: () => FakeAnswer) {
  const fake = fakeApi(api ?? (({ body }) => ({ body: { id, received: body, caller, requestId: '1' } })));
  const { statusCode, body } = await answerUser(sent, createApiClient(fake, operations));
  return { statusCode, body: JSON.parse(body ?? ''), calls: fake.calls };
}

test('a message is sent with its user, whose keys nobody else can use', async () => {
  const [first, again, other] = await Promise.all(
    [event('user-1'), event('user-1'), event('user-2')].map((each) => answersTo(each)),
  );
  expect(first).toMatchObject({ statusCode: 201, body: { id } });
  expect(first?.calls).toMatchObject([{ body: { user: 'user-1', message: { foo: 'bar' } } }]);
  const [key, keyAgain, otherKey] = [first, again, other].map((answered) =>
    answered?.calls[0]?.headers.get('Idempotency-Key'),
  );
  expect(keyAgain).toBe(key);
  expect(otherKey).not.toBe(key);
});

test.each([
  ['nobody', event(undefined), 401],
  ['a body that is not JSON', event('user-1', 'foo'), 400],
  ['a list', event('user-1', '[]'), 400],
])('%s is refused, and nothing is sent', async (_what, sent, status) => {
  expect(await answersTo(sent)).toMatchObject({ statusCode: status, calls: [] });
});

test.each([429, 500, 503])(
  'if the API answers %i, the user can send the same request again',
  async (status) => {
    expect(await answersTo(event('user-1'), () => ({ status }))).toMatchObject({ statusCode: 503 });
  },
);

test.each([400, 403])('if the API answers %i, the function fails', async (status) => {
  await expect(answersTo(event('user-1'), () => ({ status }))).rejects.toMatchObject({ status });
});
