import { partitionOf } from '@cross-account-api/iam';
import { endpointName } from '../core/aws-domains.ts';
import type { AwsRequest } from '../core/request.ts';
import type { SignatureRules } from './outcome.ts';
import { problem } from './problems.ts';
import { type Signature, splitCredential } from './read-signature.ts';
import { type CredentialScope, terminator } from './signing.ts';

/** Compares the credential scope with what the service, the host and the request's date ask for. @throws NotAuthenticated */
export function checkScope(
  { form, credential }: Signature,
  { signingName, ...rules }: SignatureRules,
  { host }: AwsRequest,
  timestamp: string,
): CredentialScope {
  const scope = splitCredential(credential);
  if (scope === undefined) throw problem('malformed-scope', { form, credential });
  const region =
    rules.region ??
    regionOfHost(host, signingName) ??
    // Any region may be named, also one that AWS announces later.
    (/^[a-z0-9-]{1,32}$/.test(scope.region) ? scope.region : 'us-east-1');
  const right = { region, service: signingName, terminator, date: timestamp.slice(0, 8) };
  const wrong = Object.entries(right).filter(([name, value]) => scope[name as keyof typeof right] !== value);
  if (wrong.length === 0) return scope;
  throw problem('other-scope', { form, scope, expected: Object.fromEntries(wrong), timestamp });
}

/** The services whose host without a region is the one in `us-east-1`. */
const global = new Set(['iam', 'sts']);

/** The region that an AWS host names, e.g. `sts.eu-west-1.amazonaws.com`. */
function regionOfHost(host: string, signingName: string): string | undefined {
  const name = endpointName(host);
  if (name === undefined) return undefined;
  // `<service>.<region>` or `<region>.<service>`; further left, and left of `s3`, the owner chooses the names.
  const labels = name.split('.').reverse();
  for (const label of labels.slice(0, labels[0] === 's3' ? 1 : 2)) {
    const region = label.replace(/^s3-/, '');
    if (partitionOf(region) !== undefined) return region;
  }
  return global.has(signingName) && name === signingName ? 'us-east-1' : undefined;
}
