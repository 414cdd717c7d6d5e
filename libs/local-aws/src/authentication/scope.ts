import type { SignatureRules } from './outcome.ts';
import type { CredentialScope } from './read-signature.ts';
import { terminator } from './signing.ts';
import type { ScopeProblem } from './wording.ts';

type Expected = Extract<ScopeProblem, { problem: 'mismatch' }>['expected'];

/**
 * Compares a credential scope with what the service, the host and the request's date ask for.
 * @param timestamp the request's date, `YYYYMMDDTHHMMSSZ`
 * @returns what each wrong element should have been; `undefined` if all are right
 */
export function scopeDifference(
  scope: CredentialScope,
  rules: SignatureRules,
  host: string,
  timestamp: string,
): Expected | undefined {
  const expected: { -readonly [Element in keyof Expected]: Expected[Element] } = {};
  const region = rules.region ?? regionOfHost(host, rules.signingName);
  if (region !== undefined ? scope.region !== region : !regionForm.test(scope.region)) {
    expected.region = region ?? 'us-east-1';
  }
  if (scope.service !== rules.signingName) expected.service = rules.signingName;
  if (scope.terminator !== terminator) expected.terminator = terminator;
  if (scope.date !== timestamp.slice(0, 8)) expected.date = timestamp.slice(0, 8);
  return Object.keys(expected).length === 0 ? undefined : expected;
}

/** Region names, those that AWS has yet to announce included. */
const regionForm = /^[a-z0-9-]{1,32}$/;
const awsSuffix = /\.(?:amazonaws\.com(?:\.cn)?|api\.aws|on\.aws)$/;
const regionLabel = /^(?:s3-)?([a-z]{2,4}(?:-[a-z]{2,12}){1,3}-\d{1,2})$/;

/** The services whose host without a region is the one in `us-east-1`. */
const global = new Set(['iam', 'sts']);

/**
 * The region that an AWS host names, e.g. `sts.eu-west-1.amazonaws.com`.
 * @returns `undefined` for a host that is not AWS's, or has no region in its name
 */
function regionOfHost(host: string, signingName: string): string | undefined {
  const name = host.replace(/:\d{1,5}$/, '').toLowerCase();
  if (!awsSuffix.test(name)) return undefined;
  // `<service>.<region>` or `<region>.<service>`; further left, and left of `s3`, the owner chooses the names.
  const labels = name.replace(awsSuffix, '').split('.').reverse();
  for (const label of labels.slice(0, labels[0] === 's3' ? 1 : 2)) {
    const region = regionLabel.exec(label)?.[1];
    if (region !== undefined) return region;
  }
  return global.has(signingName) && name === `${signingName}.amazonaws.com` ? 'us-east-1' : undefined;
}
