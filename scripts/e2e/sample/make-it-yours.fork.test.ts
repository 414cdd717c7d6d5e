import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Fork, forkRepository } from './fork.testing.ts';

// The whole suite of a copy runs in it.
jest.setTimeout(45 * 60_000);

let fork: Fork;
beforeAll(async () => {
  fork = await forkRepository();
  await fork.follow('**Your names.**', '**Your calls.**');
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

test('after "Your names" and "Your routes", npm test and npm run test:stages are green', async () => {
  await fork.test();
});

test('the demo, the call and each name in both accounts have the new names', async () => {
  const shown = await fork.run('npm run -s demo -- --json');
  expect(shown).toContain('"ok": true');
  expect(shown).toContain('orders-billing-local');
  expect(shown).not.toMatch(/cross-account-(?:api|caller)-(?:local|dev)/);
  const names = join(import.meta.dirname, 'list-names.mjs');
  const event = { operation: 'getOrder', input: { id: '42', query: { expand: 'items' } } };
  const output = await fork.run(
    whileItRuns(`
      npm run -s check -- --stage local
      ${call(event)}
      . .local-aws/env
      for profile in local-api local-caller; do AWS_PROFILE=$profile node ${names}; done`),
  );
  expect(output).toMatch(/"items": \[\s*"pen",\s*"ink"\s*\]/);
  const found = output.split('\n').filter((line) => /^(?:role|stack|log group) /.test(line));
  expect(found).toEqual(
    expect.arrayContaining([
      'stack orders-local',
      'stack orders-billing-local',
      'role orders-local-invoke',
      'role orders-billing-local',
      'log group /aws/lambda/orders-local-order',
    ]),
  );
  expect(found.join('\n')).not.toContain('cross-account-');
});

test('verify, explain and handover know the new route, and no route that is gone', async () => {
  const further = { accountId: '222222222222', roleName: 'audit', externalId: 'audit-id' };
  const callers = { audit: { ...further, routes: ['GET /orders/{id}'] } };
  await writeFile(join(fork.root, 'services/stages.yml'), JSON.stringify({ local: { callers } }));
  const output = await fork.run(
    whileItRuns(`
      npm run -s verify -- --stage local
      npm run -s explain -- --stage local
      npm run -s handover -- --stage local --caller audit --out handed-over
      cat handed-over/*
      rm -r handed-over`),
  );
  await fork.run('rm services/stages.yml');
  for (const wanted of [
    /✔ unsigned GET \/orders\/\{id\}/,
    /All \d+ probes of stage local passed\./,
    /orders-billing-local assumes role orders-local-invoke/,
    /role orders-local-invoke calls getOrder \(GET \/orders\/\{id\}\)/,
    /"\/orders\/\{id\}": \{/,
    /\/orders\/42/,
  ])
    expect(output).toMatch(wanted);
  expect(output).not.toMatch(/whoami|cross-account-(?:api|caller)-/);
});

test('a second and a third route of another shape take one diff, and answer through the caller: 201 with Location, and 204', async () => {
  await fork.run(`
    git apply ${join(import.meta.dirname, 'further-routes.diff')}
    npm run openapi -- --release
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
