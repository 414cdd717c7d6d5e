import type { Plugin } from 'esbuild';
import { bundleFolder, runBundle } from './bundle-folder.testing.ts';
import { environmentCredentials } from './environment-credentials.ts';
import { eventStreams } from './event-streams.ts';

let folder: Awaited<ReturnType<typeof bundleFolder>>;
beforeAll(async () => {
  folder = await bundleFolder();
});
afterAll(() => folder.remove());

const client = `
  import { CloudWatchLogsClient, StartLiveTailCommand } from '@aws-sdk/client-cloudwatch-logs';
  export const handler = async () => {
    // One event, in the frame of AWS's event streams: https://smithy.io/2.0/aws/amazon-eventstream.html
    const frame = (headers, body) => {
      const encoded = Buffer.concat(Object.entries(headers).map(([name, value]) =>
        Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7, 0, value.length]), Buffer.from(value)])));
      const message = Buffer.alloc(16 + encoded.length + body.length);
      message.writeUInt32BE(message.length, 0);
      message.writeUInt32BE(encoded.length, 4);
      message.writeUInt32BE(zlib.crc32(message.subarray(0, 8)), 8);
      encoded.copy(message, 12);
      message.write(body, 12 + encoded.length);
      message.writeUInt32BE(zlib.crc32(message.subarray(0, -4)), message.length - 4);
      return message;
    };
    const zlib = process.getBuiltinModule('node:zlib');
    const event = (type, body) => frame({ ':message-type': 'event', ':event-type': type, ':content-type': 'application/json' }, JSON.stringify(body));
    const { Readable } = process.getBuiltinModule('node:stream');
    const logs = new CloudWatchLogsClient({
      region: 'us-east-1',
      credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' },
      requestHandler: { handle: async () => ({ response: {
        statusCode: 200,
        headers: { 'content-type': 'application/vnd.amazon.eventstream' },
        body: Readable.from([event('initial-response', {}), event('sessionStart', { sessionId: 'the session' })]),
      } }) },
    });
    const { responseStream } = await logs.send(new StartLiveTailCommand({ logGroupIdentifiers: ['arn'] }));
    for await (const { sessionStart } of responseStream) return sessionStart.sessionId;
  };`;

test.each([true, false])('an operation with an event stream works (minified: %s)', async (minify) => {
  const code = await folder.bundle(client, { plugins: [environmentCredentials(), eventStreams()], minify });
  expect(await runBundle(folder.path, code)).toMatchObject({ result: 'the session' });
});

test('a client without event streams does not bring their code into the bundle', async () => {
  const source = `import { STSClient } from '@aws-sdk/client-sts'; export const handler = () => new STSClient({});`;
  const hasThem = async (plugins: Plugin[]) =>
    (await folder.bundle(source, { plugins, minify: false })).includes('EventStreamSerde = class');
  expect(await hasThem([environmentCredentials()])).toBe(true);
  expect(await hasThem([environmentCredentials(), eventStreams()])).toBe(false);
});

test('with the plugin, esbuild wraps no module of an SDK client in a function', async () => {
  const source = `import { STSClient } from '@aws-sdk/client-sts'; export const handler = () => new STSClient({});`;
  const isWrapped = async (...plugins: Plugin[]) => {
    // The credential chain has further import()s.
    const all = [environmentCredentials(), ...plugins];
    return (await folder.bundle(source, { plugins: all, minify: false })).includes('__esm(');
  };
  expect(await isWrapped()).toBe(true);
  expect(await isWrapped(eventStreams())).toBe(false);
});
