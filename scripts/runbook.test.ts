import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assumeRole from '@cross-account-api/assume-role';
import * as signedFetch from '@cross-account-api/signed-fetch';
import { projectRoot } from './lib/project.ts';

const page = readFileSync(join(projectRoot, 'services/RUNBOOK.md'), 'utf8');

test('the runbook has a line for each error with which the caller can end', () => {
  const exported: Readonly<Record<string, unknown>> = { ...assumeRole, ...signedFetch };
  // A TypeError is a mistake of the code, which its tests find.
  const errors = Object.entries(exported).filter(
    ([name, value]) =>
      typeof value === 'function' &&
      value.prototype instanceof Error &&
      !(value.prototype instanceof TypeError) &&
      name !== 'SignedFetchError',
  );
  const [, table = ''] = page.split('| `errorType` |');
  const [rows = ''] = table.split('\n\n');
  const named = [...rows.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name);
  expect(named.sort()).toEqual(errors.map(([name]) => name).sort());
});

test('each section of the runbook that a table or a text refers to exists', () => {
  const anchors = [...page.matchAll(/^## (.+)$/gm)].map(
    ([, title = '']) =>
      `#${title
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-')}`,
  );
  const references = [...page.matchAll(/\]\((#[^)]+)\)/g)].map(([, anchor = '']) => anchor);
  expect(references.filter((each) => !anchors.includes(each))).toEqual([]);
  expect(references.length).toBeGreaterThan(10);
});
