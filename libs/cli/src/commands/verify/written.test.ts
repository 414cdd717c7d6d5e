import type { ProbeResult } from '../../probes/probe.ts';
import { resultsWith } from '../../probes/test-results.testing.ts';
import { noteOfWrites } from './written.ts';

const answering = (outcome: string): ProbeResult[] =>
  resultsWith((name) => (name.startsWith('acmeOrder') ? { outcome, message: '' } : undefined));

test.each(['201', 'executed twice', 'another message', 'another identity'])(
  'a write that ended with "%s" was executed, and what it has stored stays',
  (outcome) => {
    expect(noteOfWrites(answering(outcome))).toBe(
      'The probes have executed POST /acme-orders. What the API has stored stays.',
    );
  },
);

test.each(['502', 'RequestTimeout', 'ConnectionFailed', 'Runtime.ImportModuleError'])(
  'a write that ended with "%s" may have been executed, and what it has stored stays',
  (outcome) => {
    expect(noteOfWrites(answering(outcome))).toBe(
      'The probes may have executed POST /acme-orders: see the results. What the API has stored stays.',
    );
  },
);

test.each(['403 AccessDeniedException', '400', 'AssumeRoleDenied', 'CredentialsUnavailable'])(
  'a write that was refused with "%s" has stored nothing',
  (outcome) => {
    expect(noteOfWrites(answering(outcome))).toBeUndefined();
  },
);

test('an attack that got through has executed what it sent', () => {
  const results = resultsWith((name) =>
    name === 'unsigned POST /acme-orders' ? { outcome: '200', message: '' } : { outcome: '403', message: '' },
  );
  expect(noteOfWrites(results)).toContain('POST /acme-orders');
});
