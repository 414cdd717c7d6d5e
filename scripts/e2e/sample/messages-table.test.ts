import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../lib/project.ts';

test('the table of messages is backed up, protected and emptied as the table of keys is', () => {
  const linesOf = (file: string) => {
    const text = readFileSync(join(projectRoot, 'services/api/resources', file), 'utf8');
    return text.slice(text.indexOf('      BillingMode:'));
  };
  expect(linesOf('messages.yml')).toBe(linesOf('idempotency.yml'));
  expect(linesOf('messages.yml')).toContain('PointInTimeRecoveryEnabled');
});
