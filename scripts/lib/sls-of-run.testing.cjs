const { once } = require('node:events');
const { createServer } = require('node:net');
const { join } = require('node:path');
const { json } = require('node:stream/consumers');

/**
 * Jest's global set-up: the Serverless CLI for all tests of a run, on a socket. Its processes start when tests need them. Otherwise each
 * run would load the CLI again.
 */
module.exports = async function startSlsOfRun() {
  const { createTemporaryFolder } = await import('@cross-account-api/local-aws/temporary');
  const folder = await createTemporaryFolder('sls-of-run');
  /** @type {Promise<import('../e2e/warm-sls.testing.ts').SlsProcesses> | undefined} */
  let processes;
  const server = createServer({ allowHalfOpen: true }, async (socket) => {
    // A test that is killed closes the connection.
    socket.on('error', () => socket.destroy());
    try {
      const request = /** @type {import('../e2e/warm-sls.testing.ts').SlsRequest} */ (await json(socket));
      processes ??= import('../e2e/warm-sls.testing.ts').then(({ slsProcesses }) => slsProcesses());
      socket.end(JSON.stringify(await (await processes).run(request)));
    } catch (error) {
      socket.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
    }
  });
  const path = join(folder.path, 'socket');
  await once(server.listen(path), 'listening');
  server.unref();
  process.env.SLS_SOCKET = path;
  Object.assign(globalThis, {
    closeSlsOfRun: async () => {
      server.close();
      await (await processes)?.close();
      await folder.close();
    },
  });
};
