import { isStorageFailure, StorageFailures } from './storage-failure.ts';

const nodeError = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
const levelError = Object.assign(new Error('IO error: /tmp/x/tables/000003.log: No space left on device'), {
  code: 'LEVEL_IO_ERROR',
});

test.each([
  ['of Node', nodeError, true],
  ['of LevelDB', levelError, true],
  ['that another one caused', new Error('Database failed to open', { cause: levelError }), true],
  ['for a read-only file system', Object.assign(new Error('x'), { code: 'EROFS' }), true],
  ['for a file that is missing', Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' }), false],
  ['that is none', 'no space left on device', false],
])('an error %s is recognized', (_what, error, expected) => {
  expect(isStorageFailure(error)).toBe(expected);
});

test('a full disk is reported once, with the remedy, and again after it had room', () => {
  const reports: string[] = [];
  const failures = new StorageFailures('DynamoDB', (message) => reports.push(message));
  for (const error of [nodeError, levelError]) {
    expect(failures.failed('/tmp/x', error)).toBe(
      'local AWS cannot write to /tmp/x (no space left on device).',
    );
  }
  expect(reports).toEqual([
    'DynamoDB cannot write to /tmp/x (no space left on device), and answers requests that need it with 500. Free space there: it then goes on. Or start local AWS with another folder in TMPDIR.',
  ]);
  failures.recovered();
  failures.failed('/tmp/x', nodeError);
  expect(reports).toHaveLength(2);
});
