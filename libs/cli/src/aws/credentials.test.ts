import { credentialsSettings } from './credentials.ts';

const environment = { ...process.env };
afterEach(() => {
  process.env = { ...environment };
});

/** What clients get of the variables that begin with `AWS_DEV`, beside those of another account. */
function settingsWith(variables: Readonly<Record<string, string>>) {
  const others = {
    AWS_ACCESS_KEY_ID: 'AKIAOTHER',
    AWS_SECRET_ACCESS_KEY: 'other',
    AWS_SESSION_TOKEN: 'other',
  };
  process.env = { ...environment, ...others, ...variables };
  return credentialsSettings({ prefix: 'AWS_DEV', subject: 'The variables AWS_DEV_…' });
}

test('the keys of a prefix are all from its own variables: AWS refuses the session token of others', () => {
  const keys = { AWS_DEV_ACCESS_KEY_ID: 'AKIAOWN', AWS_DEV_SECRET_ACCESS_KEY: 'own' };
  const own = { accessKeyId: 'AKIAOWN', secretAccessKey: 'own' };
  expect(settingsWith(keys)).toStrictEqual({ credentials: own });
  expect(settingsWith({ ...keys, AWS_DEV_SESSION_TOKEN: 'token' })).toStrictEqual({
    credentials: { ...own, sessionToken: 'token' },
  });
  expect(settingsWith({})).toStrictEqual({ credentials: { accessKeyId: '', secretAccessKey: '' } });
});
