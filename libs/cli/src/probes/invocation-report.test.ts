import { invocationReport } from './invocation-report.ts';

test.each([
  // A log of Lambda in https://github.com/prisma/ecosystem-tests/pull/1544
  [
    'START RequestId: 780baab8-54f3-4e91-bb8b-7936613f03d4 Version: $LATEST\nEND RequestId: 780baab8-54f3-4e91-bb8b-7936613f03d4\nREPORT RequestId: 780baab8-54f3-4e91-bb8b-7936613f03d4\tDuration: 5262.18 ms\tBilled Duration: 5263 ms\tMemory Size: 128 MB\tMax Memory Used: 122 MB\tInit Duration: 380.85 ms\t\nXRAY TraceId: 1-605dbc0e-0a12f59838700d840275d1cc\tSegmentId: 08026845304e5069\tSampled: true\t\n',
    {
      initDurationMs: 380.85,
      durationMs: 5262.18,
      billedDurationMs: 5263,
      memorySizeMb: 128,
      maxMemoryUsedMb: 122,
    },
  ],
  [
    '2026-11-26T10:00:00.000Z\t1\tINFO\tREPORT\nREPORT RequestId: 1\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 18 MB\t\n',
    { durationMs: 12.34, billedDurationMs: 13, memorySizeMb: 128, maxMemoryUsedMb: 18 },
  ],
  // https://github.com/awslabs/aws-lambda-rust-runtime/blob/main/lambda-extension/src/telemetry.rs
  [
    '{"time":"2022-10-21T14:05:05.766Z","type":"platform.report","record":{"requestId":"459921b5-681c-4a96-beb0-81e0aa586026","metrics":{"durationMs":2599.4,"billedDurationMs":2600,"memorySizeMB":128,"maxMemoryUsedMB":94,"initDurationMs":549.04},"status":"success"}}\n',
    {
      initDurationMs: 549.04,
      durationMs: 2599.4,
      billedDurationMs: 2600,
      memorySizeMb: 128,
      maxMemoryUsedMb: 94,
    },
  ],
  ['{"level":"INFO","message":"called"}\n', undefined],
])('The figures of an invocation are read from the log %j', (log, report) => {
  expect(invocationReport(log)).toEqual(report);
});
