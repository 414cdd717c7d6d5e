// Invokes a handler for each line of its input, as Lambda does, and writes what came of it: `node invoke.mjs ./got.mjs`.
import { createInterface } from 'node:readline';
import { inspect } from 'node:util';

const [, , file] = process.argv;
const { handler } = await import(file);
process.stdout.write('ready\n');

let count = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const { remainingMs } = JSON.parse(line);
  count += 1;
  const end = Date.now() + remainingMs;
  const context = {
    awsRequestId: `request-${count}-of-${process.pid}`,
    getRemainingTimeInMillis: () => end - Date.now(),
  };
  const timeOut = Symbol('time-out');
  const outcome = await Promise.race([
    handler({ count }, context).then(
      () => ({ succeeds: true }),
      (error) => ({
        succeeds: false,
        name: error.name,
        printed: `${inspect(error)}\n${JSON.stringify(error)}`,
      }),
    ),
    new Promise((resolve) => setTimeout(resolve, remainingMs, timeOut)),
  ]);
  process.stdout.write(`${JSON.stringify(outcome === timeOut ? { timedOut: true } : outcome)}\n`);
}
process.exit();
