import type { SignatureRules } from './outcome.ts';
import type { Signature } from './read-signature.ts';

/**
 * Headers `x-amz-*` that a service takes unsigned. AWS wants all of them signed (IAM User Guide, "Create a signed AWS API request"), and its
 * signing test suite adds that some services take the token after signing. An entry needs a source that it works on AWS.
 *
 * S3 is not here. It refuses an unsigned token: "There were headers present in the request which were not signed"
 * (https://github.com/soto-project/soto-core/pull/99). About `x-amz-content-sha256` the sources differ:
 * https://github.com/scality/Arsenal/pull/2590 says that AWS takes it, https://github.com/bradleyg/django-s3direct/issues/249 that S3 does not.
 */
const takenUnsigned: Readonly<Record<string, readonly string[] | undefined>> = {
  'execute-api': [
    // The SDK that API Gateway generates adds the token after signing (`lib/apiGatewayCore/sigV4Client.js`, e.g. in
    // https://github.com/auth0-blog/apigateway-blog). Its documentation:
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-generate-sdk-javascript.html
    // A request of it that worked: https://github.com/kndt84/aws-api-gateway-client/issues/31
    'x-amz-security-token',
    // aws_requests_auth sends this header and never signs it. AWS calls an API with it:
    // https://docs.aws.amazon.com/whitepapers/latest/sagemaker-studio-admin-best-practices/appendix.html
    // Neither did awscurl until 2026 (https://github.com/okigan/awscurl/commit/dce31de), which AWS's guide uses:
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
    'x-amz-content-sha256',
    // AWS's examples for Python and Ruby without an SDK sign `host` alone, and call an API with an IAM authorizer:
    // https://github.com/aws-samples/sigv4-signing-examples/blob/main/no-sdk/python/main.py
    // The string to sign has the date, so nobody can change it unseen.
    'x-amz-date',
  ],
};

/**
 * Whether a service refuses a request whose signature does not cover this header. `host` and `x-amz-*` must be signed, except for the
 * headers `x-amz-*` that a source says work unsigned. The sources are about signatures in the header `Authorization` alone.
 * @param name in lower case
 */
export function mustBeSigned(
  name: string,
  { signingName }: Pick<SignatureRules, 'signingName'>,
  { form }: Pick<Signature, 'form'>,
): boolean {
  if (name === 'host') return true;
  if (!name.startsWith('x-amz-')) return false;
  return form === 'query' || !takenUnsigned[signingName]?.includes(name);
}
