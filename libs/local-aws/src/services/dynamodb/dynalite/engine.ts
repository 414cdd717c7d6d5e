import { Agent, request as httpRequest, type Server } from 'node:http';
import { join } from 'node:path';
import type { AwsResponse } from '../../../core/request.ts';
import type { Scope } from '../../../core/scope.ts';
import { createTemporaryFolder } from '../../../temporary/index.ts';

/** The tables of one account and region. */
export interface Engine {
  /** Carries out an operation. @param body the JSON document that the client sent */
  send(operation: string, body: Uint8Array | string): Promise<AwsResponse>;
  close(): Promise<void>;
}

/** Starts dynalite. It checks no signature, so it listens on a socket in a folder that only this user may enter. */
export async function startEngine(scope: Scope): Promise<Engine> {
  // Loaded with the first table: it costs memory and start-up time that most runs need not pay.
  const { default: dynalite } = await import('dynalite');
  const folder = await createTemporaryFolder('dynamodb');
  const socketPath = join(folder.path, 'socket');
  const server = inScope(scope, () =>
    dynalite({
      // In memory, each item would hold on to the 64 KB that Node allocated its key from.
      path: join(folder.path, 'tables'),
      createTableMs: 0,
      deleteTableMs: 0,
      updateTableMs: 0,
    }),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(socketPath, resolve);
  });
  // By default it closes a connection after 5 idle seconds, and breaks the request that is sent at this moment.
  server.keepAliveTimeout = 0;
  const agent = new Agent({ keepAlive: true });
  return {
    send: (operation, body) => send({ socketPath, agent, operation, body }),
    async close() {
      agent.destroy();
      await closeServer(server);
      await folder.close();
    },
  };
}

/** dynalite takes account and region for its ARNs from the environment, at the moment when it is made. */
function inScope<Result>({ accountId, region }: Scope, make: () => Result): Result {
  const { AWS_ACCOUNT_ID, AWS_REGION } = process.env;
  Object.assign(process.env, { AWS_ACCOUNT_ID: accountId, AWS_REGION: region });
  try {
    return make();
  } finally {
    for (const [name, value] of Object.entries({ AWS_ACCOUNT_ID, AWS_REGION })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

function send(call: {
  readonly socketPath: string;
  readonly agent: Agent;
  readonly operation: string;
  readonly body: Uint8Array | string;
}): Promise<AwsResponse> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        socketPath: call.socketPath,
        agent: call.agent,
        method: 'POST',
        path: '/',
        headers: {
          host: 'dynamodb',
          'content-type': 'application/x-amz-json-1.0',
          'content-length': Buffer.byteLength(call.body),
          'x-amz-target': `DynamoDB_20120810.${call.operation}`,
          'x-amz-date': 'verified',
          // dynalite requires something that looks like a signature. The signature itself has been verified.
          authorization: 'AWS4-HMAC-SHA256 Credential=verified, SignedHeaders=host, Signature=verified',
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const crc32 = response.headers['x-amz-crc32'];
          resolve({
            status: response.statusCode ?? 500,
            headers: {
              'content-type': 'application/x-amz-json-1.0',
              ...(typeof crc32 === 'string' ? { 'x-amz-crc32': crc32 } : {}),
            },
            body: Buffer.concat(chunks),
          });
        });
      },
    );
    request.on('error', reject);
    request.end(call.body);
  });
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
