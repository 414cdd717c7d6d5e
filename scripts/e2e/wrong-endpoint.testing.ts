import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** A server that must receive nothing: a command that calls it has used the wrong endpoint or proxy. */
export interface WrongEndpoint {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** The first bytes of each connection, as text. */
  readonly received: readonly string[];
  close(): Promise<void>;
}

/** Listens on a free port, records all input, and ends each connection. */
export async function startWrongEndpoint(): Promise<WrongEndpoint> {
  const received: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.once('data', (chunk) => {
      received.push(chunk.toString('latin1'));
      socket.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/**
 * Every variable with which a shell can set credentials, endpoints and proxies, all set to the wrong endpoint.
 * @param url of the wrong endpoint
 * @param home a folder to use as the home directory
 */
export function wrongEnvironment(url: string, home: string): Readonly<Record<string, string>> {
  return {
    HOME: home,
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    AWS_SESSION_TOKEN: 'production',
    AWS_PROFILE: 'production',
    AWS_DEFAULT_PROFILE: 'production',
    AWS_LOCAL_PROFILE: 'production',
    AWS_LOCAL_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_LOCAL_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    AWS_CONFIG_FILE: `${home}/config`,
    AWS_SHARED_CREDENTIALS_FILE: `${home}/credentials`,
    AWS_REGION: 'eu-west-1',
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: url,
    AWS_ENDPOINT_URL_S3: url,
    AWS_ENDPOINT_URL_STS: url,
    AWS_ENDPOINT_URL_CLOUDFORMATION: url,
    AWS_ENDPOINT_URL_LAMBDA: url,
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
    AWS_USE_FIPS_ENDPOINT: 'true',
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/credentials`,
    HTTP_PROXY: url,
    HTTPS_PROXY: url,
    ALL_PROXY: url,
    http_proxy: url,
    https_proxy: url,
    all_proxy: url,
    proxy: url,
    NODE_USE_ENV_PROXY: '1',
  };
}
