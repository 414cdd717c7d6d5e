import type { RefusalWords } from './refusal-words.ts';

/** What clients and identity providers say before AWS decides anything: about credentials, tokens and hosts. */
export const clientWords = {
  'no OIDC provider': {
    says: /No OpenIDConnect provider found in your account for (\S+)/i,
    means:
      "The account of the role has no identity provider in IAM for the token's issuer, so STS cannot verify the token. No policy was asked yet.",
    advice: [
      "Create it in the role's account, with the issuer exactly as the token has it: aws iam create-open-id-connect-provider --url https://token.actions.githubusercontent.com --client-id-list sts.amazonaws.com",
      'If it exists, compare the account in the ARN of the role with the account that has it.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html',
  },
  'token audience': {
    says: /incorrect token audience/i,
    means:
      "The token's audience (aud) is none of the audiences that the identity provider in IAM lists (its client IDs). STS compares them before it reads the role's trust policy.",
    advice: [
      "Add the audience to the provider, in the role's account: aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn <ARN of the provider> --client-id <audience>. The GitHub action configure-aws-credentials asks for sts.amazonaws.com, unless its input audience names another one.",
      'A condition of the trust policy on <issuer>:aud must name the same audience.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html',
  },
  'token verification key': {
    says: /couldn[’']t retrieve verification key from your identity provider/i,
    means:
      "STS could not get the keys of the token's issuer within a few seconds: its addresses are not public, a firewall blocks them, they answer slowly, or they limit many requests at once.",
    advice: [
      'Open <issuer>/.well-known/openid-configuration and the jwks_uri in it from outside of your network. Both must answer with 200.',
      'If they do, assume the role again after a pause. Let parallel jobs not ask at the same moment, and ask the regional endpoint of STS.',
    ],
    tellsCause: true,
    source: 'https://repost.aws/knowledge-center/iam-sts-invalididentitytoken',
  },
  'sign-in session expired': {
    says: /SSO session (?:associated with this profile )?has expired|session token not found or invalid|error loading SSO token|Token for .{0,80} does not exist|token has expired and refresh failed|refresh cached SSO token failed/i,
    means:
      'The sign-in to IAM Identity Center (SSO), from which the client gets its credentials, has expired, or was never made for this profile. AWS decided nothing about the call.',
    advice: [
      'Sign in again: aws sso login --profile <profile>. Without --profile, it is the profile of AWS_PROFILE.',
      'A job without a person cannot sign in so. Give it a role.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sso.html',
  },
  'cross-origin request': {
    says: /blocked by CORS policy|doesn[’']t pass access control check/i,
    means:
      "The browser did not show the page the answer, because it has no header Access-Control-Allow-Origin for the page's origin. Before a signed request, the browser sends OPTIONS without a signature, which a method with AWS_IAM refuses. Refusals of API Gateway itself lack the header, too, so the browser hides their reason.",
    advice: [
      'Give the path a method OPTIONS without authorization that answers with the headers (in serverless.yml: cors: true at the event), and let the function return Access-Control-Allow-Origin, too.',
      "Add the header to the API's gateway responses DEFAULT_4XX and DEFAULT_5XX, and deploy: then the page sees the refusal. Or send the same request with curl, and give its answer here.",
    ],
    tellsCause: false,
    source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html',
  },
  'host of no region': {
    // <service>.<region>.amazonaws.com. A region's name ends with a number; hosts of buckets and VPC endpoints have other forms.
    says: /(?:getaddrinfo (?:ENOTFOUND|EAI_AGAIN) |UnknownHostException: |unknown host\. \()[a-z\d-]+\.(?!s3\.|vpce\.|[a-z]{2}(?:-[a-z]+)+-\d\.)([\w<>-]+)\.amazonaws\.com(?:\.cn)?/i,
    means:
      'The name in the host, where a service of AWS has its region, is not that of a region. The client built the host from its settings, and asked nobody.',
    advice: [
      'Set the region to its name, e.g. AWS_REGION=eu-west-1, and look for a placeholder that nothing replaced: in AWS_REGION, in region of ~/.aws/config, or in the options of the client.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/general/latest/gr/rande.html',
  },
  '.NET exception': {
    says: /one or more errors occurred\. \(Forbidden\)/i,
    means:
      'Something answered with the status 403 (Forbidden), and the exception around it hides the rest: .NET puts an AggregateException around what fails in Task.Wait() and Task.Result.',
    advice: [
      'Await the call instead of Wait() or Result. Then the exception itself is thrown: log its ErrorCode, its RequestId and its message, and give that message here. Of an AggregateException, log InnerException.',
    ],
    tellsCause: false,
    source: 'https://learn.microsoft.com/en-us/dotnet/api/system.aggregateexception',
  },
} as const satisfies Readonly<Record<string, RefusalWords>>;
