import { fromEnvironment, type SignedFetchMiddlewareOptions, signedFetch } from './index.ts';

const { env } = process;
afterEach(() => {
  process.env = env;
});

const own = {
  AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE123456789',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'token',
};

test('fromEnvironment reads the credentials that the process has when they are needed', async () => {
  process.env = own;
  expect(await fromEnvironment()).toEqual({
    accessKeyId: 'ASIAEXAMPLE123456789',
    secretAccessKey: 'secret',
    sessionToken: 'token',
  });
  process.env = { ...own, AWS_SESSION_TOKEN: 'another' };
  expect(await fromEnvironment()).toMatchObject({ sessionToken: 'another' });
});

test.each(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])(
  'without %s, fromEnvironment names the variable',
  async (name) => {
    process.env = { ...own, [name]: undefined };
    delete process.env[name];
    await expect(fromEnvironment()).rejects.toThrow(
      `signedFetch: credentials need the environment variable ${name}`,
    );
  },
);

test('types: credentials have no default: a forgotten role would sign as the function itself', () => {
  // @ts-expect-error: without credentials
  const none: SignedFetchMiddlewareOptions = {
    baseUrl: 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
  };
  expect(() => signedFetch(none)).toThrow('credentials');
});
