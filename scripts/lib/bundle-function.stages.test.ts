import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import aws4 from 'aws4';
import { bundleFunction } from '../../libs/cli/src/project/bundle-function.ts';
import { bundleFolder, runBundle } from '../../libs/serverless-plugin/src/bundle/bundle-folder.testing.ts';
import { packageNames } from './packages.ts';
import { projectRoot } from './project.ts';

const region = 'eu-central-1';
const environment = {
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: 'of-environment',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'token',
};

/** A server with the AWS answers that a handler needs. It remembers the access key IDs of its requests. */
const SERVER = `
  import { createServer } from 'node:http';
  const seen = [];
  const withServer = async (work) => {
    const server = createServer((request, response) => {
      const [, key] = /Credential=([^/]+)/.exec(request.headers.authorization) ?? [];
      if (key !== undefined) seen.push(key);
      const json = /json|cbor/.test(request.headers['content-type']);
      response.setHeader('content-type', json ? 'application/x-amz-json-1.0' : 'application/xml');
      if (json) response.end(JSON.stringify({ TableNames: ['table'] }));
      else if (request.method === 'POST') response.end('<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111111111111</Account></GetCallerIdentityResult></GetCallerIdentityResponse>');
      else response.end('<ListAllMyBucketsResult><Buckets><Bucket><Name>bucket</Name></Bucket></Buckets></ListAllMyBucketsResult>');
    });
    server.on('upgrade', ({ headers }, socket) => {
      const accept = hash('sha1', headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11', 'base64');
      socket.write(['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Accept: ' + accept, '', ''].join('\\r\\n'));
      // A frame with the text "hello".
      socket.end(Buffer.from([0x81, 5, ...Buffer.from('hello')]));
    });
    await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
    try {
      return await work('http://127.0.0.1:' + server.address().port);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  };
  import { hash } from 'node:crypto';
`;

let folder: Awaited<ReturnType<typeof bundleFolder>>;
beforeAll(async () => {
  folder = await bundleFolder();
});
afterAll(() => folder.remove());

/** Bundles a handler with the options of services/esbuild.config.cjs, and runs it. */
async function run(source: string, further: Readonly<Record<string, string>> = {}) {
  await writeFile(join(folder.path, 'handler.js'), source);
  const { outputFiles, warnings } = await bundleFunction(folder.path, 'handler.js');
  expect(warnings).toEqual([]);
  return runBundle(folder.path, outputFiles[0]!.text, { ...environment, ...further });
}

/** The AWS SDK clients that a package.json of this repository names. */
async function sdkClients(): Promise<{ name: string; Client: string }[]> {
  const folders = ['.', ...packageNames.map((name) => join('libs', name))];
  const names = new Set<string>();
  for (const each of [...folders, 'services/api', 'services/caller']) {
    const { dependencies, devDependencies } = JSON.parse(
      await readFile(join(projectRoot, each, 'package.json'), 'utf8'),
    );
    for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
      if (name.startsWith('@aws-sdk/client-')) names.add(name);
    }
  }
  return Promise.all(
    [...names].map(async (name) => {
      const files = await readdir(join(projectRoot, 'node_modules', name, 'dist-es'));
      return { name, Client: files.find((file) => file.endsWith('Client.js'))!.replace('.js', '') };
    }),
  );
}

test('each AWS SDK client that is installed here signs with the credentials of the environment', async () => {
  const clients = await sdkClients();
  expect(clients.length).toBeGreaterThan(7);
  const { result, loadsFetch } = await run(`
    ${clients.map(({ name, Client }) => `import { ${Client} } from '${name}';`).join('\n')}
    const clients = [${clients.map(({ Client }) => `new ${Client}()`).join()}];
    export const handler = () => Promise.all(clients.map(async ({ config }) => {
      const { accessKeyId } = await config.credentials();
      return [config.serviceId, accessKeyId, await config.region()];
    }));`);
  expect(result).toHaveLength(clients.length);
  for (const each of result as string[][]) {
    expect(each).toEqual([expect.any(String), 'of-environment', region]);
  }
  expect(loadsFetch).toBe(false);
});

test('clients of each of the protocols send a signed request and read the answer', async () => {
  const { result } = await run(`
    import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
    import { S3Client, ListBucketsCommand } from '@aws-sdk/client-s3';
    import { STSClient, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
    ${SERVER}
    export const handler = () => withServer(async (endpoint) => {
      const { TableNames } = await new DynamoDBClient({ endpoint }).send(new ListTablesCommand());
      const { Buckets } = await new S3Client({ endpoint, forcePathStyle: true }).send(new ListBucketsCommand());
      const { Account } = await new STSClient({ endpoint }).send(new GetCallerIdentityCommand());
      return { TableNames, Buckets, Account, seen };
    });`);
  expect(result).toEqual({
    TableNames: ['table'],
    Buckets: [{ Name: 'bucket' }],
    Account: '111111111111',
    seen: ['of-environment', 'of-environment', 'of-environment'],
  });
});

