import { type Fork, forkRepository } from './fork.testing.ts';

// The whole suite of a copy runs in it.
jest.setTimeout(45 * 60_000);

let fork: Fork;
beforeAll(async () => {
  fork = await forkRepository();
  await fork.follow('## Make it yours', '## Deploy it to two accounts');
});
afterAll(() => fork?.remove());

test('after "Without the sample", no code and no template names a message or its table', async () => {
  const found = await fork.run(
    "git grep -nIiE 'messages?(Table|Operation|_TABLE|\\.ts|\\.yml)|(post|get)Message|whoami' -- services/*/src services/*/serverless.yml services/*/resources services/contract/*.json || true",
  );
  expect(found).toBe('');
});

test('after "Without the sample", npm test and npm run test:stages are green, and the demo reads an order', async () => {
  await fork.test();
  const shown = await fork.run('npm run -s demo -- --json');
  expect(shown).toContain('"ok": true');
  expect(shown).toContain('getOrder (GET /orders/{id})');
  expect(shown).toMatch(/"body": \{\s*"id": "42"/);
});
