import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reasonAgainstCreate } from './sample.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'clone-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function name(service: string, as: string) {
  mkdirSync(join(root, 'services', service), { recursive: true });
  writeFileSync(
    join(root, 'services', service, 'serverless.yml'),
    `# A comment\nservice: ${as}\nplugins: []\n`,
  );
}

test('a project is made from services that have the names of the sample', () => {
  name('api', 'cross-account-api');
  name('caller', 'cross-account-caller');
  expect(reasonAgainstCreate(root)).toBeUndefined();
});

test('in a fork with other names, the reason names them, and what works there', () => {
  name('api', 'orders');
  name('caller', 'orders-billing');
  expect(reasonAgainstCreate(root)).toMatch(/are called orders and orders-billing\. .*With --update/);
});
