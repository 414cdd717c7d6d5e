const { once } = require('node:events');
const { createServer } = require('node:net');
const { join } = require('node:path');
const { json } = require('node:stream/consumers');

/** @typedef {import('../e2e/packager.testing.ts').Packager} Packager */

/**
 * Jest's global set-up: one process with the Serverless CLI packages for all tests of a run, on a socket. It starts when the first
 * test packages something. Otherwise each test file would load the CLI again.
 */
module.exports = async function startPackagerOfRun() {
  const { createTemporaryFolder } = await import('@cross-account-api/local-aws/temporary');
  const folder = await createTemporaryFolder('packager');
  /** @type {Promise<Packager> | undefined} */
  let packager;
  /** @type {Promise<unknown>} */
  let last = Promise.resolve();
  const server = createServer({ allowHalfOpen: true }, async (socket) => {
    // A test that is killed closes the connection.
    socket.on('error', () => socket.destroy());
    try {
      const request = /** @type {import('../e2e/packager.testing.ts').PackagerRequest} */ (
        await json(socket)
      );
      packager ??= import('../e2e/packager.testing.ts').then(({ startPackager }) => startPackager());
      const running = await packager;
      const done = last.then(() => running.package(request));
      last = done.catch(() => {});
      await done;
      socket.end('{}');
    } catch (error) {
      socket.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
    }
  });
  const path = join(folder.path, 'socket');
  await once(server.listen(path), 'listening');
  server.unref();
  process.env.PACKAGER_SOCKET = path;
  Object.assign(globalThis, {
    closePackagerOfRun: async () => {
      server.close();
      await (await packager)?.close();
      await folder.close();
    },
  });
};
