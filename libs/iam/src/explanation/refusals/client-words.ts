import type { RefusalWords } from './refusal-words.ts';

/** What clients and identity providers say before AWS decides anything: about credentials, tokens and hosts. */
export const clientWords = {
  'identity token expired': {
    says: /token (?:expired|included in the request is expired): current date\/time|\bToken too old: \d+|token must be redeemed within \d+ minutes/i,
    means:
      "The token of the identity provider, with which the role is to be assumed, has expired: that of the pipeline's job, of the pod, or of the sign-in. Nothing is signed in this request, so no credentials of AWS are old, and no policy was asked.",
    advice: [
      'Get a new token right before the role is assumed. In a pipeline, assume the role in the step that needs it, and begin a job that waited too long again.',
      'A process that runs longer than its token reads the file of the token each time: give the SDK its path (AWS_WEB_IDENTITY_TOKEN_FILE), and neither its content nor a copy of the file. Whoever writes the file must renew it.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html',
  },
  'identity token unreadable': {
    says: /ID Token provided is not a valid JWT|^(?:.*\W)?the token is not valid yet/i,
    means:
      'What was given as the token of the identity provider is no JSON Web Token, or its time (nbf) has not begun. STS asked no policy.',
    advice: [
      'Give the ID token as the provider made it, with its two dots, without quotes or line breaks, and neither an access token nor the path of its file.',
      "If it is a token, compare its nbf with the time: the clock of the provider's machine may be ahead.",
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html',
  },
  'sign-in of aws login expired': {
    says: /CreateOAuth2Token operation\b.{0,80}\bexpired|\brefresh token has expired/i,
    means:
      'The sign-in of aws login, from which the client gets its credentials, has expired. AWS decided nothing about the call.',
    advice: [
      "Sign in again: aws login --profile <profile>. If a new sign-in ends with the same message, set the clock of the client's machine, and remove what the earlier one stored: aws logout --profile <profile>",
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sign-in.html',
  },
  'no container credentials': {
    says: /pod identity agent failed|AssumeRoleForPodIdentity\b.{0,120}\bcontext canceled|failed to refresh cached credentials, failed to load credentials/i,
    means:
      'The client asked the agent of its container for credentials (EKS Pod Identity, or ECS), and got none in time. So it sent no request, and policies of the call were not asked.',
    advice: [
      'EKS: look whether the agent runs on the node of the pod, and what it says: kubectl -n kube-system get pods -o wide -l app.kubernetes.io/name=eks-pod-identity-agent. It answers at 169.254.170.23: no network policy may block it, and a proxy needs it in NO_PROXY.',
      'If the agent ran into a time-out itself, its node cannot reach EKS Auth (eks-auth.<region>.api.aws): it needs a NAT gateway or the interface endpoint com.amazonaws.<region>.eks-auth.',
      'Look whether the service account of the pod has an association: aws eks list-pod-identity-associations --cluster-name <cluster>',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html',
  },
  'no reason of the CRT': {
    says: /\b(AssumeRole\w*|GetFederationToken) call completed with http status 4\d\d/i,
    means:
      'STS refused the call, and the client (the Common Runtime, CRT) shows the status and not the reason.',
    advice: [
      'Make the same call with the same credentials, which prints the reason: aws sts assume-role --role-arn <ARN> --role-session-name try. Give its message here.',
      'With the status 400 it is mostly an expired or unknown session token, or a parameter; with 403, mostly a policy.',
    ],
    tellsCause: false,
    source: 'https://github.com/awslabs/aws-c-auth',
  },
  'roles of the CDK': {
    says: /current credentials could not be used to assume '?([^',\s]+)|has the environment been bootstrapped\?/i,
    means:
      'The CDK deploys with roles that its bootstrap makes in the account (cdk-hnb659fds-…). They are not there in this account and region, or their trust policies do not admit the caller, or no policy of the caller allows sts:AssumeRole for them. The CDK then goes on with the credentials of the caller.',
    advice: [
      'Make them: npx cdk bootstrap aws://<account>/<region>. If the caller is in another account, add --trust <account of the caller> --cloudformation-execution-policies <ARN of a policy>.',
      'If they exist, npx cdk deploy --verbose prints what STS answered (Assuming role failed). Give that message here.',
    ],
    tellsCause: false,
    source: 'https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html',
  },
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
    says: /SSO session (?:associated with this profile )?has expired|session token not found or invalid|error loading SSO token|Token for .{0,80} does not exist|token has expired and refresh failed|refresh cached SSO token failed|\bInvalidGrantException\b/i,
    means:
      'The sign-in to IAM Identity Center (SSO), from which the client gets its credentials, has expired, or was never made for this profile. AWS decided nothing about the call.',
    advice: [
      'Sign in again: aws sso login --profile <profile>. Without --profile, it is the profile of AWS_PROFILE.',
      'A job without a person cannot sign in so. Give it a role.',
    ],
    tellsCause: true,
    source: 'https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sso.html',
  },
  'credentials called invalid': {
    says: /\bcredentials (?:have |are |is |has )?expired or (?:are |is )?invalid/i,
    means:
      'The client says so in its own words, and keeps the answer of AWS to itself. Some clients say it of any refusal, also if a permission is missing.',
    advice: [
      'Ask with the same credentials: aws sts get-caller-identity. If it refuses, give its message here. If it answers, the credentials are valid: look for the message of AWS in the log of the client, such as that of its option for debugging.',
    ],
    tellsCause: false,
    source: 'https://github.com/aws/agentcore-cli/issues/262',
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
