import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Fork, forkRepository } from './fork.testing.ts';

// The whole suite of a copy runs in it.
jest.setTimeout(20 * 60_000);

let fork: Fork;
beforeAll(async () => {
  fork = await forkRepository();
  await fork.follow('## Keep only what you deploy', '**Without further settings.**');
});
afterAll(() => fork?.remove());

test('after "Keep only what you deploy", npm test is green', async () => {
  await fork.run('git add -A && npm test -- --maxWorkers=2 --silent');
});

test('after "Keep only what you deploy", npm run openapi writes the same document', async () => {
  const document = () => readFile(join(fork.root, 'services/contract/openapi.json'), 'utf8');
  const before = await document();
  await fork.run('npm run openapi');
  expect(await document()).toBe(before);
});

test('after "Keep only what you deploy", both services can be packaged for AWS', async () => {
  await writeFile(
    join(fork.root, 'services/stages.yml'),
    'dev: { region: eu-central-1, apiAccountId: "111111111111", callerAccountId: "222222222222", externalId: 0123456789abcdef, alarms: true }',
  );
  // Without an api stack, its outputs are parameters.
  const outputs = '--param apiUrl=https://api.invalid --param apiArn=arn:api --param invokeRoleArn=arn:role';
  for (const service of ['api', 'caller'])
    await fork.run(`cd services/${service} && npx sls package --stage dev ${outputs}`);
});
