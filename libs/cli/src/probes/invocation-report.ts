/** What Lambda reports of an invocation. */
export interface InvocationReport {
  /** Only of an invocation that started cold. */
  readonly initDurationMs?: number;
  readonly durationMs: number;
  readonly billedDurationMs: number;
  readonly memorySizeMb: number;
  readonly maxMemoryUsedMb: number;
}

/**
 * Reads Lambda's report of an invocation from its log, in the format text or JSON.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
 * @returns `undefined` if the log has none, for example because its level leaves it out
 */
export function invocationReport(log: string): InvocationReport | undefined {
  const line = log.split('\n').findLast((each) => /^REPORT |"platform\.report"/.test(each));
  if (line === undefined) return undefined;
  const read = (inText: string, inJson: string) => {
    const [, value] = new RegExp(`(?:\\t${inText}: |"${inJson}":\\s*)([\\d.]+)`).exec(line) ?? [];
    return Number(value);
  };
  const initDurationMs = read('Init Duration', 'initDurationMs');
  return {
    ...(!Number.isNaN(initDurationMs) && { initDurationMs }),
    durationMs: read('Duration', 'durationMs'),
    billedDurationMs: read('Billed Duration', 'billedDurationMs'),
    memorySizeMb: read('Memory Size', 'memorySizeMB'),
    maxMemoryUsedMb: read('Max Memory Used', 'maxMemoryUsedMB'),
  };
}
