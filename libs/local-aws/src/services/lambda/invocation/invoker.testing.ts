import { lambdaFixture } from '../lambda.testing.ts';

/** The log group of function `work`. */
export const GROUP = '/aws/lambda/work';

/** Adds a test for each way in which the process of a function ends. */
export function testReplacedProcesses(
  ways: readonly (readonly [name: string, body: string, errorType: string, message: string])[],
): void {
  test.each(ways)('a process that %s is replaced by a new one', async (_name, body, errorType, message) => {
    const lambda = lambdaFixture();
    try {
      const source = `exports.handler = async (event) => { if (event.ok) return process.pid; ${body} }`;
      await lambda.deploy('work', source, { Timeout: 1 });
      const { json: before } = await lambda.invoke('work', { ok: true });
      const failed = await lambda.invoke('work');
      const id = String(failed.headers['x-amzn-requestid']);
      expect(failed.headers['x-amz-function-error']).toBe('Unhandled');
      expect(failed.json).toEqual({ errorType, errorMessage: `RequestId: ${id} Error: ${message}` });
      const lines = lambda.logged.get(GROUP) ?? [];
      expect(lines.at(-3)).toContain(message);
      expect(lines.at(-2)).toBe(`END RequestId: ${id}`);
      expect(lines.at(-1)).toContain(
        errorType === 'Sandbox.Timedout' ? 'Status: timeout' : `Error Type: ${errorType}`,
      );
      const { json: after } = await lambda.invoke('work', { ok: true });
      expect(after).not.toBe(before);
      expect(after).toEqual(expect.any(Number));
    } finally {
      await lambda.service.close();
    }
  });
}
