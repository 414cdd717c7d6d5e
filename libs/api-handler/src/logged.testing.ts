/** Collects the logs of the functions of a test file, line by line, and keeps them out of the test's output. */
export function collectLogs(): readonly Record<string, unknown>[] {
  const logged: Record<string, unknown>[] = [];
  beforeEach(() => {
    logged.length = 0;
    for (const stream of [process.stdout, process.stderr]) {
      jest.spyOn(stream, 'write').mockImplementation((line) => {
        logged.push(JSON.parse(String(line)));
        return true;
      });
    }
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  return logged;
}