test('fetch, WebSocket and a server work', async () => {
  const { result } = await run(`
    import http, { WebSocket as OfHttp } from 'node:http';
    ${SERVER}
    const messageOf = (socket) => new Promise((resolve, reject) => {
      socket.onmessage = ({ data }) => resolve(data);
      socket.onerror = () => reject(new Error('The WebSocket failed.'));
    });
    export const handler = () => withServer(async (url) => {
      const response = await fetch(url);
      const ws = url.replace('http:', 'ws:');
      return {
        fetched: await response.text(),
        messages: await Promise.all([WebSocket, OfHttp, http.WebSocket].map((Class) => messageOf(new Class(ws)))),
      };
    });`);
  expect(result).toEqual({
    fetched: expect.stringContaining('<Name>bucket</Name>'),
    messages: ['hello', 'hello', 'hello'],
  });
});

test('providers of credentials that a handler asks for find profiles', async () => {
  const AWS_SHARED_CREDENTIALS_FILE = join(folder.path, 'credentials');
  await writeFile(
    AWS_SHARED_CREDENTIALS_FILE,
    '[other]\naws_access_key_id = of-profile\naws_secret_access_key = secret\n',
  );
  const { result } = await run(
    `
    import { S3Client, ListBucketsCommand } from '@aws-sdk/client-s3';
    import { fromEnv, fromIni, fromNodeProviderChain } from '@aws-sdk/credential-providers';
    import { defaultProvider } from '@aws-sdk/credential-provider-node';
    ${SERVER}
    const profile = 'other';
    const providers = [fromNodeProviderChain({ profile }), fromIni({ profile }), defaultProvider({ profile }), fromNodeProviderChain(), fromEnv()];
    export const handler = () => withServer(async (endpoint) => {
      const client = new S3Client({ endpoint, forcePathStyle: true, credentials: fromIni({ profile }) });
      await client.send(new ListBucketsCommand());
      return [...seen, ...(await Promise.all(providers.map(async (each) => (await each()).accessKeyId)))];
    });`,
    { AWS_SHARED_CREDENTIALS_FILE },
  );
  expect(result).toEqual([
    ...['of-profile', 'of-profile', 'of-profile', 'of-profile'],
    ...['of-environment', 'of-environment'],
  ]);
});

test('a CommonJS package that requires built-in modules works, next to a require of the handler', async () => {
  const { result } = await run(`
    import { createRequire } from 'node:module';
    import aws4 from 'aws4';
    const require = createRequire(import.meta.url);
    const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' };
    const headers = { 'X-Amz-Date': '20260101T000000Z' };
    export const handler = () => ({
      ...aws4.sign({ host: 'sts.amazonaws.com', path: '/', headers }, credentials).headers,
      separator: require('node:path').sep,
    });`);
  const headers = { 'X-Amz-Date': '20260101T000000Z' };
  const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' };
  const expected = aws4.sign({ host: 'sts.amazonaws.com', path: '/', headers }, credentials).headers;
  expect(result).toEqual({ ...expected, separator: '/' });
});

test('a CommonJS package that requires a missing module gets the error of Node, which it can catch', async () => {
  const optional = join(folder.path, 'optional.cjs');
  await writeFile(
    optional,
    `let code; try { require('not-' + 'there'); } catch (error) { code = error.code; } module.exports = { code };`,
  );
  const { result } = await run(`import { code } from './optional.cjs'; export const handler = () => code;`);
  expect(result).toBe('MODULE_NOT_FOUND');
});

test('neither the load nor the first requests of a function that calls STS and signs load fetch', async () => {
  const { loadsFetch, callLoadsFetch, result } = await run(`
    import { request } from 'node:http';
    import { STSClient, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
    import { AwsV4Signer } from 'aws4fetch';
    ${SERVER}
    export const handler = () => withServer(async (endpoint) => {
      const { Account } = await new STSClient({ endpoint }).send(new GetCallerIdentityCommand());
      const { headers } = await new AwsV4Signer({ url: endpoint, accessKeyId: 'signed', secretAccessKey: 'x', service: 's3' }).sign();
      const status = await new Promise((resolve, reject) =>
        request(endpoint, { headers: Object.fromEntries(headers) }, (response) => resolve(response.resume().statusCode)).on('error', reject).end());
      return { Account, status, seen };
    });`);
  expect(result).toEqual({ Account: '111111111111', status: 200, seen: ['of-environment', 'signed'] });
  expect({ loadsFetch, callLoadsFetch }).toEqual({ loadsFetch: false, callLoadsFetch: false });
});

test('a bundle has the event streams of the AWS SDK only if one of its clients has operations with them', async () => {
  const hasEventStreams = async (name: string, Client: string) => {
    const source = `import { ${Client} } from '${name}'; export const handler = () => new ${Client}();`;
    await writeFile(join(folder.path, 'handler.js'), source);
    const { outputFiles } = await bundleFunction(folder.path, 'handler.js');
    // A header of each event: https://smithy.io/2.0/aws/amazon-eventstream.html
    return outputFiles[0]?.text.includes(':message-type');
  };
  expect(await hasEventStreams('@aws-sdk/client-dynamodb', 'DynamoDBClient')).toBe(false);
  expect(await hasEventStreams('@aws-sdk/client-sts', 'STSClient')).toBe(false);
  expect(await hasEventStreams('@aws-sdk/client-cloudwatch-logs', 'CloudWatchLogsClient')).toBe(true);
});
