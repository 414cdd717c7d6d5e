import type { RefusalWords } from './refusal-words.ts';

const renew =
  'Get new credentials (sign in again, or assume the role anew), and sign the request with them. A retry with the old signature fails, too.';
/** AWS's message names the service that it expects. */
const signFor = (service: string) => `Sign for the service ${service}.`;
const oneSource = 'Take access key, secret and session token from the same credentials.';

/** What AWS says of a signature, and of the credentials that made it. */
export const signatureWords = {
  'incomplete signature': {
    says: /authorization'? header (?:requires|cannot be empty|must begin with)|AWS query-string parameters must include|unsupported AWS 'algorithm'|must have exactly 5 slash-delimited elements|with a valid terminator|date must be in ISO-8601|X-Amz-Expires (?:must|should) be|not a valid key=value pair|invalid key=value pair|\bIncompleteSignature|must contain .* signed headers/i,
    means:
      'The header Authorization is no signature of version 4, or parts of it are missing. API Gateway also says this of any header Authorization, such as a bearer token, if no route matches.',
    advice: [
      'Leave signing to a library. No proxy in between may rewrite the header.',
      'If the header is a token for an authorizer, compare method, path and stage with the deployed routes.',
    ],
    tellsCause: true,
  },
  'two signatures': {
    says: /found both 'X-Amz-Algorithm'/i,
    means: 'The request has two signatures.',
    advice: ['Sign in the header or in the query, not in both.'],
    tellsCause: true,
  },
  'unsigned header': {
    says: /headers present in the request which were not signed|must be a 'SignedHeader' in the AWS Authorization/i,
    means: 'A header that must be signed is not.',
    advice: ['Sign host and every x-amz-* header that is sent; add none after signing.'],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html',
  },
  'signed header missing': {
    says: /is named as a SignedHeader, but it does not exist/i,
    means:
      'The signature lists a header that the request does not have when it arrives: the client signed it and did not send it, or a proxy has removed it.',
    advice: [
      'Send each header that was signed, with the value that it had then. If it is x-amz-security-token, the client has temporary credentials and sends their token nowhere: set the header, or let a library sign and send.',
    ],
    tellsCause: true,
    source: 'https://github.com/aws/amazon-neptune-jdbc-driver/issues/200',
  },
  'other body': {
    says: /XAmzContentSHA256Mismatch|x-amz-content-sha256' header does not match/i,
    means: 'The body is not the one that was signed.',
    advice: ['Sign exactly the bytes that are sent.'],
    tellsCause: true,
  },
  'no hash of the body': {
    says: /missing required header for this request: x-amz-content-sha256|x-amz-content-sha256 must be/i,
    means:
      'S3 wants the SHA-256 of the body in the header x-amz-content-sha256, and it is missing or is none.',
    advice: ['Send it in hexadecimal, or UNSIGNED-PAYLOAD, and sign the header.'],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html',
  },
  'presigned URL expired': {
    saysOnly: /request has expired/i,
    means:
      'The presigned URL is older than its X-Amz-Expires allows, or the credentials that signed it have ended.',
    advice: [
      'Make a new URL shortly before it is used. It never counts longer than the session that signed it.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html',
  },
  'clock skew': {
    says: /RequestTimeTooSkewed|difference between the request time and the current time is too large/i,
    means: "The client's clock differs from that of AWS by more than fifteen minutes.",
    advice: ["Set the clock of the client's machine. Sign each request when it is sent, retries too."],
    tellsCause: true,
  },
  'signature expired': {
    says: /signature expired:|signature has expired/i,
    means: 'The signature is more than five minutes old when it arrives.',
    advice: ["Set the clock of the client's machine. Sign each request when it is sent, retries too."],
    tellsCause: true,
  },
  'signature not yet current': {
    says: /signature not yet current/i,
    means: 'The signature is from the future, by more than five minutes.',
    advice: ["Set the clock of the client's machine."],
    tellsCause: true,
  },
  'scope date': {
    says: /date in credential scope does not match/i,
    means: 'The date in the credential scope is not that of the header X-Amz-Date.',
    advice: ['Derive the signing key anew each day: a cached key is of yesterday.'],
    tellsCause: true,
  },
  'scope region and service': {
    says: /credential should be scoped to a valid region.{0,40}credential should be scoped to correct service(?:: '([\w-]+)')?/i,
    means: 'The request is signed for another region and for another service than those it was sent to.',
    advice: [
      "Sign for the API's region, and for the service execute-api. At a custom domain, a client cannot read them from the host: set both.",
    ],
    adviceFor: (service) => [
      `Sign for the region of the host that gets the request. ${signFor(service)}`,
      'At a custom domain, a client cannot read region and service from the host: set both.',
    ],
    tellsCause: true,
  },
  'scope region': {
    says: /credential (?:should|must) be scoped to a valid region(?:,? not '([\w-]+)')?/i,
    means: 'The request is signed for another region than the one it was sent to.',
    advice: [
      'Sign for the region of the host that gets the request. In the host of an API it is after execute-api.',
      'A client whose endpoint is set by hand signs for its own region (AWS_REGION, or region of the profile): let both name the same one.',
      'A client of the AWS SDK that gets the URL of an API as its endpoint signs for something else: sign the request with a signing library.',
    ],
    tellsCause: true,
  },
  'scope service': {
    says: /credential should be scoped to correct service(?:: '([\w-]+)')?/i,
    means: 'The request is signed for another service than the one it was sent to.',
    advice: ['Sign for the service execute-api, also at a custom domain.'],
    adviceFor: (service) => [
      signFor(service),
      service === 'execute-api'
        ? 'A client of another service that gets the URL of an API as its endpoint signs for that service. Call the API with a signing library, and set the service there, also at a custom domain.'
        : "Set the service of the signing library or proxy. It is the service's name for signatures, and not always the first word of its host.",
    ],
    tellsCause: true,
  },
  'signature mismatch': {
    says: /signature we calculated does not match the signature you provided|\bSignatureDoesNotMatch|\bInvalidSignatureException\b|the (?:canonical string for this request|string-to-sign) should have been/i,
    means:
      'The request that arrived is not the one that was signed, or it was signed with the secret of another key.',
    advice: [
      "Compare the canonical request of AWS's answer with the one that the client signed: method, path with its encoding, query, host, headers, body.",
      'Sign no header that a proxy on the way changes, such as accept-encoding, content-length or user-agent: host and those that begin with x-amz- are enough.',
      oneSource,
      'In a clone of cross-account-api, send the request to local AWS: npm run explain then names the line that differs.',
    ],
    tellsCause: true,
  },
  'token expired': {
    says: /security token included in the request is expired|\bExpiredToken/i,
    means: 'The credentials with which the request was signed have expired.',
    advice: [renew],
    tellsCause: true,
  },
  'unknown key': {
    says: /access key id you provided does not exist/i,
    means: 'There is no such access key.',
    advice: [oneSource],
    tellsCause: true,
  },
  'foreign session token': {
    says: /provided token is malformed or otherwise invalid/i,
    means:
      'The session token is missing, belongs to another key, or does not count in this region: tokens of the global STS endpoint are not valid in regions that must be enabled first.',
    advice: [
      `Send the session token in X-Amz-Security-Token. ${oneSource}`,
      "In a region that must be enabled, ask STS at that region's endpoint, and enable the region in the caller's account.",
    ],
    tellsCause: true,
  },
  'token invalid': {
    says: /security token included in the request is invalid|not able to validate the provided access credentials|\bInvalidClientTokenId|\bUnrecognizedClient/i,
    means:
      'AWS does not know the access key, or the session token is missing or belongs to another key. A key of another partition or of a region that must be enabled first is not known, either.',
    advice: [
      `Send the session token in X-Amz-Security-Token. ${oneSource} In a function, AWS_SESSION_TOKEN is that of its own role: a client that gets other keys must not take it from there.`,
      'In a region that must be enabled first (opt-in), such as ap-east-1 or eu-south-1: enable it in the account, and get the session from the STS endpoint of that region. Sessions of sts.amazonaws.com count there only after aws iam set-security-token-service-preferences --global-endpoint-token-version v2Token.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html',
  },
} as const satisfies Readonly<Record<string, RefusalWords>>;
