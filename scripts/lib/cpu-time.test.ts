import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import CpuReporter from './cpu-reporter.testing.cjs';
import { cpuOfProcesses, cpuOfReferenceWork } from './cpu-time.testing.cjs';

const onLinux = process.platform === 'linux' ? test : test.skip;

/** Works until it has taken 0.2 s of CPU time, says so, and waits. */
const BUSY =
  "while (process.cpuUsage().user < 2e5); process.stdout.write('done'); process.stdin.resume().on('end', () => process.exit());";

onLinux(
  'the time of a process counts the processes that it started: while they run, and when they have ended',
  async () => {
    const before = cpuOfProcesses(process.pid);
    const child = spawn(process.execPath, ['-e', BUSY], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    expect(cpuOfProcesses(process.pid) - before).toBeGreaterThanOrEqual(0.19);
    child.stdin.end();
    await once(child, 'close');
    expect(cpuOfProcesses(process.pid) - before).toBeGreaterThanOrEqual(0.19);
  },
);

test('a process that has ended has no time', () => {
  expect(cpuOfProcesses(2 ** 30)).toBe(0);
});

test('the reference work takes time', () => {
  expect(cpuOfReferenceWork()).toBeGreaterThan(0);
});

describe('the reporter', () => {
  let rootDir: string;
  let printed: string;
  beforeEach(async () => {
    rootDir = await mkdtemp(join(tmpdir(), 'cpu-reporter-'));
    printed = '';
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      printed += text;
      return true;
    });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await rm(rootDir, { recursive: true });
  });

  /** Reports a run of one file that takes 100 s, on a machine that does the reference work in this time. */
  function report(file: string, reference: number) {
    const reporter = new CpuReporter({ rootDir });
    reporter.onTestResult(
      {},
      { testFilePath: join(rootDir, file), cpu: { own: 60, children: 40, reference } },
    );
    reporter.onRunComplete();
    return reporter;
  }

  test('fails a run in which a file of npm test is above the limit, and names the file', async () => {
    expect(report('libs/a.test.ts', 0.014).getLastError()).toBeInstanceOf(Error);
    expect(printed).toMatch(/^libs\/a\.test\.ts takes 100\.00 s of CPU time\. A file of npm test may take /m);
    expect(await readFile(join(rootDir, 'node_modules/.cache/test-cpu.tsv'), 'utf8')).toContain(
      '100.00\t60.00\t40.00\tlibs/a.test.ts\n',
    );
  });

  test.each([
    ['of a slower level', 'libs/a.stages.test.ts', 0.014],
    ['on a machine that is as much slower', 'libs/a.test.ts', 0.5],
  ])('passes a file %s', (_what, file, reference) => {
    expect(report(file, reference).getLastError()).toBeUndefined();
    expect(printed).toBe('');
  });
});
