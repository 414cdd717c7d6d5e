import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Fork, forkRepository } from './fork.testing.ts';

// The whole suite of a copy runs in it.
jest.setTimeout(45 * 60_000);

let fork: Fork;
beforeAll(async () => {
  fork = await forkRepository();
  await fork.follow('## Make it yours', '**Call it.**');
  // What "Without the sample" says.
  await fork.run(`
    git rm -qr services/contract/src/messages* services/api/src/message* services/api/src/whoami* \\
      services/api/src/proxy-event.testing.ts services/api/resources/messages.yml services/caller/src/caller.test.ts`);
  await edit(
    'contract/src/operations.ts',
    [/import \{ messageOperations .*\n/, ''],
    [/ *\.\.\.messageOperations,\n/, ''],
    [/ *getWhoami: operation\(.*?\n {2}\}\),\n/s, ''],
    ['callerSchema, ', ''],
  );
  await edit('api/serverless.yml', [/ {2}messages:\n.*(?= {2}orders:\n)/s, ''], [/.*messages\.yml.*\n/, '']);
  await edit(
    'caller/src/caller.ts',
    ['postMessage', 'createOrder'],
    ["{ foo: 'bar' }", "{ items: ['pen', 'ink'] }"],
  );
  await fork.run('npm run format && npm run openapi -- --release');
});
afterAll(() => fork?.remove());

/** Edits a file of the fork. The first place of each text is replaced. @throws Error if a file does not have one */
async function edit(file: string, ...changes: readonly (readonly [text: string | RegExp, by: string])[]) {
  const path = join(fork.root, 'services', file);
  let text = await readFile(path, 'utf8');
  for (const [what, by] of changes) {
    const changed = typeof what === 'string' ? text.replaceAll(what, by) : text.replace(what, by);
    if (changed === text) throw new Error(`${file} does not have ${what}.`);
    text = changed;
  }
  await writeFile(path, text);
}

test('without the sample, no code and no template names a message or its table', async () => {
  const found = await fork.run(
    "git grep -nIiE 'messages?(Table|Operation|_TABLE|\\.ts|\\.yml)|(post|get)Message|whoami' -- services/*/src services/*/serverless.yml services/*/resources services/contract/*.json || true",
  );
  expect(found).toBe('');
});

test('without the sample, npm test and npm run test:stages are green, and the demo places an order', async () => {
  await fork.test();
  const shown = await fork.run('npm run -s demo -- --json');
  expect(shown).toContain('"ok": true');
  expect(shown).toContain('createOrder (POST /orders)');
  expect(shown).toMatch(/"items": \[\s*"pen",\s*"ink"\s*\]/);
});
