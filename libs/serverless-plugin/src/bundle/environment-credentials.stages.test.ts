import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleFolder, runBundle } from './bundle-folder.testing.ts';
import { environmentCredentials } from './environment-credentials.ts';

const banner = {
  js: `const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);`,
};
const environment = { AWS_ACCESS_KEY_ID: 'of-environment', AWS_SECRET_ACCESS_KEY: 'secret' };

let folder: Awaited<ReturnType<typeof bundleFolder>>;
beforeAll(async () => {
  folder = await bundleFolder();
});
afterAll(() => folder.remove());

const client = `
  import { STSClient } from '@aws-sdk/client-sts';
  const client = new STSClient({ region: 'eu-central-1' });
  export const handler = async () => (await client.config.credentials()).accessKeyId;`;

test('a client that is loaded with require has them, too', async () => {
  const source = `
    const { STSClient } = require('@aws-sdk/client-sts');
    const client = new STSClient({ region: 'eu-central-1' });
    export const handler = async () => (await client.config.credentials()).accessKeyId;`;
  const bundle = await folder.bundle(source, { banner, plugins: [environmentCredentials()] });
  expect(await runBundle(folder.path, bundle, environment)).toMatchObject({ result: 'of-environment' });
});

test('without credentials in the environment, a client says so', async () => {
  const bundle = await folder.bundle(client, { plugins: [environmentCredentials()] });
  await expect(runBundle(folder.path, bundle)).rejects.toThrow(
    'Unable to find environment variable credentials',
  );
});

const withProfile = `
  import { STSClient } from '@aws-sdk/client-sts';
  const client = new STSClient({ region: 'eu-central-1', profile: 'other' });
  export const handler = async () => (await client.config.credentials()).accessKeyId;`;

test.each([
  ['the option profile', withProfile, {}],
  ['the variable AWS_PROFILE', client, { AWS_PROFILE: 'other' }],
])(
  '%s is an error, because the bundle reads no profiles: the function would act with its own role',
  async (_what, source, more) => {
    const bundle = await folder.bundle(source, { plugins: [environmentCredentials()] });
    await expect(runBundle(folder.path, bundle, { ...environment, ...more })).rejects.toThrow(
      /The profile "other" cannot be used.*fromIni\(\{ profile \}\)/,
    );
  },
);

test.each([
  ['an empty AWS_PROFILE', client, { AWS_PROFILE: '' }],
  [
    'credentials beside the option profile',
    withProfile.replace('profile:', "credentials: { accessKeyId: 'given', secretAccessKey: 's' }, profile:"),
    {},
  ],
])('%s does not keep a client from its credentials', async (_what, source, more) => {
  const bundle = await folder.bundle(source, { plugins: [environmentCredentials()] });
  const { result } = await runBundle(folder.path, bundle, { ...environment, ...more });
  expect(result).toBe(source === client ? 'of-environment' : 'given');
});

test('code that imports the search gets it, also next to a client', async () => {
  const config = join(folder.path, 'credentials');
  await writeFile(config, '[other]\naws_access_key_id = of-profile\naws_secret_access_key = secret\n');
  const source = `
    import { fromIni, fromNodeProviderChain } from '@aws-sdk/credential-providers';
    import { defaultProvider } from '@aws-sdk/credential-provider-node';
    import { STSClient } from '@aws-sdk/client-sts';
    const client = new STSClient({ region: 'eu-central-1' });
    const other = new STSClient({ region: 'eu-central-1', credentials: fromIni({ profile: 'other' }) });
    const providers = [fromNodeProviderChain({ profile: 'other' }), defaultProvider({ profile: 'other' }), other.config.credentials, client.config.credentials];
    export const handler = () => Promise.all(providers.map(async (each) => (await each()).accessKeyId));`;
  const bundle = await folder.bundle(source, { banner, plugins: [environmentCredentials()] });
  const result = runBundle(folder.path, bundle, { ...environment, AWS_SHARED_CREDENTIALS_FILE: config });
  expect(await result).toMatchObject({
    result: ['of-profile', 'of-profile', 'of-profile', 'of-environment'],
  });
});

test('a package below a client is not the client', async () => {
  const nested = join(folder.path, 'app/node_modules/@aws-sdk/client-own/node_modules/nested');
  await mkdir(nested, { recursive: true });
  await writeFile(
    join(nested, 'index.js'),
    `export { defaultProvider } from '@aws-sdk/credential-provider-node';`,
  );
  const source = `
    import { defaultProvider } from './app/node_modules/@aws-sdk/client-own/node_modules/nested/index.js';
    export const handler = () => defaultProvider.name;`;
  const bundle = await folder.bundle(source, { banner, plugins: [environmentCredentials()] });
  expect(bundle).toContain('AWS_EC2_METADATA');
});
