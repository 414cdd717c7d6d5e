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

test('a client has the credentials of the environment, and no search for others in its bundle', async () => {
  const [bundle, whole] = await Promise.all([
    folder.bundle(client, { plugins: [environmentCredentials()] }),
    folder.bundle(client, { banner }),
  ]);
  expect(await runBundle(folder.path, bundle, environment)).toMatchObject({ result: 'of-environment' });
  expect(bundle.length / whole.length).toBeLessThan(0.65);
});
