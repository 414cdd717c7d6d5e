import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { billOf, renderBill } from './bill.ts';

/** What `npm run bench -- --bill` printed for the table of the README. */
const usage = { logBytes: { access: 586, messages: 911, caller: 894 }, writes: 3 };
const lines = billOf(usage, [0.3, 0.47]);

test('each line is the price of a million of what a call makes, and the last one is their sum', () => {
  const rendered = renderBill(lines, usage).map((line) => line.replaceAll(/ {2,}/g, ' | '));
  expect(rendered.slice(1, 7)).toEqual([
    'REST API | $3.50',
    'DynamoDB, 3 writes | $1.88',
    'logs, 2.4 KB | $1.20',
    'both functions, warm | $0.77',
    'X-Ray, a busy stage | $0.25',
    'together | $7.59',
  ]);
});

test("the README's bill has these lines", () => {
  const readme = readFileSync(join(import.meta.dirname, '../../services/README.md'), 'utf8');
  for (const { dollars } of lines) expect(readme).toContain(`| $${dollars.toFixed(2)} |`);
  expect(readme).toContain('| **$7.59** |');
});
