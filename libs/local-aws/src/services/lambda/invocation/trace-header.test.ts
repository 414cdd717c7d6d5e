import { traceHeader } from './trace-header.ts';

const now = new Date('2026-11-24T12:00:00Z');
const ROOT = '1-5759e988-bd862e3fe1be46a994272793';

test('the trace of the caller goes on, with a segment of its own', () => {
  const header = traceHeader(`Root=${ROOT};Parent=53995c3f42cd8ad8;Sampled=1`, false, now);
  expect(header).toMatch(new RegExp(`^Root=${ROOT};Parent=[0-9a-f]{16};Sampled=1$`));
  expect(header).not.toContain('53995c3f42cd8ad8');
});

test.each([
  [undefined, true, 'Sampled=1'],
  [undefined, false, 'Sampled=0'],
  [`Root=${ROOT};Sampled=0`, true, 'Sampled=0'],
  ['Root=\r\nrubbish', false, 'Sampled=0'],
])('the caller’s header %j with active tracing %s decides about sampling', (incoming, active, expected) => {
  const header = traceHeader(incoming, active, now);
  expect(header).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=[01]$/);
  expect(header).toContain(expected);
});
