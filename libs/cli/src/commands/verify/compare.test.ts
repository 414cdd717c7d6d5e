import { hostileTarget, identifying, resultsWith } from '../../probes/test-results.testing.ts';
import { compare, reportOf } from './compare.ts';

const ASSUMES = 'account B’s profile assumes the role';
const refused = (arn: string) => ({
  outcome: '403 AccessDenied',
  message: `User: ${arn} is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/acme-payments`,
});
const differences = (...results: Parameters<typeof compare>) =>
  compare(...results).filter(({ same }) => !same);

test('answers that differ in names and IDs alone are the same', () => {
  const aws = resultsWith((name) =>
    name === ASSUMES ? refused('arn:aws:iam::210987654321:user/acme-caller') : undefined,
  );
  const local = resultsWith((name) =>
    name === ASSUMES ? refused('arn:aws:sts::222222222222:assumed-role/a/b') : undefined,
  );
  expect(differences(aws, local)).toEqual([]);
});

test('answers that differ in status, error type or AWS’s words are shown, each with its own', () => {
  const aws = resultsWith((name) =>
    name === 'another stage' ? { outcome: '404 NotFoundException', message: 'Not Found acme' } : undefined,
  );
  expect(
    differences(
      aws,
      resultsWith(() => undefined),
    ),
  ).toEqual([
    {
      name: 'another stage',
      expected: '403 ForbiddenException: Forbidden',
      stage: '404 NotFoundException: Not Found …',
      local: '403 ForbiddenException: Forbidden',
      same: false,
    },
  ]);
});

test('a probe that only one side has is a difference', () => {
  const operations = hostileTarget.operations.map((operation) => ({ ...operation, takesKey: false }));
  const local = resultsWith(() => undefined, { ...hostileTarget, operations });
  expect(
    differences(
      resultsWith(() => undefined),
      local,
    ),
  ).toEqual([
    {
      name: 'acmeOrder, twice with one key',
      expected: '2xx',
      stage: '200',
      same: false,
    },
  ]);
});

test('a report has no account IDs, names, ARNs, hosts and request IDs, even if every answer is full of them', () => {
  const full = resultsWith(() => ({
    outcome: `403 ${identifying[2]}`,
    message: `User: ${identifying.join(' ')} ${identifying.join('/')} "${identifying.join('", "')}"`,
  }));
  const fullOutcome = resultsWith(() => ({ outcome: identifying.join(' '), message: '' }));
  const report = reportOf(compare(full, fullOutcome), true, '0.1.0');
  for (const secret of identifying) expect(report).not.toContain(secret);
  expect(JSON.parse(report)).toMatchObject({ comparison: 'AWS and local AWS', version: '0.1.0' });
  expect(JSON.parse(report).probes[0]).toEqual({
    name: 'operation 1 (POST route 1)',
    expected: '2xx',
    stage: '…: User: …',
    local: '…',
    same: false,
  });
});
