import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

// A server in another thread. When told to, it resets its last connection, and then says so in shared memory, as
// the blocked main thread receives no messages.
const done = new Int32Array(workerData as SharedArrayBuffer);
let reset = (): void => undefined;

// Connections stay open until they are reset, however slow the machine is.
const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
  request.resume().on('end', () => response.end('{}'));
  reset = () => {
    request.socket.once('close', () => {
      Atomics.store(done, 0, 1);
      Atomics.notify(done, 0);
    });
    request.socket.resetAndDestroy();
  };
});
parentPort?.on('message', () => reset());
server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port));
