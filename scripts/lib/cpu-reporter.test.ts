import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CpuReporter = createRequire(__filename)('./cpu-reporter.testing.cjs');

let folder: string;
let printed: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cpu-reporter-'));
  printed = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** Reports a run of these files. @returns its error */
function report(level: string | undefined, totals: Readonly<Record<string, number>>, reference = 0.014) {
  const before = process.env.WHOLE_LEVEL;
  Reflect.deleteProperty(process.env, 'WHOLE_LEVEL');
  if (level !== undefined) process.env.WHOLE_LEVEL = level;
  const reporter = new CpuReporter({ rootDir: folder });
  for (const [file, own] of Object.entries(totals)) {
    reporter.onTestResult({}, { testFilePath: join(folder, file), cpu: { own, children: 0, reference } });
  }
  reporter.onRunComplete();
  if (before === undefined) Reflect.deleteProperty(process.env, 'WHOLE_LEVEL');
  else process.env.WHOLE_LEVEL = before;
  return reporter.getLastError()?.message;
}

const suites = (count: number, total: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`libs/file${index}.test.ts`, total]));

test('npm test fails above its budget of CPU time, and names what has grown', () => {
  expect(report('test', suites(40, 2))).toBeUndefined();
  expect(report('test', { ...suites(40, 10), 'libs/file3.test.ts': 17 })).toBe(
    'The tests are above their budget of CPU time.',
  );
  expect(printed).toContain('17.00 s, 15.00 s more  libs/file3.test.ts');
});

test('a slower machine has a larger budget, and a run of some files or of another level has none', () => {
  expect(report('test', suites(40, 10), 0.042)).toBeUndefined();
  expect(report(undefined, suites(400, 10))).toBeUndefined();
  expect(report('all', suites(400, 10))).toBeUndefined();
});

test('one file of npm test above its limit fails the run', () => {
  expect(report(undefined, suites(1, 26))).toBe('A file of npm test is above the limit of CPU time.');
  expect(report(undefined, { 'libs/file.stages.test.ts': 26 })).toBeUndefined();
});
