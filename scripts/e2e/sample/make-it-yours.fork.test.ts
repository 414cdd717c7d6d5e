import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blocksOfReadme, type Fork, forkRepository } from './fork.testing.ts';

// The whole suite of a copy runs in it.
jest.setTimeout(45 * 60_000);

let fork: Fork;
beforeAll(async () => {
  fork = await forkRepository();
  await fork.follow('**Your names.**', '**Call it.**');
});
afterAll(() => fork?.remove());

/** Runs `npm start` while the commands of the script run. */
const whileItRuns = (commands: string) => `
  cross-account start --port 0 --quiet > .git/start.log 2>&1 &
  trap "kill -INT $!; wait $!" EXIT
  for i in $(seq 600); do grep -q "Ctrl-C ends it" .git/start.log && break; sleep 0.2; done
  ${commands}`;

const call = (event: object) =>
  `(cd services/caller && npx sls invoke -f caller --stage local -d '${JSON.stringify(event)}')`;

const order = { operation: 'createOrder', input: { body: { items: ['pen', 'ink'] } } };

/** The IDs of the orders that the API has answered with, in the order of the calls. */
const idsIn = (output: string) => [...output.matchAll(/"id": "([\da-f-]{36})"/g)].map(([, id]) => id);

/** Edits a file of the fork. @throws Error if it does not have the text */
async function edit(file: string, ...changes: readonly (readonly [text: string | RegExp, by: string])[]) {
  const path = join(fork.root, 'services', file);
  let text = await readFile(path, 'utf8');
  for (const [what, by] of changes) {
    const changed = text.replace(what, by);
    if (changed === text) throw new Error(`${file} does not have ${what}.`);
    text = changed;
  }
  await writeFile(path, text);
}

/** The settings of stage `local`, with a further caller that may place orders. */
const settings = (accessMode: string) => ({
  accessMode,
  callers: {
    audit: {
      accountId: '222222222222',
      roleName: 'audit',
      ...(accessMode === 'assume-role' && { externalId: 'audit-id' }),
      routes: ['POST /orders'],
    },
  },
});

test('after "Your names" and "Your routes", npm test and npm run test:stages are green', async () => {
  await fork.test();
});

test('the commands of "Call it" deploy the route, call it and verify it; the same call again stores no second order', async () => {
  const [block] = await blocksOfReadme('**Call it.**', '**Your calls.**');
  const again = call({ ...order, idempotencyKey: 'order-42' });
  const output = await fork.run(whileItRuns(`${block?.text}\n${again}\n${call(order)}`));
  const [first, second, third] = idsIn(output);
  expect(second).toBe(first);
  expect(third).not.toBe(first);
  expect(output).toContain('"status": 201');
  expect(output).toMatch(/✔ createOrder, twice with one key/);
  expect(output).toMatch(/All \d+ probes of stage local passed\./);
});

test('the demo, the call and each name in both accounts have the new names', async () => {
  const shown = await fork.run('npm run -s demo -- --json');
  expect(shown).toContain('"ok": true');
  expect(shown).toContain('orders-billing-local');
  expect(shown).not.toMatch(/cross-account-(?:api|caller)-(?:local|dev)/);
  const names = join(import.meta.dirname, 'list-names.mjs');
  const output = await fork.run(
    whileItRuns(`
      npm run -s check -- --stage local
      . .local-aws/env
      for profile in local-api local-caller; do AWS_PROFILE=$profile node ${names}; done`),
  );
  const found = output.split('\n').filter((line) => /^(?:role|stack|log group) /.test(line));
  expect(found).toEqual(
    expect.arrayContaining([
      'stack orders-local',
      'stack orders-billing-local',
      'role orders-local-invoke',
      'role orders-billing-local',
      'log group /aws/lambda/orders-local-orders',
    ]),
  );
  expect(found.join('\n')).not.toContain('cross-account-');
});

/** Calls the route, and lets verify, explain and handover judge it. @returns what they printed */
async function judge(accessMode: string, commands: string): Promise<string> {
  await writeFile(join(fork.root, 'services/stages.yml'), JSON.stringify({ local: settings(accessMode) }));
  const output = await fork.run(
    whileItRuns(`
      ${commands}
      npm run -s verify -- --stage local
      npm run -s explain -- --stage local
      npm run -s handover -- --stage local --caller audit --out handed-over
      cat handed-over/*
      rm -r handed-over`),
  );
  await fork.run('rm services/stages.yml');
  expect(output).toMatch(/✔ unsigned POST \/orders/);
  expect(output).toMatch(/All \d+ probes of stage local passed\./);
  expect(output).toMatch(/calls createOrder \(POST \/orders\)/);
  expect(output).toMatch(/"\/orders": \{/);
  expect(output).not.toMatch(/cross-account-(?:api|caller)-/);
  return output;
}

const MODES = ['assume-role', 'resource-policy'];

test.each(MODES)('in access mode %s, the call is executed once with one key', async (mode) => {
  const keyed = call({ ...order, idempotencyKey: 'order-1' });
  const output = await judge(mode, `${keyed}\n${keyed}`);
  const [first, second] = idsIn(output);
  expect(second).toBe(first);
  expect(output).toMatch(/✔ createOrder, twice with one key/);
  expect(output).toContain('idempotencyKey: true');
});

describe('without the mark and the option', () => {
  beforeAll(async () => {
    await edit('contract/src/operations.ts', [/ *idempotencyKey: true,\n/, '']);
    await edit('api/src/orders.ts', [/import \{ idempotencyTable .*\n/, ''], [/ *\{ idempotency: .*\n/, '']);
    await fork.run('npm run format && npm run typecheck && npm run openapi');
  });

  test.each(MODES)('in access mode %s, the call is sent without a key', async (mode) => {
    const refused = `! ${call({ ...order, idempotencyKey: 'order-1' })}`;
    const output = await judge(mode, `${call(order)}\n${call(order)}\n${refused}`);
    const [first, second] = idsIn(output);
    expect(second).not.toBe(first);
    expect(output).toContain('idempotencyKey: must be left out. createOrder remembers no keys');
    expect(output).not.toMatch(/createOrder, twice|idempotencyKey: true/);
  });
});

test('a second and a third route of another shape take one diff, and answer through the caller: 201 with Location, and 204', async () => {
  await fork.run(`
    git apply ${join(import.meta.dirname, 'further-routes.diff')}
    npm run openapi
    npx jest services/api/src/address.test.ts`);
  const address = { customerId: 'c1', n: '1', body: { street: 'Main Street 1' } };
  const output = await fork.run(
    whileItRuns(`
      ${call({ operation: 'putAddress', input: address })}
      ${call({ operation: 'deleteOrder', input: { id: '42' } })}
      npm run -s verify -- --stage local`),
  );
  expect(output).toMatch(/"status": 201,\s*"body": \{\s*"street": "Main Street 1"/);
  expect(output).toContain('"status": 204');
  expect(output).toMatch(/All \d+ probes of stage local passed\./);
});
