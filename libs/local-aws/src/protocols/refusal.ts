import type { Decision } from '@cross-account-api/iam';
import { denialReason, isForeignPassRole } from '@cross-account-api/iam/explanation';
import type { AuthenticationFailure } from '../authentication/outcome.ts';
import { AwsError } from '../core/errors.ts';
import type { Refusal } from '../pipeline/endpoint.ts';

/** The query protocol's codes of refusals, and their HTTP status (STS, IAM, CloudFormation). */
export const queryRefusalCodes = {
  missing: 'MissingAuthenticationToken',
  incomplete: 'IncompleteSignature',
  invalidToken: 'InvalidClientTokenId',
  expiredToken: 'ExpiredToken',
  invalidSignature: 'SignatureDoesNotMatch',
  accessDenied: 'AccessDenied',
  status: 403,
};

/** The error codes of refusals in a family of services, and their HTTP status. */
export type RefusalCodes = Readonly<typeof queryRefusalCodes>;

/** The JSON protocols' codes; REST services answer with 403, JSON 1.x services with 400. */
export function jsonRefusalCodes(status: 400 | 403): RefusalCodes {
  return {
    missing: 'MissingAuthenticationTokenException',
    incomplete: 'IncompleteSignatureException',
    invalidToken: 'UnrecognizedClientException',
    expiredToken: 'ExpiredTokenException',
    invalidSignature: 'InvalidSignatureException',
    accessDenied: 'AccessDeniedException',
    status,
  };
}

/** The error for a refused request, with a code of `codes` and AWS's message. */
export function refusalError(
  refusal: Refusal,
  codes: RefusalCodes,
  wordDenial: typeof denialMessage = denialMessage,
): AwsError {
  const [code, message] =
    refusal.step === 'authentication'
      ? wordFailure(refusal.failure, codes)
      : [codes.accessDenied, wordDenial(refusal.decision)];
  return new AwsError(code, message, codes.status);
}

/**
 * AWS's message for a denial: the principal, the action, the resource and the reason. A role of another account has a message of its own
 * (https://github.com/aws/aws-toolkit-azure-devops/issues/546).
 */
export function denialMessage(decision: Exclude<Decision, { allowed: true }>): string {
  if (isForeignPassRole(decision)) return 'Cross-account pass role is not allowed.';
  return `User: ${decision.principalArn} is not authorized to perform: ${decision.action} on resource: ${decision.resource} ${denialReason(decision)}`;
}

/**
 * What is added for a key that no account of AWS can have, but other emulators take: `test`, or the ID of an account. AWS's keys have 16
 * characters or more, so no client of AWS sees it.
 */
export function hintOnKey(accessKeyId: string): string {
  if (accessKeyId === '' || accessKeyId.length >= 16) return '';
  const env = 'source .local-aws/env, in the folder in which local AWS was started';
  if (/^\d{12}$/.test(accessKeyId)) {
    return ` (Local AWS checks keys, and the ID of an account is none. This points a shell at it: ${env}. Then choose the account: AWS_PROFILE=local-${accessKeyId}.)`;
  }
  return ` (Local AWS checks keys, and has not issued this one. This points a shell at it: ${env}.)`;
}

function wordFailure(failure: AuthenticationFailure, codes: RefusalCodes): [code: string, message: string] {
  switch (failure.kind) {
    case 'missing':
      return [codes.missing, 'Missing Authentication Token'];
    case 'incomplete':
      return [codes.incomplete, failure.message];
    case 'unknown-key':
      return [
        codes.invalidToken,
        `The security token included in the request is invalid.${hintOnKey(failure.accessKeyId)}`,
      ];
    case 'invalid-token':
      return [codes.invalidToken, 'The security token included in the request is invalid.'];
    case 'expired-token':
      return [codes.expiredToken, 'The security token included in the request is expired'];
    case 'signature-mismatch':
      return [codes.invalidSignature, signatureMismatchMessage(failure)];
    default:
      return [codes.invalidSignature, failure.message];
  }
}

function signatureMismatchMessage(failure: Extract<AuthenticationFailure, { kind: 'signature-mismatch' }>) {
  return [
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n',
    `The Canonical String for this request should have been\n'${failure.canonicalRequest}'\n`,
    `The String-to-Sign should have been\n'${failure.stringToSign}'\n`,
  ].join('\n');
}
